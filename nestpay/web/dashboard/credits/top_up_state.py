"""A customer's standing order for credits: what is agreed, what was used of it, and whether a charge stopped it."""

import asyncio
from typing import Any

import reflex as rx

from nestpay.billing import catalog, top_ups
from nestpay.billing.catalog import Catalogue
from nestpay.billing.top_ups import TopUpView
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, me, requires

LONGEST_NUMBER = 9
"""Digits that every database holds in a column of whole numbers."""

CAUSES = {
    "needs_customer": ("top_up.needs_customer", "top_up.needs_customer.way_out"),
    "declined": ("top_up.declined", "top_up.declined.way_out"),
    "no_card": ("top_up.no_card", "top_up.no_card.way_out"),
    "cap_reached": ("top_up.cap_reached", "top_up.cap_reached.way_out"),
}
"""What keeps a pack from being bought by itself, and what the customer can do."""


class TopUpState(rx.State):
    """`stage` is off, on or stopped; `cause` says why nothing is bought, `way_out` what the customer can do.

    The numbers are texts: they are what the form's fields begin with.
    """

    loading: bool = True
    stage: str = "off"
    packs: dict[str, str] = {}
    price_id: str = ""
    threshold: str = "100"
    monthly_cap: str = "3"
    pack: str = ""
    below: str = ""
    used: str = ""
    cause: str = ""
    way_out: str = ""
    busy: str = ""

    @rx.event
    @requires("customer")
    async def load(self):
        """Read what is agreed and which packs are sold."""
        await self._show()

    @rx.event
    @requires("customer")
    async def switch_on(self, form: dict[str, Any]):
        """Agree to what the form says, for the first time, changed, or again after a charge stopped it."""
        self.busy = "on"
        yield
        locale, user_id = locale_in(self), me().id
        price_id = str(form.get("price_id", ""))
        threshold, cap = _whole(form.get("threshold")), _whole(form.get("monthly_cap"))
        _, trouble = await attempt(
            lambda: top_ups.set_wish(user_id, price_id=price_id, threshold=threshold, monthly_cap=cap), locale
        )
        await self._show()
        yield trouble or done(locale, "top_up.switched_on")

    @rx.event
    @requires("customer")
    async def switch_off(self):
        """Buy nothing by itself any more."""
        self.busy = "off"
        yield
        locale, user_id = locale_in(self), me().id
        _, trouble = await attempt(lambda: top_ups.stop(user_id), locale)
        await self._show()
        yield trouble or done(locale, "top_up.switched_off")

    async def _show(self) -> None:
        locale, user_id = locale_in(self), me().id
        wish = await asyncio.to_thread(top_ups.wish_of, user_id, locale=locale)
        self.packs = packs_in(await asyncio.to_thread(catalog.public_catalogue, locale))
        self.stage = stage_of(wish)
        if wish is not None:
            self.price_id = wish.price_id
            self.threshold, self.monthly_cap = str(wish.threshold), str(wish.monthly_cap)
            self.pack = self.packs.get(wish.price_id, wish.plan_title)
            self.below = t_in(locale, "top_up.below", n=wish.threshold)
            self.used = t_in(locale, "top_up.used_of", used=wish.used_this_month, n=wish.monthly_cap)
        cause, way_out = CAUSES.get(wish.cause if wish else "", ("", ""))
        self.cause, self.way_out = t_in(locale, cause) if cause else "", t_in(locale, way_out) if way_out else ""
        self.busy, self.loading = "", False


def stage_of(wish: TopUpView | None) -> str:
    """Whether packs are bought by themselves: on, off, or stopped because a charge did not go through."""
    if wish is None:
        return "off"
    if wish.action_url:
        return "stopped"
    return "on" if wish.enabled else "off"


def packs_in(catalogue: Catalogue) -> dict[str, str]:
    """The packs that can be bought now: title and price by the price's id."""
    return {
        offer.price_id: f"{card.title} · {offer.display_price}"
        for card in catalogue.cards
        for offer in card.offers
        if offer.interval == "once" and offer.available and offer.credits and not offer.free
    }


def _whole(text: object) -> int:
    """The number that a field was given; 0, which billing refuses, for anything else."""
    digits = str(text)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER else 0
