"""The audit log, a page at a time, with its filters in the address."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from nestpay.billing import audit_desk
from nestpay.billing.audit_desk import Line
from nestpay.billing.paging import Page
from nestpay.web.admin.listing import Listing
from nestpay.web.admin.places import CUSTOMER, EMAIL, EVENT, ORDER, PLAN, SUBSCRIPTION, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n.moments import moment

PATH = f"{ADMIN_HOME}/audit"
_PLACES = {
    "order": ORDER,
    "subscription": SUBSCRIPTION,
    "user": CUSTOMER,
    "customer": CUSTOMER,
    "event": EVENT,
    "email": EMAIL,
    "plan": PLAN,
}


@dataclass(frozen=True)
class DifferenceLine:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditLine:
    id: str
    at: str
    actor: str
    action: str
    subject: str
    href: str
    ip: str
    differences: list[DifferenceLine]


class AuditState(Listing, rx.State):
    address: ClassVar[str] = PATH
    filters: ClassVar[tuple[str, ...]] = ("actor", "action", "subject", "first", "last")
    rows: list[AuditLine] = []
    actions: list[str] = []

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[Line]:
        self.actions = list(await asyncio.to_thread(audit_desk.actions))
        return await asyncio.to_thread(lambda: audit_desk.lines(audit_desk.wanted(**given), after=after))

    def _line(self, row: Line, locale: str) -> AuditLine:
        return audit_line(row, locale)


def audit_line(line: Line, locale: str) -> AuditLine:
    """A line of the log as a line of the table."""
    kind, _, of = line.subject.partition(":")
    return AuditLine(
        id=line.id,
        at=moment(line.at, locale),
        actor=line.actor,
        action=line.action,
        subject=line.subject,
        href=place(_PLACES[kind], of, locale) if kind in _PLACES and of else "",
        ip=line.ip,
        differences=[DifferenceLine(each.name, each.before, each.after) for each in line.differences],
    )
