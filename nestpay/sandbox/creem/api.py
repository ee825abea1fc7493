"""The door of Creem's API: key, address, JSON, answer."""

import hashlib
import json
import logging
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from nestpay.sandbox.books import Books, Cause, dump
from nestpay.sandbox.creem import (
    checkouts,
    customers,
    discounts,
    products,
    records,
    refunds,
    subscriptions,
    transactions,
)
from nestpay.sandbox.creem.errors import REFUSALS, CreemError, bad, body
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.documents import Document
from nestpay.sandbox.door import Door, pass_through
from nestpay.sandbox.world import World

NOUNS = (checkouts, customers, discounts, products, refunds, subscriptions, transactions)
ROUTES: list[Route] = [route for noun in NOUNS for route in noun.ROUTES]
ONCE = "/v1/products"
log = logging.getLogger("nestpay.sandbox")


class CreemApi:
    """The ASGI endpoint under `/creem/v1`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._door = Door("creem", lambda status: self._refused(CreemError(status, REFUSALS[status])))

    async def __call__(self, scope, receive, send) -> None:
        """Answer one request, unless the fault board breaks the line."""
        request = Request(scope, receive)
        path = "/v1/" + request.path_params["rest"]
        board = self._world.board
        response = await pass_through(board, self._door, request.method, path, scope, lambda: self.answer(request))
        if response is not None:
            await response(scope, receive, send)

    async def answer(self, request: Request) -> Response:
        """The response to one request, errors included."""
        path = "/v1/" + request.path_params["rest"]
        try:
            key = check_key(request)
            given = await _given(request)
            once = request.headers.get("idempotency-key") if (request.method, path) == ("POST", ONCE) else None
            done = await self._world.work(
                lambda books: self._once(books, once, lambda: perform(books, request.method, path, given, key), given),
                Cause(),
            )
        except CreemError as error:
            return self._refused(error)
        except Exception:
            log.exception("%s %s failed inside the sandbox", request.method, path)
            return self._refused(CreemError(500, REFUSALS[500]))
        return Response(dump(done), 200, media_type="application/json")

    def _once(self, books: Books, key: str | None, work: Any, given: Document) -> Document:
        """Do the work, or give the answer that the same idempotency key had before."""
        if key is None:
            return work()
        fingerprint = hashlib.sha256(dump(given).encode()).hexdigest()
        row = books.connection.execute("select * from answers where key = ?", (f"creem:{key}",)).fetchone()
        if row is not None:
            if row["fingerprint"] != fingerprint:
                raise CreemError(409, "Idempotency-Key was already used with another body")
            return json.loads(row["body"])
        done = work()
        sql = "insert into answers(key, fingerprint, status, body, at) values (?, ?, 200, ?, ?)"
        books.connection.execute(sql, (f"creem:{key}", fingerprint, dump(done), self._world.clock.real()))
        return done

    def _refused(self, error: CreemError) -> Response:
        text = dump(body(error.status, error.messages, self._world.clock.real()))
        return Response(text, error.status, media_type="application/json")


def check_key(request: Request) -> str:
    """Only test keys open the sandbox. Raises CreemError: 401 without a key, 403 for any other and above all a live one."""
    key = request.headers.get("x-api-key", "").strip()
    if not key:
        raise CreemError(401, "Missing API key")
    if key.startswith("creem_test_"):
        return key
    if key.startswith("creem_"):
        raise CreemError(403, "This is the sandbox, which moves no real money: a live key has no place here.")
    raise CreemError(403, "Invalid API key")


async def _given(request: Request) -> Document:
    """The parameters of a request: its query, or its JSON body. Raises CreemError (400)."""
    if request.method in ("GET", "DELETE"):
        return dict(request.query_params)
    text = await request.body()
    try:
        given = json.loads(text) if text.strip() else {}
    except ValueError:
        raise bad("The body is not valid JSON") from None
    if not isinstance(given, dict):
        raise bad("The body must be a JSON object")
    return given


def perform(books: Books, method: str, path: str, given: Document, key: str = "") -> Document:
    """Find who answers, read the parameters, do it, and show the result. Raises CreemError."""
    for route in ROUTES:
        match = route.pattern.match(path) if route.method == method else None
        if match is None:
            continue
        params = route.accepts.read(given, query=method in ("GET", "DELETE"))
        result = route.handler(Call(books, match.groups(), params, key))
        return records.shown(books, result) if "object" in result else result
    raise CreemError(404, f"Cannot {method} {path}")
