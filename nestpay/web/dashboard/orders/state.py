"""The customer's orders, a page at a time."""

import asyncio

import reflex as rx

from nestpay.billing import views
from nestpay.web.dashboard.rows import OrderLine, order_line
from nestpay.web.session import locale_in, me, requires


class OrdersState(rx.State):
    loading: bool = True
    rows: list[OrderLine] = []
    newer: str = ""
    older: str = ""
    _cursor: str = ""

    @rx.event
    @requires("customer")
    async def load(self):
        """Show the newest orders."""
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
        locale = locale_in(self)
        found = await asyncio.to_thread(views.orders_of, me().id, after=cursor or None, locale=locale)
        self.rows = [order_line(row, locale) for row in found.rows]
        self.newer, self.older = found.previous or "", found.next or ""
        self._cursor, self.loading = cursor, False
