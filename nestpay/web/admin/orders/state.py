"""The list of all orders: what the address asks for, a page at a time, and its totals a moment later."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

import reflex as rx

from nestpay.billing import order_desk
from nestpay.billing.order_desk import OrderLine, OrderQuery
from nestpay.billing.paging import Page
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.web.admin.listing import Listing, asked_of
from nestpay.web.admin.orders.words import Line, line
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, requires

PAGE = f"{ADMIN_HOME}/orders"
FILTERS = tuple(OrderQuery.__dataclass_fields__)
SORTS = ("", "newest", "oldest", "largest", "smallest")
CSV = "/api/admin/orders.csv"


@dataclass(frozen=True)
class Total:
    currency: str
    count: str
    paid: str
    refunded: str
    net: str


class OrdersDesk(Listing, rx.State):
    address: ClassVar[str] = PAGE
    filters: ClassVar[tuple[str, ...]] = FILTERS
    rows: list[Line] = []
    adding: bool = True
    notice: str = ""
    totals: list[Total] = []
    csv_url: str = CSV
    providers: dict[str, str] = {}
    plans: dict[str, str] = {}
    currencies: dict[str, str] = {}

    @rx.event
    @requires("admin")
    async def add_up(self):
        """Show what all orders that the address asks for come to."""
        locale = locale_in(self)
        if not self.trouble:
            query = OrderQuery(**asked_of(self, *FILTERS))
            found = await asyncio.to_thread(order_desk.totals, query, locale)
            self.totals = [
                Total(
                    each.currency.upper(),
                    t_in(locale, "desk.orders.count", n=each.count),
                    each.paid_text,
                    each.refunded_text,
                    each.net_text,
                )
                for each in found
            ]
        self.adding = False

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[OrderLine]:
        self.csv_url = f"{CSV}?{urlencode({name: value for name, value in given.items() if value})}"
        self.adding, self.totals, self.notice = True, [], ""
        await self._offer(locale)
        query = OrderQuery(**given)
        found = await asyncio.to_thread(order_desk.search, query, after=after, locale=locale)
        if given["text"] and await asyncio.to_thread(order_desk.is_cut, query):
            self.notice = t_in(locale, "desk.too_many", n=order_desk.MOST_ACCOUNTS)
        return found

    def _line(self, row: OrderLine, locale: str) -> Line:
        return line(row, locale)

    async def _offer(self, locale: str) -> None:
        """What the filters offer, with "all of them" first."""
        found = await asyncio.to_thread(order_desk.choices)
        every = {"": t_in(locale, "desk.any")}
        self.providers = every | found.companies
        self.plans = every | found.plans
        self.currencies = every | {code: code.upper() for code in found.currencies}


def words_of(locale: str) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The types, the states and the orders of sorting that a filter offers, by value."""
    every = {"": t_in(locale, "desk.any")}
    types = every | {str(kind): t_in(locale, f"order.type.{kind}") for kind in OrderType}
    states = every | {str(status): t_in(locale, f"order.status.{status}") for status in OrderStatus}
    return types, states, {sort: t_in(locale, f"desk.sort.{sort or 'natural'}") for sort in SORTS}
