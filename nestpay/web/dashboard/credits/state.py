"""The credit ledger, a page at a time, with the balances of now."""

import asyncio

import reflex as rx

from nestpay.billing import credits
from nestpay.web.dashboard.rows import CreditLine, credit_line
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, me, requires


class CreditsState(rx.State):
    loading: bool = True
    total: str = ""
    subscription_credits: str = ""
    one_time_credits: str = ""
    rows: list[CreditLine] = []
    newer: str = ""
    older: str = ""
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

    async def _show(self, cursor: str) -> None:
        locale, user_id = locale_in(self), me().id
        benefits = await asyncio.to_thread(credits.get_user_benefits, user_id)
        found = await asyncio.to_thread(credits.history, user_id, after=cursor or None, locale=locale)
        self.total = t_in(locale, "number", n=benefits.total_available_credits)
        self.subscription_credits = t_in(locale, "number", n=benefits.subscription_credits_balance)
        self.one_time_credits = t_in(locale, "number", n=benefits.one_time_credits_balance)
        self.rows = [credit_line(row, locale) for row in found.rows]
        self.newer, self.older = found.previous or "", found.next or ""
        self._cursor, self.loading = cursor, False
