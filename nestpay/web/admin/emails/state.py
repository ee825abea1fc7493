"""The outbox, a page at a time, with its filters in the address."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

import reflex as rx

from nestpay.billing import mail_desk
from nestpay.billing.clock import real_now
from nestpay.billing.mail_desk import Mail
from nestpay.billing.paging import Page
from nestpay.web.admin.listing import Listing
from nestpay.web.admin.places import EMAIL, place
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import age, moment

PATH = f"{ADMIN_HOME}/emails"
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


class EmailsState(Listing, rx.State):
    address: ClassVar[str] = PATH
    filters: ClassVar[tuple[str, ...]] = ("status", "template", "recipient")
    rows: list[MailLine] = []

    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[Mail]:
        return await asyncio.to_thread(mail_desk.mails, mail_desk.wanted(**given), after=after)

    def _line(self, row: Mail, locale: str) -> MailLine:
        return mail_line(row, locale)


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
