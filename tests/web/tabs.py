"""A browser tab as Reflex sees it: a state tree, the page's address, the cookie of its websocket."""

import asyncio
import inspect
from typing import Any, TypeVar

import reflex as rx

from nestpay.billing import accounts
from nestpay.web.session import COOKIE
from tests.billing.people import EMAIL, PASSWORD

StateType = TypeVar("StateType", bound=rx.State)


class Tab:
    """One tab on `path`, with a session token or without."""

    def __init__(self, path: str = "/", token: str = "", accept_language: str = "", others: str = "theme=dark") -> None:
        self.root = rx.State(_reflex_internal_init=True)  # pyright: ignore[reportCallIssue]
        self.go(path, token, accept_language, others)

    def go(self, path: str, token: str = "", accept_language: str = "", others: str = "theme=dark") -> None:
        """Open another address, perhaps as somebody else; `others` are cookies that are not ours."""
        headers = {"origin": "http://127.0.0.1:8000", "accept-language": accept_language}
        if token:
            headers["cookie"] = f"{others}; {COOKIE}={token}"
        data = {"pathname": path.split("?")[0], "asPath": path, "headers": headers, "token": "tab", "ip": "127.0.0.1"}
        before = self.root.router_data
        self.root.router_data = self.root._update_router_vars(data, before)

    def state(self, kind: type[StateType]) -> StateType:
        """The tab's own instance of a State."""
        return asyncio.run(self.root.get_state(kind))

    def call(self, handler: Any, *arguments: Any) -> list[Any]:
        """Run a handler as the browser would; gives the events it answered with."""
        return asyncio.run(self._call(handler, arguments))

    async def _call(self, handler: Any, arguments: tuple[Any, ...]) -> list[Any]:
        owner = next(
            kind
            for kind in _states(rx.State)
            if kind.event_handlers.get(handler.fn.__name__) is not None and _is(kind, handler)
        )
        answer = handler.fn(await self.root.get_state(owner), *arguments)
        if inspect.isasyncgen(answer):
            return _flat([step async for step in answer])
        return _flat([await answer if inspect.isawaitable(answer) else answer])


def _is(kind: type[rx.State], handler: Any) -> bool:
    return kind.event_handlers[handler.fn.__name__].fn is handler.fn


def _states(kind: Any) -> list[type[rx.State]]:
    return [kind, *(each for child in kind.get_substates() for each in _states(child))]


def _flat(steps: list[Any]) -> list[Any]:
    events = []
    for step in steps:
        events += step if isinstance(step, list) else [step]
    return [event for event in events if event is not None]


def signed_in(email: str = EMAIL, **details: str) -> str:
    """A new account's session token."""
    return accounts.redeem_ticket(accounts.sign_up(email, PASSWORD, **details))


def said(events: list[Any]) -> str:
    """All that the events would tell the browser, as one text."""
    return " ".join(str(event.args) if hasattr(event, "args") else str(event) for event in events)
