"""Who is looking: read from the sign-in cookie by every handler anew, and shown in the header of every page.

Every public method of a State can be called from any browser, so nothing in a State says who the visitor is.
`requires` asks the database at each call; `StrangerGuard` empties a tab's State before another person can see it.
"""

import asyncio
import functools
import inspect
import json
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote

import reflex as rx
import structlog
from reflex.event import EventSpec
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext
from starlette.requests import cookie_parser

from nestpay import signals
from nestpay.billing import accounts, acting, identity, views
from nestpay.billing.accounts import CurrentUser
from nestpay.billing.identity import COOKIE
from nestpay.domain.errors import NestpayError, NotAllowed, SignInRequired
from nestpay.web import host
from nestpay.web.i18n import LANGUAGES, locale_of, localized, t_in
from nestpay.web.register import audience_of, live_handler_of

LANGUAGE_SETTLED = "nestpay_language"
"""The name under which a browser remembers that its owner has chosen a language."""
SLOW_LOOK_SECONDS = 10.0
Audience = Literal["customer", "admin"]

log = structlog.get_logger(__name__)


def session_token(state: BaseState) -> str:
    """The session token in the cookie that came with this tab's websocket, or an empty text."""
    return _cookies(state).get(COOKIE, "")


async def visitor_of(state: BaseState) -> CurrentUser | None:
    """The signed-in user of this tab, asked from the database, or None."""
    cookies = _cookies(state)
    return await asyncio.to_thread(identity.visitor, cookies) if cookies else None


def _cookies(state: BaseState) -> dict[str, str]:
    """Read as the routes read them: one odd cookie of somebody else's script must not hide the others."""
    return cookie_parser(state.router.headers.cookie or "")


def locale_in(state: BaseState) -> str:
    """The language of the page the visitor is on."""
    return locale_of(state.router.url.path)


def me() -> CurrentUser:
    """The user that `requires` has checked for the running handler. Raises SignInRequired outside of one."""
    user = acting.current_user()
    if user is None:
        raise SignInRequired
    return user


async def _admit(state: BaseState, audience: Audience) -> None:
    user = await visitor_of(state)
    if user is None:
        raise SignInRequired
    if audience == "admin" and user.role != "admin":
        raise NotAllowed
    acting.begin(user)


def requires(audience: Audience) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Let a handler run only for a signed-in customer, or for an admin; inside it `me()` is that user.

    Others are sent to the sign-in page and come back, or read a plain refusal (`show_trouble`). Put it below
    `@rx.event`.
    """

    def guard(handler: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isasyncgenfunction(handler):

            @functools.wraps(handler)
            async def guarded_steps(self: BaseState, *args: Any, **kwargs: Any) -> Any:
                await _admit(self, audience)
                async for step in handler(self, *args, **kwargs):
                    yield step

            guarded: Callable[..., Any] = guarded_steps
        else:

            @functools.wraps(handler)
            async def guarded_call(self: BaseState, *args: Any, **kwargs: Any) -> Any:
                await _admit(self, audience)
                return await handler(self, *args, **kwargs)

            guarded = guarded_call
        guarded.audience = audience  # pyright: ignore[reportFunctionMemberAccess]  the law's test reads it
        return guarded

    return guard


def sign_in_path(locale: str, wanted: str) -> str:
    """The sign-in page, ours or a host's, that leads on to `wanted`, a path with its query."""
    address = localized("/sign-in", locale)
    return f"{address}{'&' if '?' in address else '?'}next={quote(wanted, safe='')}"


def show_trouble(error: Exception) -> EventSpec:
    """What a visitor sees when a handler fails: the error's own sentence, the sign-in page, or an apology."""
    path, wanted = _place()
    locale = locale_of(path)
    if isinstance(error, SignInRequired):
        return rx.redirect(sign_in_path(locale, wanted))
    if isinstance(error, NestpayError):
        return rx.toast.error(sentence(locale, error))
    log.error("handler failed", path=path, exc_info=error)
    return rx.toast.error(t_in(locale, "errors.unexpected"))


def sentence(locale: str, error: NestpayError) -> str:
    """The error in the visitor's language."""
    return t_in(locale, error.key, **error.values)


def _place() -> tuple[str, str]:
    """The path of the page whose handler is running, and the same with its query."""
    try:
        data = EventContext.get().router_data or {}
    except LookupError:
        data = {}
    wanted = str(data.get("asPath") or data.get("pathname") or "/")
    return wanted.split("?")[0], wanted


class StrangerGuard(Middleware):
    """Before a tab is filled with what its State holds, empties that State if another person has signed in since.

    A tab keeps its State over a sign-out, and filling it (hydration) runs before any handler of ours. Of a host's
    tab only the States of `packages` are emptied.
    """

    def __init__(self, packages: tuple[str, ...] = ()) -> None:
        self._packages = packages

    async def preprocess(self, app: rx.App, state: BaseState, event: rx.event.Event) -> None:
        if not event.name.endswith((".hydrate", ".hydrate_and_load")):
            return
        root = state._get_root_state()
        session = await root.get_state(Session)
        user = await visitor_of(root)
        owner = user.id if user else ""
        if session._owner != owner:
            for kind in rx.State.get_substates() if self._packages else ():
                if kind.__module__.split(".")[0] in self._packages:
                    (await root.get_state(kind)).reset()
            if not self._packages:
                root.reset()
            session._owner = owner


class Session(rx.State):
    """The header: who is signed in, on which plan, with how many credits."""

    signed_in: bool = False
    is_admin: bool = False
    name: str = ""
    email: str = ""
    initial: str = ""
    email_verified: bool = True
    plan: str = ""
    credits: str = ""
    suggestion: str = ""
    language_settled: str = rx.LocalStorage("", name=LANGUAGE_SETTLED)
    _owner: str = ""

    @rx.event
    async def enter(self):
        """First on every page: fill the header, and keep those out who have no business here."""
        user = await visitor_of(self)
        locale = locale_in(self)
        audience = audience_of(self.router.url.path)
        await self._fill(user)
        self.suggestion = "" if self.language_settled else _preferred(self.router.headers.accept_language, locale)
        if audience != "public" and user is None:
            return rx.redirect(sign_in_path(locale, _with_query(self)), replace=True)
        if audience == "admin" and user is not None and user.role != "admin":
            return rx.redirect(localized("/dashboard", locale), replace=True)
        return None

    @rx.event(background=True, supersedes=True)
    async def watch(self):
        """Keeps this tab's header, and the page that asked for it, up to date until the tab leaves or signs out.

        Reflex ends it when the visitor goes to another page or closes the tab, since it was begun by the page's load.
        """
        user = await visitor_of(self)
        if user is None:
            return
        refresh = live_handler_of(self.router.url.path)
        async with signals.subscribe(user.id) as changes:
            while is_connected(self):
                changed = await changes.wait(SLOW_LOOK_SECONDS)
                user = await visitor_of(self)
                async with self:
                    await self._fill(user)
                if user is None:
                    return
                if changed and refresh is not None:
                    yield refresh

    @rx.event
    async def sign_out(self):
        """End this session, empty this tab, and have the cookie removed."""
        locale = locale_in(self)
        if there := host.sign_out():
            return leave_to(there)
        await asyncio.to_thread(accounts.sign_out, session_token(self))
        self._get_root_state().reset()
        return leave_to(f"/api/auth/sign-out?next={quote(localized('/', locale), safe='')}")

    @rx.event
    def settle_language(self):
        """Do not suggest another language again in this browser."""
        self.language_settled = "1"
        self.suggestion = ""

    async def _fill(self, user: CurrentUser | None) -> None:
        header = await asyncio.to_thread(views.header, user.id, locale_in(self)) if user else None
        self.signed_in = user is not None
        self.is_admin = bool(user and user.role == "admin")
        self.name = (user.name or user.email.split("@")[0]) if user else ""
        self.email = user.email if user else ""
        self.initial = self.name[:1].upper()
        self.email_verified = user.email_verified if user else True
        self.plan = header.plan_title if header else ""
        self.credits = t_in(locale_in(self), "number", n=header.credits_total) if header else ""


def leave_to(url: str) -> EventSpec:
    """Go to an address that is not one of the app's pages, leaving no step in the browser's history."""
    return rx.call_script(f"window.location.replace({json.dumps(url)})")


def _with_query(state: BaseState) -> str:
    url = state.router.url
    return f"{url.path}?{url.query}" if url.query else url.path


def is_connected(state: BaseState) -> bool:
    """Whether this tab still has its websocket: what goes on in the background ends with it."""
    namespace = RegistrationContext.get().app.event_namespace
    return namespace is None or state.router.session.client_token in namespace.token_to_sid


def _preferred(accept_language: str, shown: str) -> str:
    """The first language the browser asks for, when we speak it and the page does not; else an empty text."""
    for wish in accept_language.split(","):
        language = wish.split(";")[0].strip().lower().split("-")[0]
        if language in LANGUAGES:
            return "" if language == shown else language
    return ""
