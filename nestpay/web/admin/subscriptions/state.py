"""The list of all subscriptions: what the address asks for, a page at a time, and how many there are a moment later."""

import asyncio
from typing import ClassVar

import reflex as rx

from nestpay.billing import order_desk, subscription_desk
from nestpay.billing.paging import Page
from nestpay.billing.subscription_desk import SubscriptionLine, SubscriptionQuery
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.web.admin.listing import Listing, asked_of
from nestpay.web.admin.subscriptions.words import Line, line
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.session import locale_in, requires

PAGE = f"{ADMIN_HOME}/subscriptions"
FILTERS = tuple(SubscriptionQuery.__dataclass_fields__)
SORTS = ("", "oldest")


class SubscriptionsDesk(Listing, rx.State):
    address: ClassVar[str] = PAGE
    filters: ClassVar[tuple[str, ...]] = FILTERS
    rows: list[Line] = []
    counting: bool = True
    counts: list[str] = []
    providers: dict[str, str] = {}
    plans: dict[str, str] = {}

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

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[SubscriptionLine]:
        self.counting, self.counts = True, []
        offered = await asyncio.to_thread(order_desk.choices)
        every = {"": t_in(locale, "desk.any")}
        self.providers, self.plans = every | offered.companies, every | offered.plans
        return await asyncio.to_thread(subscription_desk.search, SubscriptionQuery(**given), after=after, locale=locale)

    def _line(self, row: SubscriptionLine, locale: str) -> Line:
        return line(row, locale)


def words_of(locale: str) -> tuple[dict[str, str], dict[str, str]]:
    """The states and the orders of sorting that a filter offers, by value."""
    every = {"": t_in(locale, "desk.any")}
    states = every | {str(status): t_in(locale, f"subscription.status.{status}") for status in SubscriptionStatus}
    return states, {sort: t_in(locale, f"desk.sort.{sort or 'newest'}") for sort in SORTS}
