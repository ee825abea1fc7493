"""Articles, spaces and products as readers see them: everybody the preview, the body only those it is open to.

Whether it is, is asked anew each time of all that the reader holds (`entitlements.check`), so a refund, a dispute or
the end of a period closes it without anybody's doing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session

from nestpay.billing import catalog, entitlements
from nestpay.domain.errors import NotFound
from nestpay.domain.markdown import to_html
from nestpay.domain.money import Money
from nestpay.domain.plans import Benefits
from nestpay.settings import get_settings
from nestpay.store import content as store
from nestpay.store import plans
from nestpay.store.session import reading
from nestpay.store.tables import ArticleRow, PriceRecord, ProductRow, SpaceRow, Ware

EVERYONE = "everyone"
"""In `opens_to`: it costs nothing and asks for no account."""

Kind = Literal["article", "space", "product"]


@dataclass(frozen=True, slots=True)
class Words:
    """What a piece says in one language. `preview` and `body` are Markdown."""

    title: str = ""
    preview: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to open something: pay `price_text` for `title`, a thing of kind `of` with this slug (a plan's key).

    Without a `price_id` there is nothing to pay here: the plan has prices of its own on the pricing page.
    """

    of: Literal["article", "space", "product", "plan"]
    slug: str
    title: str
    price_id: str = ""
    price_text: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Teaser:
    """A line of a list: what anybody may know of something. `price_text` is "" for what is not sold by itself."""

    kind: Kind
    slug: str
    title: str
    preview_html: str
    is_free: bool
    is_open: bool
    price_text: str
    interval: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Something opened by one reader. `body_html` is "" unless `is_open`; `until` (UTC) is how far it is paid for."""

    kind: Kind
    slug: str
    title: str
    preview_html: str
    body_html: str
    is_open: bool
    is_free: bool
    until: datetime | None
    ways: tuple[Way, ...]
    space: Teaser | None = None
    articles: tuple[Teaser, ...] = ()


def article(slug: str, user_id: str | None, locale: str = "en") -> Reading:
    """An article as this reader (None: nobody) may see it, with its space. Raises NotFound."""
    with reading() as session:
        row = store.by_slug(session, ArticleRow, slug)
        if row is None:
            raise NotFound
        around = store.by_id(session, SpaceRow, row.space_id) if row.space_id else None
        spaces = [around] if around and around.published else []
        ways = (*_priced(session, "article", [row], locale), *_priced(session, "space", spaces, locale))
        plan_ways = (*_plans_for(session, (*row.opens_to, *_names(spaces)), locale),)
    answer = _may_read(row, "article", user_id, [f"space:{each.slug}" for each in spaces])
    shown = _teaser(spaces[0], "space", ways, user_id, locale) if spaces else None
    return _reading(row, "article", answer, (*ways, *plan_ways), locale, space=shown)


def space(slug: str, user_id: str | None, locale: str = "en") -> Reading:
    """A space as this reader may see it, with the titles of its articles. Raises NotFound."""
    with reading() as session:
        row = store.by_slug(session, SpaceRow, slug)
        if row is None:
            raise NotFound
        inside = store.articles_of(session, row.id)
        ways = (*_priced(session, "space", [row], locale),)
        of_articles = (*_priced(session, "article", inside, locale),)
        plan_ways = (*_plans_for(session, row.opens_to, locale),)
    answer = _may_read(row, "space", user_id)
    articles = tuple(_teaser(each, "article", of_articles, user_id, locale, is_open=answer.allowed) for each in inside)
    return _reading(row, "space", answer, (*ways, *plan_ways), locale, articles=articles)


def product(slug: str, user_id: str | None, locale: str = "en") -> Reading:
    """A digital product as this reader may see it. Raises NotFound."""
    with reading() as session:
        row = store.by_slug(session, ProductRow, slug)
        if row is None:
            raise NotFound
        ways = (*_priced(session, "product", [row], locale),)
        plan_ways = (*_plans_for(session, row.opens_to, locale),)
    return _reading(row, "product", _may_read(row, "product", user_id), (*ways, *plan_ways), locale)


def listed(kind: Kind, user_id: str | None = None, locale: str = "en") -> tuple[Teaser, ...]:
    """What is published of a kind, the newest first, with what this reader may open."""
    with reading() as session:
        rows = store.published(session, store.KINDS[kind])  # pyright: ignore[reportArgumentType]
        ways = (*_priced(session, kind, rows, locale),)
    return tuple(_teaser(row, kind, ways, user_id, locale) for row in rows)


def words_in(row: Ware, locale: str) -> Words:
    """A piece in a language: whatever that lacks is as it was first written."""
    own = row.texts.get(locale) or {}
    return Words(row.titles.get(locale) or row.title, own.get("preview") or row.preview, own.get("body") or row.body)


def _may_read(row: Ware, kind: Kind, user_id: str | None, also: Iterable[str] = ()) -> entitlements.Entitlement:
    """Whether something is open to a reader, by the first name that opens it."""
    own = f"{kind}:{row.slug}"
    if EVERYONE in row.opens_to:
        return entitlements.Entitlement(own, True, "free", "", None, None)
    closed = entitlements.Entitlement(own, False, "nothing_held", "", None, 0)
    if user_id is None:
        return closed
    answers = (entitlements.check(user_id, name) for name in (own, *also, *row.opens_to))
    return next((answer for answer in answers if answer.allowed), closed)


def _reading(
    row: Ware,
    kind: Kind,
    answer: entitlements.Entitlement,
    ways: tuple[Way, ...],
    locale: str,
    space: Teaser | None = None,
    articles: tuple[Teaser, ...] = (),
) -> Reading:
    words = words_in(row, locale)
    return Reading(
        kind=kind,
        slug=row.slug,
        title=words.title,
        preview_html=to_html(words.preview),
        body_html=to_html(words.body) if answer.allowed else "",
        is_open=answer.allowed,
        is_free=EVERYONE in row.opens_to,
        until=answer.until,
        ways=() if answer.allowed else ways,
        space=space,
        articles=articles,
    )


def _teaser(
    row: Ware, kind: Kind, ways: Iterable[Way], user_id: str | None, locale: str, *, is_open: bool = False
) -> Teaser:
    words = words_in(row, locale)
    way = next((each for each in ways if each.of == kind and each.slug == row.slug), None)
    return Teaser(
        kind=kind,
        slug=row.slug,
        title=words.title,
        preview_html=to_html(words.preview.split("\n\n")[0]),
        is_free=EVERYONE in row.opens_to,
        is_open=is_open or _may_read(row, kind, user_id).allowed,
        price_text=way.price_text if way else "",
        interval=way.interval if way else "",
    )


def _names(spaces: Iterable[Ware]) -> tuple[str, ...]:
    return tuple(name for each in spaces for name in each.opens_to)


def _priced(session: Session, kind: Kind, rows: Iterable[Ware], locale: str) -> Iterator[Way]:
    """The ways to buy these things by themselves: of each interval one, at the first provider, in the usual currency."""
    by_id = {row.id: row for row in rows}
    seen: set[tuple[str, str]] = set()
    for price in sorted(store.prices_of(session, kind, by_id), key=_rank):
        row = by_id[price.thing_id]
        if price.provider in get_settings().providers and (row.id, price.interval) not in seen:
            seen.add((row.id, price.interval))
            amount = Money(price.amount_minor, price.currency).text(locale)
            yield Way(kind, row.slug, words_in(row, locale).title, price.id, amount, price.interval)


def _rank(price: PriceRecord) -> tuple[bool, int, int]:
    """The usual currency first, then the provider that is offered first, then the cheaper."""
    offered = (*get_settings().providers, price.provider)
    return (price.currency != get_settings().default_currency, offered.index(price.provider), price.amount_minor)


def _plans_for(session: Session, names: Iterable[str], locale: str) -> Iterator[Way]:
    """The plans on sale that bring one of these names."""
    wanted = set(names)
    for row in plans.active_plans(session, catalog.environment()) if wanted else ():
        held = {f"plan:{row.key}", *Benefits.from_json(row.benefits).entitlements}
        if held & wanted:
            title = plans.plan_titles(row.translations).get(locale) or row.title
            yield Way("plan", row.key, title)
