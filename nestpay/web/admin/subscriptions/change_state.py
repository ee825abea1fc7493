"""Changing somebody's plan for them: the prices, what one of them costs, and the agreement."""

import asyncio
from dataclasses import dataclass
from typing import Any

import reflex as rx

from nestpay.billing import subscription_acts
from nestpay.billing.changes import QuoteView, Timing
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.orders.one_state import Pair
from nestpay.web.admin.subscriptions.one_state import SubscriptionPage
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires, sentence

TIMINGS = ("", "now", "period_end")
_MOST_DIGITS = 6


@dataclass(frozen=True)
class _Quoted:
    subscription_id: str
    quote_id: str


class PlanChange(rx.State):
    options: dict[str, str] = {}
    trouble: str = ""
    lines: list[Pair] = []
    is_ready: bool = False
    busy: bool = False
    form_key: int = 0
    _quoted: _Quoted | None = None

    @rx.event
    @requires("admin")
    async def open(self):
        """Ask what the subscription that the address names may be changed to."""
        self.reset()
        locale, of = locale_in(self), self._id()
        try:
            found = await asyncio.to_thread(subscription_acts.options, of, locale)
        except NestpayError:
            return
        self.options = {
            each.price_id: " · ".join(
                (each.plan_title, t_in(locale, f"desk.interval.{each.interval}"), each.price_text)
            )
            for each in found
        }

    @rx.event
    @requires("admin")
    async def quote(self, form: dict[str, Any]):
        """Show what the change in the form costs."""
        locale, by, of = locale_in(self), me().id, self._id()
        price_id, seats = str(form.get("price", "")), str(form.get("quantity", "")).strip()
        chosen = str(form.get("timing", ""))
        timing: Timing | None = "now" if chosen == "now" else "period_end" if chosen == "period_end" else None
        quantity = int(seats) if seats.isdecimal() and seats.isascii() and len(seats) <= _MOST_DIGITS else None
        self.trouble, self.is_ready, self._quoted = "", False, None
        try:
            found = await asyncio.to_thread(
                subscription_acts.quote, of, price_id, quantity=quantity, timing=timing, by=by, locale=locale
            )
        except NestpayError as error:
            self.trouble = sentence(locale, error)
            return
        self._quoted, self.is_ready, self.lines = _Quoted(of, found.id), True, lines_of(found, locale)

    @rx.event
    @requires("admin")
    async def agree(self):
        """Carry out what was shown."""
        quoted, locale, by, ip = self._quoted, locale_in(self), me().id, self.router.session.client_ip
        if quoted is None or quoted.subscription_id != self._id():
            return
        self.busy = True
        yield
        agreed, trouble = await attempt(
            lambda: subscription_acts.agree(quoted.subscription_id, quoted.quote_id, by=by, ip=ip), locale
        )
        self.busy, self.is_ready, self._quoted = False, False, None
        self.form_key += 1
        told = done(locale, f"desk.change.{agreed.state}") if agreed else trouble
        yield [told, SubscriptionPage.load]

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]


def lines_of(found: QuoteView, locale: str) -> list[Pair]:
    """What a change costs, a line each."""

    def said(key: str, value: str) -> Pair:
        return Pair(t_in(locale, f"desk.change.{key}"), value)

    return [
        said("to", f"{found.plan_title} · {t_in(locale, f'desk.interval.{found.interval}')}"),
        said("when", t_in(locale, f"desk.timing.{found.timing}")),
        said("due_now", found.due_now_text),
        *([said("credit", found.credit_text)] if found.credit_text else []),
        said(
            "later",
            f"{found.next_amount_text} · {day(found.next_at, locale)}" if found.next_at else found.next_amount_text,
        ),
        said("credits", t_in(locale, "number", n=found.credits_now)),
    ]
