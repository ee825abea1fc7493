"""One mail: how it reads in each language, what became of it, and sending it once more."""

import asyncio

import reflex as rx

from nestpay.billing import mail_desk
from nestpay.domain.errors import NotFound
from nestpay.web.admin.emails.state import MailLine, mail_line
from nestpay.web.admin.listing import asked_of
from nestpay.web.admin.places import CUSTOMER, place
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n.moments import moment
from nestpay.web.session import locale_in, me, requires

_NO_MAIL = MailLine("", "", "", "", "", "plain", "", "", "", "", "")


class MailState(rx.State):
    loading: bool = True
    missing: bool = False
    busy: bool = False
    mail: MailLine = _NO_MAIL
    sent: str = ""
    next_attempt: str = ""
    customer: str = ""
    spoken: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    unreadable: str = ""
    _id: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the mail that the address names, in its own language."""
        self._id = asked_of(self, "id")["id"]
        locale, mail_id = locale_in(self), self._id
        try:
            mail = await asyncio.to_thread(mail_desk.one, mail_id)
        except NotFound:
            self.missing, self.loading, self.mail = True, False, _NO_MAIL
            return
        self.mail, self.missing = mail_line(mail, locale), False
        self.sent, self.next_attempt = moment(mail.sent_at, locale), moment(mail.next_attempt_at, locale)
        self.customer = place(CUSTOMER, mail.user_id, locale) if mail.user_id else ""
        await self._read(mail.locale)
        self.loading = False

    @rx.event
    @requires("admin")
    async def speak(self, locale: str):
        """Show the mail in another language."""
        await self._read(locale)

    @rx.event
    @requires("admin")
    async def resend(self):
        """Send the mail once more."""
        locale, by, ip, mail_id = locale_in(self), me().id, self.router.session.client_ip, self._id
        self.busy = True
        yield
        _, trouble = await attempt(lambda: mail_desk.resend(mail_id, by=by, ip=ip), locale)
        self.busy = False
        yield trouble or done(locale, "mail.resent")

    async def _read(self, locale: str) -> None:
        found = await asyncio.to_thread(mail_desk.read, self._id, locale)
        self.spoken, self.subject, self.text = found.locale, found.subject, found.text
        self.html, self.unreadable = found.html, found.trouble
