"""The list of everybody with an account: found by how an address or a name begins, a page at a time."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from nestpay.billing import customer_desk
from nestpay.billing.customer_desk import CustomerLine
from nestpay.billing.paging import Page
from nestpay.web.admin.listing import Listing
from nestpay.web.admin.places import CUSTOMER, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day

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


class CustomersDesk(Listing, rx.State):
    address: ClassVar[str] = PAGE
    filters: ClassVar[tuple[str, ...]] = FILTERS
    rows: list[Line] = []

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[CustomerLine]:
        return await asyncio.to_thread(customer_desk.search, given["text"], given["kind"], after=after)

    def _line(self, row: CustomerLine, locale: str) -> Line:
        return line(row, locale)


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
