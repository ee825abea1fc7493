"""A refund in three steps: what is wished, what it would mean, and the agreement, which happens once."""

import asyncio
from dataclasses import dataclass
from typing import Any

import reflex as rx

from nestpay.billing import refund_desk, refunds
from nestpay.billing.refund_desk import RefundView
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.orders.one_state import OrderPage, Pair
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires, sentence


@dataclass(frozen=True)
class _Wish:
    order_id: str
    amount_minor: int
    reason: str
    ending: refunds.Ending
    seen: int


class RefundState(rx.State):
    trouble: str = ""
    busy: bool = False
    may_be_partial: bool = True
    may_cancel: bool = False
    is_ready: bool = False
    amount: str = ""
    lines: list[Pair] = []
    warning: str = ""
    form_key: int = 0
    _wish: _Wish | None = None

    @rx.event
    @requires("admin")
    async def open(self):
        """Ask what can be refunded of the order that the address names."""
        self.reset()
        order_id, locale = self._id(), locale_in(self)
        try:
            found = await asyncio.to_thread(refund_desk.preview, order_id, locale=locale)
        except NestpayError:
            return
        self.may_be_partial, self.may_cancel = found.may_be_partial, found.may_cancel

    @rx.event
    @requires("admin")
    async def simulate(self, form: dict[str, Any]):
        """Show what the refund in the form would mean."""
        order_id, locale = self._id(), locale_in(self)
        amount, ending = str(form.get("amount", "")), str(form.get("ending", "") or "keep")
        reason = str(form.get("reason", ""))
        self.trouble, self.is_ready, self._wish = "", False, None
        try:
            found = await asyncio.to_thread(refund_desk.preview, order_id, amount, ending, locale)
        except NestpayError as error:
            self.trouble = sentence(locale, error)
            return
        reason = reason if reason in refunds.REASONS else refunds.REASONS[0]
        self._wish = _Wish(order_id, found.amount_minor, reason, found.ending, found.seen)
        self.is_ready, self.amount = True, found.amount_text
        self.lines = lines_of(found, locale)
        spent = found.credits_spent
        self.warning = t_in(locale, f"desk.refund.spent.{found.clawback}", n=spent) if spent else ""

    @rx.event
    @requires("admin")
    async def refund(self):
        """Do what was shown."""
        wish, locale, by, ip = self._wish, locale_in(self), me().id, self.router.session.client_ip
        if wish is None or wish.order_id != self._id():
            return
        self.busy = True
        yield
        _, trouble = await attempt(
            lambda: refunds.refund_order(
                wish.order_id,
                amount_minor=wish.amount_minor,
                reason=wish.reason,
                ending=wish.ending,
                seen=wish.seen,
                by=by,
                ip=ip,
            ),
            locale,
        )
        amount = self.amount
        self.busy, self.is_ready, self._wish = False, False, None
        self.form_key += 1
        yield [trouble or done(locale, "desk.refund.done", amount=amount), OrderPage.load]

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]


def lines_of(found: RefundView, locale: str) -> list[Pair]:
    """What a refund would mean, a line each."""

    def said(key: str, value: str) -> Pair:
        return Pair(t_in(locale, f"desk.refund.{key}"), value)

    def number(n: int) -> str:
        return t_in(locale, "number", n=n)

    lines = [
        said("money", found.amount_text),
        said("tax", found.tax_text),
        said("left", found.left_text),
    ]
    if found.credits_granted:
        lines += [
            said("granted", number(found.credits_granted)),
            said("unspent", number(found.credits_left)),
            said("taken", number(found.credits_to_revoke)),
            said("gone", number(found.credits_spent)),
        ]
    until = day(found.access_until, locale)
    return [
        *lines,
        said("access", t_in(locale, f"desk.access_after.{found.access}", day=until)),
        said("mrr", f"−{found.mrr_text}" if found.mrr_text else t_in(locale, "desk.refund.no_mrr")),
    ]
