"""A small typed client for the REST API: `Nestpay` waits for its answers, `AsyncNestpay` is awaited; the calls are the same.

    with Nestpay("https://shop.example", key="npk_…") as nestpay:
        nestpay.deduct(10, key="chat-8121", feature="chat")

A refusal raises Problem (NotEnoughCredits for a shortage). What a moment's trouble fails is tried again, safely: every
change carries an idempotency key. It imports nothing else of nestpay.
"""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import httpx

from nestpay.client import calls
from nestpay.client.calls import Call
from nestpay.client.webhooks import BadSignature, verify_webhook

__all__ = ["AsyncNestpay", "BadSignature", "Nestpay", "NotEnoughCredits", "NotReached", "Problem", "verify_webhook"]

P = ParamSpec("P")
T = TypeVar("T")

_SECONDS = 30.0
_TRIES = 3
_LONGEST_WAIT = 10.0
_PASSING = frozenset({429, 502, 503, 504})


class Problem(Exception):
    """The API refused. `status` is HTTP's, `key` and `values` are for programs, the text is for people."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        self.status, self.body = status, body
        self.key: str = body.get("key", "")
        self.values: dict[str, Any] = body.get("values", {})
        super().__init__(body.get("detail") or f"HTTP {status}")


class NotEnoughCredits(Problem):
    """A shortage: `needed`, `available`, and `offer_url`, where more can be bought."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.needed: int = body["needed"]
        self.available: int = body["available"]
        self.offer_url: str = body["offer_url"]


class NotReached(Exception):
    """No answer came, after several tries."""


def _sync(describe: Callable[P, Call[T]]) -> Callable[Concatenate["Nestpay", P], T]:
    @functools.wraps(describe)
    def method(self: "Nestpay", *args: P.args, **named: P.kwargs) -> T:
        return self.send(describe(*args, **named))

    return method


def _async(describe: Callable[P, Call[T]]) -> Callable[Concatenate["AsyncNestpay", P], Awaitable[T]]:
    @functools.wraps(describe)
    def method(self: "AsyncNestpay", *args: P.args, **named: P.kwargs) -> Awaitable[T]:
        return self.send(describe(*args, **named))

    return method


class Nestpay:
    """Calls the API at `url` with an API key. Close it, or use it with `with`. `transport` is httpx's, for tests."""

    def __init__(self, url: str, key: str, *, transport: httpx.BaseTransport | None = None) -> None:
        self._http = httpx.Client(base_url=url, headers=_headers(key), timeout=_SECONDS, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[T]) -> T:
        """Send a call of `nestpay.client.calls`. Raises Problem, NotReached."""
        for turn in range(1, _TRIES + 1):
            try:
                answer = self._http.request(call.method, f"/api/v1{call.path}", **_options(call))
            except httpx.TransportError as error:
                wait = _wait_after(error, turn)
            else:
                if not _is_passing(answer, turn):
                    return _read(call, answer)
                wait = _wait_for(answer, turn)
            time.sleep(wait)
        raise NotReached

    balance = _sync(calls.balance)
    deduct = _sync(calls.deduct)
    history = _sync(calls.history)
    hold = _sync(calls.hold)
    settle = _sync(calls.settle)
    release = _sync(calls.release)
    check = _sync(calls.check)
    benefits = _sync(calls.benefits)
    limit = _sync(calls.limit)
    count = _sync(calls.count)
    checkout = _sync(calls.checkout)
    verify = _sync(calls.verify)
    portal = _sync(calls.portal)
    orders = _sync(calls.orders)
    subscriptions = _sync(calls.subscriptions)
    cancel = _sync(calls.cancel)
    resume = _sync(calls.resume)
    quote = _sync(calls.quote)
    agree = _sync(calls.agree)
    customers = _sync(calls.customers)
    customer = _sync(calls.customer)


class AsyncNestpay:
    """The same, awaited. Close it, or use it with `async with`."""

    def __init__(self, url: str, key: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers=_headers(key), timeout=_SECONDS, transport=transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call[T]) -> T:
        """Send a call of `nestpay.client.calls`. Raises Problem, NotReached."""
        for turn in range(1, _TRIES + 1):
            try:
                answer = await self._http.request(call.method, f"/api/v1{call.path}", **_options(call))
            except httpx.TransportError as error:
                wait = _wait_after(error, turn)
            else:
                if not _is_passing(answer, turn):
                    return _read(call, answer)
                wait = _wait_for(answer, turn)
            await asyncio.sleep(wait)
        raise NotReached

    balance = _async(calls.balance)
    deduct = _async(calls.deduct)
    history = _async(calls.history)
    hold = _async(calls.hold)
    settle = _async(calls.settle)
    release = _async(calls.release)
    check = _async(calls.check)
    benefits = _async(calls.benefits)
    limit = _async(calls.limit)
    count = _async(calls.count)
    checkout = _async(calls.checkout)
    verify = _async(calls.verify)
    portal = _async(calls.portal)
    orders = _async(calls.orders)
    subscriptions = _async(calls.subscriptions)
    cancel = _async(calls.cancel)
    resume = _async(calls.resume)
    quote = _async(calls.quote)
    agree = _async(calls.agree)
    customers = _async(calls.customers)
    customer = _async(calls.customer)


def _headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", "User-Agent": "nestpay-python/1"}


def _options(call: Call[Any]) -> dict[str, Any]:
    headers = {"Idempotency-Key": call.key} if call.key else {}
    return {"params": call.params, "json": call.json, "headers": headers}


def _is_passing(answer: httpx.Response, turn: int) -> bool:
    return answer.status_code in _PASSING and turn < _TRIES and _wait_for(answer, turn) <= _LONGEST_WAIT


def _wait_for(answer: httpx.Response, turn: int) -> float:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() else turn * 0.5


def _wait_after(error: httpx.TransportError, turn: int) -> float:
    if turn == _TRIES:
        raise NotReached(str(error)) from error
    return turn * 0.5


def _read(call: Call[T], answer: httpx.Response) -> T:
    if answer.is_success:
        return call.read(answer.json())
    try:
        body = answer.json()
    except ValueError:
        body = {}
    is_shortage = {"needed", "available", "offer_url"} <= body.keys()
    raise (NotEnoughCredits if is_shortage else Problem)(answer.status_code, body)
