"""What waits for an admin, in words, and how each currency is doing."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import attention
from nestpay.billing.attention import Concern, Figures
from nestpay.billing.clock import real_now
from nestpay.domain.money import Money
from nestpay.web.admin.places import CUSTOMER, ORDER, PLAN, SUBSCRIPTION, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import localized, t_in
from nestpay.web.i18n.moments import age
from nestpay.web.session import locale_in, requires

_LISTS = {
    "events": "/webhooks?status=trouble",
    "mails": "/emails?status=trouble",
    "refused": "/webhooks#refused",
    "dispute": "/orders?status=disputed",
    "fraud": "/orders",
    "drift": "/plans",
    "past_due": "/subscriptions?status=past_due",
    "delivery": "/content",
    "doctor": "/credits",
}
_THINGS = {"dispute": ORDER, "fraud": ORDER, "drift": PLAN, "past_due": SUBSCRIPTION}
_TONES = {"dispute": "bad", "fraud": "bad", "events": "bad", "delivery": "bad", "doctor": "bad", "refused": "warn"}


@dataclass(frozen=True)
class ConcernRow:
    kind: str
    title: str
    detail: str
    age: str
    href: str
    tone: str


@dataclass(frozen=True)
class FigureRow:
    currency: str
    mrr: str
    mrr_note: str
    active: str
    trialing: str
    today: str
    month: str


class TodayState(rx.State):
    loading: bool = True
    concerns: list[ConcernRow] = []
    own: FigureRow = FigureRow("", "", "", "", "", "", "")
    others: list[FigureRow] = []

    @rx.event
    @requires("admin")
    async def load(self):
        """Show what needs somebody and the figures of now."""
        locale = locale_in(self)
        found = await asyncio.to_thread(attention.concerns)
        figures = await asyncio.to_thread(attention.figures)
        self.concerns = [_concern(each, locale) for each in found]
        self.own, *self.others = (_figure(each, locale) for each in figures)
        self.loading = False


def _concern(each: Concern, locale: str) -> ConcernRow:
    return ConcernRow(
        kind=each.kind,
        title=t_in(locale, f"today.concern.{each.kind}", n=each.count),
        detail=each.detail,
        age=age(each.since, real_now(), locale),
        href=_way_to(each, locale),
        tone=_TONES.get(each.kind, "warn"),
    )


def _way_to(each: Concern, locale: str) -> str:
    """The thing itself when there is only one, the list of them otherwise."""
    if each.kind == "doctor":
        return place(CUSTOMER, each.detail.partition(":")[0], locale)
    if each.count == 1 and each.one and each.kind in _THINGS:
        return place(_THINGS[each.kind], each.one, locale)
    return localized(ADMIN_HOME + _LISTS[each.kind], locale)


def _figure(each: Figures, locale: str) -> FigureRow:
    def text(amount: int) -> str:
        return Money(amount, each.currency).text(locale)

    gained = each.mrr - each.mrr_before
    sign = "+" if gained > 0 else ""
    return FigureRow(
        currency=each.currency.upper(),
        mrr=text(each.mrr),
        mrr_note=t_in(locale, "today.mrr_note", amount=sign + text(gained)),
        active=t_in(locale, "number", n=each.active),
        trialing=t_in(locale, "today.trialing", n=each.trialing),
        today=text(each.today),
        month=text(each.month),
    )
