"""The list of everybody with an account: found by how an address or a name begins, a page at a time."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nestpay.billing import customer_desk
from nestpay.billing.customer_desk import CustomerLine
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.listing import CURSOR, address_of, asked_of, chosen_in
from nestpay.web.admin.places import CUSTOMER, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day
from nestpay.web.session import locale_in, requires, sentence

PAGE = f"{ADMIN_HOME}/customers"
FILTERS = ("text", "kind")
KINDS = ("", "admins", "disabled")


@dataclass(frozen=True)
class Line:
    id: str
    href: str
    email: str
    name: str
    plan: str
    state: str
    tone: str
    since: str


class CustomersDesk(rx.State):
    loading: bool = True
    trouble: str = ""
    given: dict[str, str] = dict.fromkeys(FILTERS, "")
    is_narrowed: bool = False
    form_key: str = ""
    rows: list[Line] = []
    newer: str = ""
    older: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the page that the address asks for."""
        locale = locale_in(self)
        given, cursor = asked_of(self, *FILTERS), asked_of(self, CURSOR)[CURSOR]
        self.given, self.form_key, self.is_narrowed, self.trouble = given, urlencode(given), any(given.values()), ""
        try:
            found = await asyncio.to_thread(customer_desk.search, given["text"], given["kind"], after=cursor or None)
        except NestpayError as error:
            self.rows, self.newer, self.older, self.trouble = [], "", "", sentence(locale, error)
        else:
            self.rows = [line(row, locale) for row in found.rows]
            self.newer, self.older = found.previous or "", found.next or ""
        self.loading = False

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, Any]):
        """Ask for other people: the address says which."""
        return rx.redirect(address_of(PAGE, locale_in(self), chosen_in(form, *FILTERS)))

    @rx.event
    @requires("admin")
    async def turn(self, mark: str):
        """Go to another page of the same list."""
        return rx.redirect(address_of(PAGE, locale_in(self), {**asked_of(self, *FILTERS), CURSOR: mark}))


def state_of(row: CustomerLine) -> tuple[str, str]:
    """In one word how an account stands, and its colour."""
    if row.is_deleted:
        return "deleted", "plain"
    if row.is_disabled:
        return "disabled", "bad"
    if row.role == "admin":
        return "admin", "accent"
    return ("verified", "good") if row.is_verified else ("unverified", "warn")


def line(row: CustomerLine, locale: str) -> Line:
    """An account as a line of the table."""
    word, tone = state_of(row)
    return Line(
        id=row.id,
        href=place(CUSTOMER, row.id, locale),
        email=row.email,
        name=row.name,
        plan=row.plan_title or "–",
        state=t_in(locale, f"desk.account.{word}"),
        tone=tone,
        since=day(row.created_at, locale),
    )
