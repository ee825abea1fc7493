"""How a company's levers are pulled: by JSON, which is answered with the object, or by a form, which leads back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

Lever = Callable[[Books, Document], Document]


class Refused(Exception):
    """A lever cannot be pulled: the status, what JSON says of it, and the sentence for a person."""

    def __init__(self, status: int, error: Any, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.error, self.sentence = status, error, sentence


@dataclass(frozen=True, slots=True)
class Desk:
    """One company's levers.

    `pull` runs a lever and shows what it gave, or raises Refused; `bad` is the refusal of a body that cannot be read.
    `subjects` are the fields that name what a lever is about, `home` is the page that forms go back to.
    """

    levers: Mapping[str, Lever]
    pull: Callable[[Books, Lever, Document], Document]
    bad: Callable[[str], Refused]
    subjects: tuple[str, ...] = ()
    home: str = "/"


def route(world: World, path: str, desk: Desk) -> Route:
    """The address of a desk's levers; `path` holds `{lever}`."""

    async def pulled(request: Request) -> Response:
        """POST: one lever."""
        lever = desk.levers.get(request.path_params["lever"])
        body = (await request.body()).decode("utf-8", "replace")
        by_json = request.headers.get("content-type", "").startswith("application/json")
        if lever is None:
            return JSONResponse({"error": {"message": f"No such lever. There are: {', '.join(desk.levers)}."}}, 404)
        try:
            given = _json(desk, body) if by_json else dict(read_form(body))
            subject = next((str(given[name]) for name in desk.subjects if given.get(name)), None)
            done = await world.work(lambda books: desk.pull(books, lever, given), about=subject)
        except Refused as refused:
            if by_json:
                return JSONResponse({"error": refused.error}, refused.status)
            link = ("Back", world.site + _local(read_form(body).get("back"), desk.home))
            return message(world.site, "That did not work", refused.sentence, refused.status, link)
        return JSONResponse(done) if by_json else away(world.site + _local(given.get("back"), desk.home))

    return Route(path, pulled, methods=["POST"])


def _json(desk: Desk, body: str) -> Document:
    try:
        given: Any = json.loads(body or "{}")
    except ValueError:
        raise desk.bad("The body is no JSON.") from None
    if not isinstance(given, dict):
        raise desk.bad("The body must be a JSON object.")
    return given


def _local(back: object, home: str) -> str:
    """Where a form goes back to: an address of the sandbox, never of anybody else."""
    return back if isinstance(back, str) and back.startswith("/") and not back.startswith("//") else home
