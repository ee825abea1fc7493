"""The forms for getting an account, getting in, and getting back in."""

import asyncio
from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from nestpay.billing import accounts, identity
from nestpay.domain.errors import NestpayError
from nestpay.settings import get_settings
from nestpay.web.i18n import localized, t_in
from nestpay.web.session import leave_to, locale_in, me, requires, sentence, visitor_of


def safe_next(wanted: str, fallback: str) -> str:
    """`wanted` when it is a path of this site, else `fallback`: a link to us must not lead on to somewhere else."""
    is_local = (
        wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not any(c in wanted for c in "\r\n\t\\")
    )
    return wanted if is_local else fallback


class SignInState(rx.State):
    """Signing in and signing up; both end in a one-time ticket that becomes the cookie."""

    error: str = ""
    busy: bool = False

    @rx.event
    def clear(self):
        """An old message has nothing to say on a newly opened form."""
        self.reset()

    @rx.event
    async def sign_in(self, form: dict[str, Any]):
        """Check the password and go on to where the visitor wanted to go."""
        async for step in self._enter(accounts.sign_in, _text(form, "email"), _text(form, "password")):
            yield step

    @rx.event
    async def sign_up(self, form: dict[str, Any]):
        """Make an account, and go on signed in."""
        details = {"name": _text(form, "name"), "locale": locale_in(self)}
        async for step in self._enter(accounts.sign_up, _text(form, "email"), _text(form, "password"), **details):
            yield step

    @rx.event
    async def sign_in_as_demo(self):
        """Sandbox only: sign in as the demo customer."""
        if get_settings().mode != "sandbox":
            return
        password = get_settings().demo_password.get_secret_value()
        async for step in self._enter(accounts.sign_in, accounts.DEMO_CUSTOMER, password):
            yield step

    async def _enter(self, door: Any, *credentials: str, **details: str) -> Any:
        if self.busy or identity.is_the_hosts():
            return
        self.busy, self.error = True, ""
        yield
        locale = locale_in(self)
        try:
            ticket = await asyncio.to_thread(door, *credentials, ip=self.router.session.client_ip, **details)
        except NestpayError as error:
            self.busy, self.error = False, sentence(locale, error)
            return
        self.busy = False
        wanted = safe_next(self.router.url.query_parameters.get("next", ""), localized("/dashboard", locale))
        yield leave_to(f"/api/auth/session?ticket={quote(ticket, safe='')}&next={quote(wanted, safe='')}")


class PasswordState(rx.State):
    """Asking for a link to choose a new password, and choosing it."""

    error: str = ""
    busy: bool = False
    done: bool = False
    mail_link: str = ""

    @rx.event
    def clear(self):
        """Begin anew."""
        self.reset()

    @rx.event
    async def ask(self, form: dict[str, Any]):
        """Send the link, and say the same whether or not there is such an account."""
        self.busy, self.error = True, ""
        yield
        email = _text(form, "email")
        try:
            await asyncio.to_thread(accounts.request_password_reset, email, ip=self.router.session.client_ip)
            self.done = True
            self.mail_link = await _offered_mail(email, "reset")
        except NestpayError as error:
            self.error = sentence(locale_in(self), error)
        self.busy = False

    @rx.event
    async def choose(self, form: dict[str, Any]):
        """Set the new password by the link's token; all sessions end."""
        locale, password = locale_in(self), _text(form, "password")
        if password != _text(form, "again"):
            self.error = t_in(locale, "reset.differ")
            return
        self.busy, self.error = True, ""
        yield
        try:
            await asyncio.to_thread(
                accounts.reset_password, self.router.url.query_parameters.get("token", ""), password
            )
            self.done = True
        except NestpayError as error:
            self.error = sentence(locale, error)
        self.busy = False


class VerifyState(rx.State):
    """Proving an e-mail address by the link in the mail."""

    stage: str = "waiting"
    mail_link: str = ""
    busy: bool = False

    @rx.event
    async def arrive(self):
        """With a token in the address: use it. Without: say where to look for the mail."""
        self.reset()
        token = self.router.url.query_parameters.get("token", "")
        user = await visitor_of(self)
        if token:
            self.stage = "checking"
            yield
            try:
                await asyncio.to_thread(accounts.verify_email, token)
                self.stage = "verified"
            except NestpayError:
                self.stage = "stale"
        elif user is not None:
            self.stage = "verified" if user.email_verified else "waiting"
            self.mail_link = "" if user.email_verified else await _offered_mail(user.id, "verify")

    @rx.event
    @requires("customer")
    async def resend(self) -> EventSpec:
        """Send the mail once more."""
        await asyncio.to_thread(accounts.resend_verification, me().id)
        self.stage = "waiting"
        self.mail_link = await _offered_mail(me().id, "verify")
        return rx.toast.success(t_in(locale_in(self), "verify.sent_again"))


async def _offered_mail(who: str, kind: Any) -> str:
    """Sandbox only: the link of the mail that would have been sent."""
    return await asyncio.to_thread(accounts.sandbox_mail_link, who, kind) or ""


def _text(form: dict[str, Any], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
