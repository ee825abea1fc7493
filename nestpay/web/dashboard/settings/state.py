"""Name, language, password, and the browsers one is signed in with."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import reflex as rx
from reflex.event import EventSpec

from nestpay.billing import accounts, browsers, farewell
from nestpay.domain.errors import NestpayError
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.i18n import LOCALES, localized, t_in
from nestpay.web.i18n.moments import moment, stamp
from nestpay.web.session import Session, leave_to, locale_in, me, requires, sentence, session_token


@dataclass(frozen=True)
class Browser:
    id: str
    name: str
    seen: str
    seen_at: str
    is_this_one: bool


class SettingsState(rx.State):
    loading: bool = True
    name: str = ""
    language: str = ""
    browsers: list[Browser] = []
    password_error: str = ""
    busy: bool = False
    deleting: bool = False
    form_number: int = 0

    @rx.event
    @requires("customer")
    async def load(self):
        """Read the account."""
        self.password_error = ""
        await self._show()

    @rx.event
    @requires("customer")
    async def save_profile(self, form: dict[str, Any]) -> EventSpec | list[Any]:
        """Store name and language; another language shows the page in it."""
        name, language = str(form.get("name", "")), str(form.get("language", ""))
        locale = language if language in LOCALES else me().locale
        await asyncio.to_thread(accounts.set_name, me().id, name)
        await asyncio.to_thread(accounts.set_locale, me().id, locale)
        done = rx.toast.success(t_in(locale, "settings.saved"))
        if locale != locale_in(self):
            return rx.call_script(f"window.location.assign('{localized('/dashboard/settings', locale)}')")
        return [Session.enter, done]

    @rx.event
    @requires("customer")
    async def change_password(self, form: dict[str, Any]):
        """Set a new password; other browsers are signed out."""
        locale = locale_in(self)
        old, new = str(form.get("old", "")), str(form.get("password", ""))
        if new != str(form.get("again", "")):
            self.password_error = t_in(locale, "reset.differ")
            return
        self.busy, self.password_error = True, ""
        yield
        try:
            await asyncio.to_thread(accounts.change_password, me().id, old, new, keep=session_token(self))
        except NestpayError as error:
            self.password_error = sentence(locale, error)
        else:
            self.form_number += 1
            await self._show()
            yield rx.toast.success(t_in(locale, "settings.password_changed"))
        finally:
            self.busy = False

    @rx.event
    @requires("customer")
    async def sign_out_others(self) -> EventSpec:
        """End every session but this browser's."""
        await asyncio.to_thread(accounts.sign_out_everywhere, me().id, keep=session_token(self))
        await self._show()
        return rx.toast.success(t_in(locale_in(self), "settings.others_out"))

    @rx.event
    @requires("customer")
    async def sign_out_one(self, browser_id: str) -> EventSpec:
        """End one other session."""
        locale, user_id = locale_in(self), me().id
        _, trouble = await attempt(lambda: browsers.sign_out_one(user_id, browser_id), locale)
        await self._show()
        return trouble or done(locale, "settings.one_out")

    @rx.event
    @requires("customer")
    async def delete_account(self, form: dict[str, Any]):
        """Delete the account, on its password, and leave."""
        self.deleting = True
        yield
        locale, user_id, ip = locale_in(self), me().id, self.router.session.client_ip
        password = str(form.get("delete-password", ""))
        _, trouble = await attempt(lambda: farewell.delete_own_account(user_id, password, ip=ip), locale)
        self.deleting = False
        if trouble:
            yield trouble
            return
        self._get_root_state().reset()
        yield leave_to(f"/api/auth/sign-out?next={quote(localized('/', locale), safe='')}")

    async def _show(self) -> None:
        locale, user = locale_in(self), me()
        found = await asyncio.to_thread(accounts.sessions_of, user.id, this=session_token(self))
        self.name, self.language = user.name, user.locale
        self.browsers = [
            Browser(
                entry.id,
                browser_name(entry.user_agent, locale),
                moment(entry.last_seen_at, locale),
                stamp(entry.last_seen_at),
                entry.is_this_one,
            )
            for entry in found
        ]
        self.loading = False


def browser_name(user_agent: str, locale: str) -> str:
    """`Firefox · Windows` out of what a browser says about itself, as far as it can be told."""
    known = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    systems = (
        ("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
        ("Mac OS X", "macOS"), ("Linux", "Linux"),
    )  # fmt: skip
    parts = [next((name for mark, name in table if mark in user_agent), "") for table in (known, systems)]
    return " · ".join(filter(None, parts)) or t_in(locale, "settings.some_browser")
