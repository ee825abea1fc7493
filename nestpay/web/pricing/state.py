"""The plan cards as the visitor should see them now: prices of today, and the visitor's own plan marked."""

import asyncio
import hashlib
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import catalog
from nestpay.billing.catalog import Catalogue, Offer, PlanCard
from nestpay.web.i18n import localized, t_in
from nestpay.web.pricing import blocks
from nestpay.web.session import locale_in, visitor_of

INTERVALS = ("month", "year", "once")


@dataclass(frozen=True)
class FeatureLine:
    text: str
    included: bool
    bold: bool
    href: str


@dataclass(frozen=True)
class Way:
    """Another company that takes the money for the same card."""

    label: str
    href: str


@dataclass(frozen=True)
class Card:
    """One way to buy one plan, ready to draw. `ways` are further ways to pay; their row is kept free in all cards or none."""

    price_id: str
    plan_key: str
    title: str
    description: str
    highlight: str
    price: str
    original_price: str
    suffix: str
    note: str
    button: str
    href: str
    current: bool
    available: bool
    features: list[FeatureLine]
    ways: list[Way]
    has_row_of_ways: bool


def cards_of(catalogue: Catalogue, interval: str, locale: str, *, signed_in: bool = False) -> list[Card]:
    """The cards of one group of the pricing page, in the catalogue's order."""
    shown = [(plan, offer) for plan in catalogue.cards for offer in plan.offers if offer.interval == interval]
    has_ways = any(offer.others for _, offer in shown)
    return [_card(plan, offer, locale, signed_in=signed_in, has_row_of_ways=has_ways) for plan, offer in shown]


def digest_of(catalogue: Catalogue, locale: str) -> str:
    """A short name for what the cards say, to tell whether a page still shows the truth."""
    shown = [cards_of(catalogue, interval, locale) for interval in INTERVALS]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


class PricingState(rx.State):
    """Empty as long as the cards in the page's HTML are right: those of the build, or newer ones that the server put
    into their places. `table` is the comparison as HTML, when the page shows an old one."""

    month: list[Card] = []
    year: list[Card] = []
    once: list[Card] = []
    fresh: bool = False
    canceled: bool = False
    table: str = ""
    _shown: str = ""

    @rx.event
    async def refresh(self, shown: str):
        """Compare the cards that the page shows (by their digest) with the database, and replace them if need be."""
        self._shown = shown[:64]
        self.canceled = self.router.url.query_parameters.get("canceled") == "1"
        await self._look()

    @rx.event
    async def again(self):
        """Look again after something of the visitor changed."""
        await self._look()

    async def _look(self) -> None:
        locale = locale_in(self)
        user = await visitor_of(self)
        found = await asyncio.to_thread(catalog.public_catalogue, locale, user_id=user.id if user else None)
        is_old = (
            digest_of(await asyncio.to_thread(catalog.public_catalogue, locale) if user else found, locale)
            != self._shown
        )
        self.table = blocks.block("comparison", found, locale) if is_old else ""
        self.fresh = user is not None or is_old
        for interval in INTERVALS:
            setattr(self, interval, cards_of(found, interval, locale, signed_in=user is not None) if self.fresh else [])


def _card(plan: PlanCard, offer: Offer, locale: str, *, signed_in: bool, has_row_of_ways: bool) -> Card:
    button = offer.button_text or t_in(locale, "pricing.choose", plan=plan.title)
    if offer.current:
        button = t_in(locale, "pricing.current")
    elif not offer.available:
        button = t_in(locale, "pricing.unavailable")
    return Card(
        price_id=offer.price_id,
        plan_key=plan.key,
        title=plan.title,
        description=plan.description,
        highlight=(plan.highlight_text or t_in(locale, "pricing.recommended")) if plan.highlighted else "",
        price=offer.display_price,
        original_price=offer.original_price,
        suffix=offer.suffix or t_in(locale, f"pricing.suffix.{offer.interval}"),
        note=t_in(locale, "pricing.by_month", price=offer.per_month_price) if offer.per_month_price else "",
        button=button,
        href=_href(offer, locale, signed_in=signed_in),
        current=offer.current,
        available=offer.available and not offer.current,
        features=[FeatureLine(line.text, line.included, line.bold, line.href) for line in plan.features],
        ways=[
            Way(t_in(locale, "pay_with.instead", company=way.title), _to_checkout(way.price_id, locale))
            for way in offer.others
        ],
        has_row_of_ways=has_row_of_ways,
    )


def _to_checkout(price_id: str, locale: str) -> str:
    return f"{localized('/checkout', locale)}?price={price_id}"


def _href(offer: Offer, locale: str, *, signed_in: bool) -> str:
    if offer.free and signed_in:
        return localized("/dashboard", locale)
    if offer.button_link or offer.free:
        link = offer.button_link or "/sign-up"
        return localized(link, locale) if link.startswith("/") else link
    return _to_checkout(offer.price_id, locale)
