"""The credit ledger, a page at a time, with the balances of now and what each line touched."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import credit_picture, credits, explain
from nestpay.billing.explain import Lineage
from nestpay.web.dashboard.credits.words import paid_by
from nestpay.web.dashboard.rows import CreditLine, credit_line
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, me, requires


@dataclass(frozen=True)
class Touched:
    """A part that one line had in one lot."""

    lot_id: str
    source: str
    amount: str


class CreditsState(rx.State):
    loading: bool = True
    total: str = ""
    subscription_credits: str = ""
    one_time_credits: str = ""
    next_credits: str = ""
    set_aside: str = ""
    owed: str = ""
    rows: list[CreditLine] = []
    newer: str = ""
    older: str = ""
    opened: str = ""
    touched: list[Touched] = []
    _cursor: str = ""

    @rx.event
    @requires("customer")
    async def load(self):
        """Show the newest lines."""
        await self._show("")

    @rx.event
    @requires("customer")
    async def turn(self, cursor: str):
        """Show the page that `cursor` stands for."""
        await self._show(cursor)

    @rx.event
    @requires("customer")
    async def again(self):
        """Read the shown page again after something changed."""
        await self._show(self._cursor)

    @rx.event
    @requires("customer")
    async def open_line(self, log_id: str):
        """Show which lots a line touched, or close it again."""
        if log_id == self.opened:
            self.opened, self.touched = "", []
            return
        locale, user_id = locale_in(self), me().id
        found = await asyncio.to_thread(explain.lineage, user_id, log_id)
        self.opened, self.touched = log_id, _touched(found, locale)

    async def _show(self, cursor: str) -> None:
        locale, user_id = locale_in(self), me().id
        benefits = await asyncio.to_thread(credits.get_user_benefits, user_id)
        found = await asyncio.to_thread(credits.history, user_id, after=cursor or None, locale=locale)
        set_aside = await asyncio.to_thread(credit_picture.set_aside, user_id)
        self.total = t_in(locale, "number", n=benefits.total_available_credits)
        self.subscription_credits = t_in(locale, "number", n=benefits.subscription_credits_balance)
        self.one_time_credits = t_in(locale, "number", n=benefits.one_time_credits_balance)
        when = day(benefits.next_credit_date, locale)
        self.next_credits = t_in(locale, "overview.next", day=when) if when else ""
        self.set_aside = t_in(locale, "history.set_aside", n=set_aside) if set_aside else ""
        owing = "history.frozen" if benefits.is_frozen else "history.owed"
        self.owed = t_in(locale, owing, n=benefits.debt) if benefits.debt else ""
        self.rows = [credit_line(row, locale) for row in found.rows]
        self.newer, self.older = found.previous or "", found.next or ""
        self._cursor, self.loading = cursor, False


def _touched(found: Lineage, locale: str) -> list[Touched]:
    return [
        Touched(lot_id, paid_by(source, locale), t_in(locale, "credits.signed", sign="+" if n > 0 else "−", n=abs(n)))
        for lot_id, source, n in found.lots
    ]
