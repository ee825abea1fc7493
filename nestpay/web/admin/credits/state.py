"""The newest lines of everybody's credit log: what the address asks for, and what they come to a moment later."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from nestpay.billing import ledger_desk
from nestpay.billing.ledger_desk import LedgerLine, LineQuery
from nestpay.billing.paging import Page
from nestpay.domain.ledger import LogType
from nestpay.web.admin.listing import Listing, asked_of
from nestpay.web.admin.orders.one_state import Pair
from nestpay.web.admin.places import CUSTOMER, ORDER, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, requires

PAGE = f"{ADMIN_HOME}/credits"
FILTERS = tuple(LineQuery.__dataclass_fields__)


@dataclass(frozen=True)
class Line:
    id: str
    date: str
    email: str
    customer: str
    kind: str
    detail: str
    order: str
    amount: str
    is_gain: bool
    after: str


class CreditsDesk(Listing, rx.State):
    address: ClassVar[str] = PAGE
    filters: ClassVar[tuple[str, ...]] = FILTERS
    rows: list[Line] = []
    adding: bool = True
    totals: list[Pair] = []

    @rx.event
    @requires("admin")
    async def add_up(self):
        """Show what all lines that the address asks for come to."""
        locale = locale_in(self)
        if not self.trouble:
            found = await asyncio.to_thread(ledger_desk.totals, LineQuery(**asked_of(self, *FILTERS)))
            values = {
                "granted": found.granted,
                "spent": found.spent,
                "ended": found.ended,
                "taken_back": found.taken_back,
            }
            self.totals = [
                Pair(t_in(locale, f"desk.credits.{name}"), t_in(locale, "number", n=value))
                for name, value in values.items()
            ]
        self.adding = False

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[LedgerLine]:
        self.adding, self.totals = True, []
        return await asyncio.to_thread(ledger_desk.search, LineQuery(**given), after=after)

    def _line(self, row: LedgerLine, locale: str) -> Line:
        return line(row, locale)


def line(row: LedgerLine, locale: str) -> Line:
    """A line of somebody's log as a line of the table."""
    return Line(
        id=row.id,
        date=moment(row.created_at, locale),
        email=row.email,
        customer=place(CUSTOMER, row.user_id, locale),
        kind=t_in(locale, f"credit.type.{row.type}"),
        detail=" · ".join(filter(None, (row.feature, row.note))),
        order=place(ORDER, row.order_id, locale) if row.order_id else "",
        amount=t_in(locale, "credits.signed", sign="+" if row.amount >= 0 else "−", n=abs(row.amount)),
        is_gain=row.amount >= 0,
        after=t_in(locale, "number", n=row.balance_after),
    )


def kinds_of(locale: str) -> dict[str, str]:
    """The kinds of lines that a filter offers, by value."""
    return {"": t_in(locale, "desk.any")} | {str(kind): t_in(locale, f"credit.type.{kind}") for kind in LogType}
