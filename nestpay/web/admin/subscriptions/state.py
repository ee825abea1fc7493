"""The list of all subscriptions: what the address asks for, a page at a time, and how many there are a moment later."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nestpay.billing import order_desk, subscription_desk
from nestpay.billing.subscription_desk import SubscriptionQuery
from nestpay.domain.errors import NestpayError
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.web.admin.listing import CURSOR, address_of, asked_of, chosen_in
from nestpay.web.admin.subscriptions.words import Line, line
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, requires, sentence

PAGE = f"{ADMIN_HOME}/subscriptions"
FILTERS = tuple(SubscriptionQuery.__dataclass_fields__)
SORTS = ("newest", "oldest")


class SubscriptionsDesk(rx.State):
    loading: bool = True
    counting: bool = True
    trouble: str = ""
    given: dict[str, str] = dict.fromkeys(FILTERS, "")
    is_narrowed: bool = False
    form_key: str = ""
    rows: list[Line] = []
    newer: str = ""
    older: str = ""
    counts: list[str] = []
    providers: dict[str, str] = {}
    plans: dict[str, str] = {}

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the page that the address asks for."""
        locale = locale_in(self)
        given, cursor = asked_of(self, *FILTERS), asked_of(self, CURSOR)[CURSOR]
        self.given, self.form_key, self.is_narrowed = given, urlencode(given), any(given.values())
        self.counting, self.counts, self.trouble = True, [], ""
        offered = await asyncio.to_thread(order_desk.choices)
        every = {"": t_in(locale, "desk.any")}
        self.providers, self.plans = every | {name: name for name in offered.providers}, every | offered.plans
        try:
            query = SubscriptionQuery(**given)
            found = await asyncio.to_thread(subscription_desk.search, query, after=cursor or None, locale=locale)
        except NestpayError as error:
            self.rows, self.newer, self.older, self.trouble = [], "", "", sentence(locale, error)
        else:
            self.rows = [line(row, locale) for row in found.rows]
            self.newer, self.older = found.previous or "", found.next or ""
        self.loading = False

    @rx.event
    @requires("admin")
    async def count(self):
        """Show how many subscriptions there are of each status."""
        locale = locale_in(self)
        if not self.trouble:
            query = SubscriptionQuery(**asked_of(self, *FILTERS))
            found = await asyncio.to_thread(subscription_desk.count_by_status, query)
            self.counts = [
                t_in(locale, "desk.subscriptions.count", status=t_in(locale, f"subscription.status.{status}"), n=n)
                for status, n in sorted(found.items(), key=lambda pair: -pair[1])
            ]
        self.counting = False

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, Any]):
        """Ask for other subscriptions: the address says which."""
        chosen = chosen_in(form, *FILTERS)
        if chosen["sort"] == SORTS[0]:
            chosen["sort"] = ""
        return rx.redirect(address_of(PAGE, locale_in(self), chosen))

    @rx.event
    @requires("admin")
    async def turn(self, mark: str):
        """Go to another page of the same list."""
        return rx.redirect(address_of(PAGE, locale_in(self), {**asked_of(self, *FILTERS), CURSOR: mark}))


def words_of(locale: str) -> tuple[dict[str, str], dict[str, str]]:
    """The states and the orders of sorting that a filter offers, by value."""
    every = {"": t_in(locale, "desk.any")}
    states = every | {str(status): t_in(locale, f"subscription.status.{status}") for status in SubscriptionStatus}
    return states, {sort: t_in(locale, f"desk.sort.{sort}") for sort in SORTS}
