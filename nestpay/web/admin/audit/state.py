"""The audit log, a page at a time, with its filters in the address."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import audit_desk
from nestpay.billing.audit_desk import AuditFilter, Line
from nestpay.billing.paging import Page
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.listing import address_of, asked_of, chosen_in
from nestpay.web.admin.places import CUSTOMER, EMAIL, EVENT, ORDER, PLAN, SUBSCRIPTION, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, requires, sentence

PATH = f"{ADMIN_HOME}/audit"
FILTERS = ("actor", "action", "subject", "first", "last")
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


class AuditState(rx.State):
    loading: bool = True
    rows: list[AuditLine] = []
    newer: str = ""
    older: str = ""
    actions: list[str] = []
    asked: dict[str, str] = dict.fromkeys(FILTERS, "")
    form_key: str = ""
    is_narrowed: bool = False
    trouble: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Show what the address asks for, the newest first."""
        self.asked = asked_of(self, *FILTERS)
        self.form_key = address_of(PATH, locale_in(self), self.asked)
        self.is_narrowed = any(self.asked.values())
        self.actions = list(await asyncio.to_thread(audit_desk.actions))
        await self._show("")

    @rx.event
    @requires("admin")
    async def turn(self, cursor: str):
        """Show the page that `cursor` stands for."""
        await self._show(cursor)

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, str]):
        """Put what was chosen into the address."""
        return rx.redirect(address_of(PATH, locale_in(self), chosen_in(form, *FILTERS)))

    async def _show(self, cursor: str) -> None:
        locale, asked = locale_in(self), dict(self.asked)
        self.trouble, self.loading = "", False
        try:
            found = await asyncio.to_thread(_look, asked, cursor)
        except NestpayError as error:
            self.trouble, self.rows, self.newer, self.older = sentence(locale, error), [], "", ""
            return
        self.rows = [_line(row, locale) for row in found.rows]
        self.newer, self.older = found.previous or "", found.next or ""


def _look(asked: dict[str, str], cursor: str) -> Page[Line]:
    wanted: AuditFilter = audit_desk.wanted(**asked)
    return audit_desk.lines(wanted, after=cursor or None)


def _line(line: Line, locale: str) -> AuditLine:
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
