"""What this visitor may see of articles, spaces and products. A body comes into a State only for who may read it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import content
from nestpay.billing.content import Kind, Reading, Teaser, Way
from nestpay.domain.errors import NotFound
from nestpay.settings import get_settings
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, visitor_of


@dataclass(frozen=True)
class TeaserLine:
    slug: str
    title: str
    preview: str
    href: str
    word: str
    tone: str


@dataclass(frozen=True)
class WayLine:
    title: str
    price: str
    button: str
    href: str
    is_first: bool


def teaser_line(teaser: Teaser, locale: str) -> TeaserLine:
    """A line of a list: free, open to this visitor, for sale, or for members."""
    word, tone = t_in(locale, "library.members"), "plain"
    if teaser.is_free:
        word, tone = t_in(locale, "library.free"), "good"
    elif teaser.is_open:
        word, tone = t_in(locale, "library.yours"), "accent"
    elif teaser.price_text:
        word = _price(teaser.price_text, teaser.interval, locale)
    href = f"{localized(f'/{teaser.kind}', locale)}?slug={teaser.slug}"
    return TeaserLine(teaser.slug, teaser.title, teaser.preview_html, href, word, tone)


def _price(amount: str, interval: str, locale: str) -> str:
    return amount + ("" if interval == "once" else t_in(locale, f"pricing.suffix.{interval}"))


def _way_line(way: Way, locale: str, *, is_first: bool) -> WayLine:
    pricing = localized(get_settings().pricing_path, locale)
    href = f"{localized('/checkout', locale)}?price={way.price_id}" if way.price_id else pricing
    price = _price(way.price_text, way.interval, locale) if way.price_id else ""
    return WayLine(way.title, price, t_in(locale, f"library.way.{way.of}"), href, is_first)


class ArticleList(rx.State):
    """Articles as this visitor may open them."""

    loaded: bool = False
    rows: list[TeaserLine] = []

    @rx.event
    async def load(self):
        """Read the list."""
        self.rows, self.loaded = await _lines(self, "article"), True


class SpaceList(rx.State):
    """Spaces as this visitor may enter them."""

    loaded: bool = False
    rows: list[TeaserLine] = []

    @rx.event
    async def load(self):
        """Read the list."""
        self.rows, self.loaded = await _lines(self, "space"), True


class ProductList(rx.State):
    """Digital products."""

    loaded: bool = False
    rows: list[TeaserLine] = []

    @rx.event
    async def load(self):
        """Read the list."""
        self.rows, self.loaded = await _lines(self, "product"), True


async def _lines(state: rx.State, kind: Kind) -> list[TeaserLine]:
    user, locale = await visitor_of(state), locale_in(state)
    found = await asyncio.to_thread(content.listed, kind, user.id if user else None, locale)
    return [teaser_line(each, locale) for each in found]


class OpenedState(rx.State):
    """The article, space or product in the address: its preview, its body only if it is open to the visitor."""

    loading: bool = True
    missing: bool = False
    title: str = ""
    preview: str = ""
    body: str = ""
    is_open: bool = False
    note: str = ""
    ways: list[WayLine] = []
    articles: list[TeaserLine] = []
    space_title: str = ""
    space_href: str = ""

    @rx.event
    async def load_article(self):
        """Open the article."""
        await self._open(content.article)

    @rx.event
    async def load_space(self):
        """Open the space."""
        await self._open(content.space)

    @rx.event
    async def load_product(self):
        """Open the product."""
        await self._open(content.product)

    async def _open(self, look: Callable[[str, str | None, str], Reading]) -> None:
        user, locale = await visitor_of(self), locale_in(self)
        slug = self.router.url.query_parameters.get("slug", "")
        try:
            found = await asyncio.to_thread(look, slug, user.id if user else None, locale)
        except NotFound:
            self.reset()
            self.loading, self.missing = False, True
            return
        self.loading, self.missing = False, False
        self.title, self.preview, self.body, self.is_open = (
            found.title,
            found.preview_html,
            found.body_html,
            found.is_open,
        )
        self.note = t_in(locale, "library.until", date=day(found.until, locale)) if found.until else ""
        self.ways = [_way_line(way, locale, is_first=place == 0) for place, way in enumerate(found.ways)]
        self.articles = [teaser_line(each, locale) for each in found.articles]
        self.space_title = found.space.title if found.space else ""
        self.space_href = f"{localized('/space', locale)}?slug={found.space.slug}" if found.space else ""
