"""Levers of Creem's staff and of the customers' banks, by button or by JSON."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import cards, life, products, records, redirect, refunds
from nestpay.sandbox.creem.errors import CreemError, bad
from nestpay.sandbox.creem.routes import Call
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World


def _named(books: Books, given: Document, name: str) -> Document:
    return records.fetch(books, name, str(given.get(name) or ""))


def refund(books: Books, given: Document) -> Document:
    """Give a payment back from the dashboard, where a part (`amount` in cents) is possible."""
    amount = str(given.get("amount") or "")
    if amount and not amount.isdigit():
        raise bad("amount must be a whole number of cents")
    transaction = _named(books, given, "transaction")
    reason = str(given.get("reason") or "requested_by_customer")
    return refunds.refund(books, transaction, reason, int(amount) if amount else None)


def dispute(books: Books, given: Document) -> Document:
    """The customer's bank takes a payment back."""
    return refunds.dispute(books, _named(books, given, "transaction"))


def change_card(books: Books, given: Document) -> Document:
    """A subscription is paid with another test card (`number`) from now on; what is owed is tried at once."""
    card = cards.by_number(str(given.get("number") or ""))
    if card is None:
        raise bad("number must be a test card")
    subscription = _named(books, given, "subscription")
    return life.keep_card(books, subscription, card)


def cancel(books: Books, given: Document) -> Document:
    """Cancel from the dashboard, at once or (`when`: `period_end`) with the period."""
    subscription = _named(books, given, "subscription")
    if given.get("when") == "period_end":
        return life.schedule_cancel(books, subscription, "cancel")
    return life.end(books, subscription)


def archive(books: Books, given: Document) -> Document:
    """Archive a product behind the shop's back."""
    return products.archive(Call(books, (str(given.get("product") or ""),), {}))


def sign_redirects(books: Books, given: Document) -> Document:
    """Sign the way back in the other published way: `salted` or `keyed`."""
    if given.get("way") not in redirect.WAYS:
        raise bad(f"way must be one of the following values: {', '.join(redirect.WAYS)}")
    redirect.choose(books, str(given["way"]))
    return {"way": redirect.way(books)}


LEVERS: dict[str, Callable[[Books, Document], Document]] = {
    "archive": archive,
    "cancel": cancel,
    "card": change_card,
    "dispute": dispute,
    "redirect": sign_redirects,
    "refund": refund,
}


def routes(world: World) -> list[Route]:
    """The levers' address."""
    return [Route("/creem-controls/{lever}", Controls(world).pull, methods=["POST"])]


class Controls:
    """Pulls the levers."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def pull(self, request: Request) -> Response:
        """POST: JSON answers the object or the error, a form goes back to the desk."""
        lever = LEVERS.get(request.path_params["lever"])
        body = (await request.body()).decode("utf-8", "replace")
        by_json = request.headers.get("content-type", "").startswith("application/json")
        if lever is None:
            return JSONResponse({"error": f"No such lever. There are: {', '.join(LEVERS)}."}, 404)
        try:
            given = _json(body) if by_json else dict(read_form(body))
            done = await self._world.work(lambda books: _shown(books, lever(books, given)))
        except CreemError as error:
            if by_json:
                return JSONResponse({"error": "; ".join(error.messages)}, error.status)
            link = ("Back", f"{self._world.site}/creem/")
            return message(self._world.site, "That did not work", "; ".join(error.messages), error.status, link)
        return JSONResponse(done) if by_json else away(f"{self._world.site}/creem/")


def _shown(books: Books, done: Document) -> Document:
    return records.shown(books, done) if "object" in done else done


def _json(body: str) -> Document:
    try:
        given: Any = json.loads(body or "{}")
    except ValueError:
        raise bad("The body is no JSON") from None
    if not isinstance(given, dict):
        raise bad("The body must be a JSON object")
    return given
