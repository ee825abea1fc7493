"""A customer's purchases with what came with them, and the answers to "what may I do"."""

import asyncio
from dataclasses import dataclass
from functools import partial

import reflex as rx

from nestpay.billing import belongings, downloads, entitlements
from nestpay.billing.belongings import Belonging, Handed
from nestpay.billing.entitlements import Entitlement
from nestpay.web.dashboard.acts import attempt, done, lead_to
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires

STATE_TONES = {
    "yours": "good",
    "active": "good",
    "ending": "warn",
    "ended": "plain",
    "refunded": "warn",
    "disputed": "bad",
}


@dataclass(frozen=True)
class HandedLine:
    id: str
    word: str
    key: str
    download: str
    url: str
    text: str


@dataclass(frozen=True)
class PurchaseLine:
    order_id: str
    number: str
    title: str
    kind: str
    href: str
    state: str
    tone: str
    amount: str
    since: str
    until: str
    to_end: str
    to_resume: str
    handed: list[HandedLine]


@dataclass(frozen=True)
class MayLine:
    name: str
    allowed: bool
    why: str
    until: str
    left: str


def purchase_line(each: Belonging, locale: str) -> PurchaseLine:
    """A purchase in the visitor's language."""
    is_page = each.kind != "plan" and bool(each.slug)
    until_key = "purchases.until" if each.is_open else "purchases.was_until"
    return PurchaseLine(
        order_id=each.order_id,
        number=each.number,
        title=each.title,
        kind=t_in(locale, f"purchases.kind.{each.kind}"),
        href=f"{localized(f'/{each.kind}', locale)}?slug={each.slug}" if is_page else "",
        state=t_in(locale, f"purchases.state.{each.state}"),
        tone=STATE_TONES[each.state],
        amount=each.amount_text,
        since=day(each.since, locale),
        until=t_in(locale, until_key, date=day(each.until, locale)) if each.until else "",
        to_end=each.subscription_id if each.state == "active" else "",
        to_resume=each.subscription_id if each.state == "ending" else "",
        handed=[_handed_line(line, locale) for line in each.handed],
    )


def _handed_line(each: Handed, locale: str) -> HandedLine:
    word = t_in(locale, f"purchases.handed.{each.state}", name=_delivery_name(each.name, locale))
    return HandedLine(each.id, word, each.key, each.download, each.url, each.text)


def _delivery_name(name: str, locale: str) -> str:
    """Ours in words, an extension's as it calls itself."""
    known = {"licence_key": "purchases.licence_key", "download": "purchases.file"}
    return t_in(locale, known[name]) if name in known else name.replace("_", " ")


def may_line(each: Entitlement, locale: str) -> MayLine:
    """An answer in the visitor's language."""
    left = t_in(locale, "may.unlimited") if each.allowed else "–"
    return MayLine(
        name=each.name,
        allowed=each.allowed,
        why=t_in(locale, f"may.why.{each.why}", plan=each.plan),
        until=day(each.until, locale) or "–",
        left=left if each.left is None or not each.allowed else t_in(locale, "number", n=each.left),
    )


class PurchasesState(rx.State):
    loading: bool = True
    rows: list[PurchaseLine] = []

    @rx.event
    @requires("customer")
    async def load(self):
        """Read what is this customer's."""
        await self._show()

    @rx.event
    @requires("customer")
    async def download(self, slug: str):
        """Go to a fresh link to a product's file."""
        return await lead_to(partial(downloads.link_to, me().id, slug), locale_in(self))

    @rx.event
    @requires("customer")
    async def end(self, subscription_id: str):
        """End a subscription to a space with its period."""
        locale = locale_in(self)
        _, trouble = await attempt(partial(belongings.end, me().id, subscription_id), locale)
        await self._show()
        return trouble or done(locale, "purchases.ended")

    @rx.event
    @requires("customer")
    async def resume(self, subscription_id: str):
        """Take that back."""
        locale = locale_in(self)
        _, trouble = await attempt(partial(belongings.resume, me().id, subscription_id), locale)
        await self._show()
        return trouble or done(locale, "purchases.resumed")

    async def _show(self) -> None:
        locale = locale_in(self)
        found = await asyncio.to_thread(belongings.of_user, me().id, locale)
        self.rows, self.loading = [purchase_line(each, locale) for each in found], False


class MayState(rx.State):
    loading: bool = True
    rows: list[MayLine] = []

    @rx.event
    @requires("customer")
    async def load(self):
        """Ask about everything that a plan can have."""
        found = await asyncio.to_thread(entitlements.overview, me().id, locale_in(self))
        self.rows, self.loading = [may_line(each, locale_in(self)) for each in found], False
