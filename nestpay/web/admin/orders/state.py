"""The list of all orders: what the address asks for, a page at a time, and its totals a moment later."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nestpay.billing import order_desk
from nestpay.billing.order_desk import OrderQuery
from nestpay.domain.errors import NestpayError
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.web.admin.listing import CURSOR, address_of, asked_of, chosen_in
from nestpay.web.admin.orders.words import Line, line
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, requires, sentence

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


class OrdersDesk(rx.State):
    loading: bool = True
    adding: bool = True
    trouble: str = ""
    notice: str = ""
    given: dict[str, str] = dict.fromkeys(FILTERS, "")
    is_narrowed: bool = False
    form_key: str = ""
    rows: list[Line] = []
    newer: str = ""
    older: str = ""
    totals: list[Total] = []
    csv_url: str = CSV
    providers: dict[str, str] = {}
    plans: dict[str, str] = {}
    currencies: dict[str, str] = {}

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the page that the address asks for."""
        locale = locale_in(self)
        given, cursor = asked_of(self, *FILTERS), asked_of(self, CURSOR)[CURSOR]
        self.given, self.form_key = given, urlencode(given)
        self.is_narrowed = any(given.values())
        self.csv_url = f"{CSV}?{urlencode({name: value for name, value in given.items() if value})}"
        self.adding, self.totals, self.trouble, self.notice = True, [], "", ""
        await self._offer(locale)
        try:
            query = OrderQuery(**given)
            found = await asyncio.to_thread(order_desk.search, query, after=cursor or None, locale=locale)
            is_cut = bool(given["text"]) and await asyncio.to_thread(order_desk.is_cut, query)
        except NestpayError as error:
            self.rows, self.newer, self.older, self.trouble = [], "", "", sentence(locale, error)
        else:
            self.rows = [line(row, locale) for row in found.rows]
            self.newer, self.older = found.previous or "", found.next or ""
            self.notice = t_in(locale, "desk.too_many", n=order_desk.MOST_ACCOUNTS) if is_cut else ""
        self.loading = False

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

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, Any]):
        """Ask for other orders: the address says which."""
        return rx.redirect(address_of(PAGE, locale_in(self), chosen_in(form, *FILTERS)))

    @rx.event
    @requires("admin")
    async def turn(self, mark: str):
        """Go to another page of the same list."""
        filters = {**asked_of(self, *FILTERS), CURSOR: mark}
        return rx.redirect(address_of(PAGE, locale_in(self), filters))

    async def _offer(self, locale: str) -> None:
        """What the filters offer, with "all of them" first."""
        found = await asyncio.to_thread(order_desk.choices)
        every = {"": t_in(locale, "desk.any")}
        self.providers = every | {name: name for name in found.providers}
        self.plans = every | found.plans
        self.currencies = every | {code: code.upper() for code in found.currencies}


def words_of(locale: str) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The types, the states and the orders of sorting that a filter offers, by value."""
    every = {"": t_in(locale, "desk.any")}
    types = every | {str(kind): t_in(locale, f"order.type.{kind}") for kind in OrderType}
    states = every | {str(status): t_in(locale, f"order.status.{status}") for status in OrderStatus}
    return types, states, {sort: t_in(locale, f"desk.sort.{sort or 'natural'}") for sort in SORTS}
