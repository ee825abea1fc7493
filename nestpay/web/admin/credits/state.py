"""The newest lines of everybody's credit log: what the address asks for, and what they come to a moment later."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nestpay.billing import ledger_desk
from nestpay.billing.ledger_desk import LedgerLine, LineQuery
from nestpay.domain.errors import NestpayError
from nestpay.domain.ledger import LogType
from nestpay.web.admin.listing import CURSOR, address_of, asked_of, chosen_in
from nestpay.web.admin.orders.one_state import Pair
from nestpay.web.admin.places import CUSTOMER, ORDER, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, requires, sentence

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


class CreditsDesk(rx.State):
    loading: bool = True
    adding: bool = True
    trouble: str = ""
    given: dict[str, str] = dict.fromkeys(FILTERS, "")
    is_narrowed: bool = False
    form_key: str = ""
    rows: list[Line] = []
    newer: str = ""
    older: str = ""
    totals: list[Pair] = []

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the page that the address asks for."""
        locale = locale_in(self)
        given, cursor = asked_of(self, *FILTERS), asked_of(self, CURSOR)[CURSOR]
        self.given, self.form_key, self.is_narrowed = given, urlencode(given), any(given.values())
        self.adding, self.totals, self.trouble = True, [], ""
        try:
            found = await asyncio.to_thread(ledger_desk.search, LineQuery(**given), after=cursor or None)
        except NestpayError as error:
            self.rows, self.newer, self.older, self.trouble = [], "", "", sentence(locale, error)
        else:
            self.rows = [line(row, locale) for row in found.rows]
            self.newer, self.older = found.previous or "", found.next or ""
        self.loading = False

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

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, Any]):
        """Ask for other lines: the address says which."""
        return rx.redirect(address_of(PAGE, locale_in(self), chosen_in(form, *FILTERS)))

    @rx.event
    @requires("admin")
    async def turn(self, mark: str):
        """Go to another page of the same list."""
        return rx.redirect(address_of(PAGE, locale_in(self), {**asked_of(self, *FILTERS), CURSOR: mark}))


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
