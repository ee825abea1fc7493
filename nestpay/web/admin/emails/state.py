"""The outbox, a page at a time, with its filters in the address."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from nestpay.billing import mail_desk
from nestpay.billing.clock import real_now
from nestpay.billing.mail_desk import Mail
from nestpay.domain.errors import NestpayError
from nestpay.web.admin.listing import address_of, asked_of, chosen_in
from nestpay.web.admin.places import EMAIL, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import age, moment
from nestpay.web.session import locale_in, requires, sentence

PATH = f"{ADMIN_HOME}/emails"
FILTERS = ("status", "template", "recipient")
TONES = {"queued": "accent", "sending": "accent", "sent": "good", "failed": "warn", "dead": "bad"}


@dataclass(frozen=True)
class MailLine:
    id: str
    recipient: str
    template: str
    locale: str
    word: str
    tone: str
    age: str
    at: str
    attempts: str
    error: str
    href: str


class EmailsState(rx.State):
    loading: bool = True
    rows: list[MailLine] = []
    newer: str = ""
    older: str = ""
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
            found = await asyncio.to_thread(mail_desk.mails, mail_desk.wanted(**asked), after=cursor or None)
        except NestpayError as error:
            self.trouble, self.rows, self.newer, self.older = sentence(locale, error), [], "", ""
            return
        self.rows = [mail_line(row, locale) for row in found.rows]
        self.newer, self.older = found.previous or "", found.next or ""


def mail_line(mail: Mail, locale: str) -> MailLine:
    """A mail as a line of a table."""
    return MailLine(
        id=mail.id,
        recipient=mail.recipient,
        template=mail.template,
        locale=mail.locale,
        word=t_in(locale, f"mail.status.{mail.status}"),
        tone=TONES[mail.status],
        age=age(mail.created_at, real_now(), locale),
        at=moment(mail.created_at, locale),
        attempts=t_in(locale, "number", n=mail.attempts),
        error=mail.error,
        href=place(EMAIL, mail.id, locale),
    )
