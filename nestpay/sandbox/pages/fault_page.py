"""The fault board as a page with forms, and as JSON at the same address."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nestpay.sandbox import deliveries
from nestpay.sandbox.faults import KINDS, Wrong, shown
from nestpay.sandbox.pages.render import away, page
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

CHOICES: dict[str, list[tuple[str, str, str]]] = {
    "deliveries": [
        ("duplicate", "Duplicate", "Every delivery is sent several times."),
        ("reorder", "Reorder", "Deliveries are shuffled within a window of seconds."),
        ("delay", "Delay", "Deliveries come later by some seconds."),
        ("drop", "Drop", "Deliveries do not come; with seconds they come after all, else when you say so."),
        ("wrong_secret", "Wrong secret", "Deliveries are signed with a secret that is not yours."),
        ("old_version", "Old API version", "Invoices and subscriptions arrive in their shape from before basil."),
        (
            "sloppy",
            "Sloppy (Creem)",
            "Creem's bodies arrive as real ones sometimes do: no product.object, image_url null, mode local.",
        ),
        ("corrupt", "Corrupt body", "The body loses its end on the way."),
    ],
    "api": [
        ("slow", "Slow", "Calls take some seconds longer."),
        ("fail", "Fail", "Calls answer 500, 429, 409, 404, 403 or 401."),
        ("reset", "Reset", "The connection breaks without an answer."),
    ],
}


def routes(world: World) -> list[Route]:
    """The board's addresses."""
    board = FaultPage(world)
    return [
        Route("/faults", board.show, methods=["GET"]),
        Route("/faults", board.add, methods=["POST"]),
        Route("/faults", board.clear, methods=["DELETE"]),
        Route("/faults/reset", board.clear, methods=["POST"]),
        Route("/faults/redeliver", board.redeliver, methods=["POST"]),
        Route("/faults/{id:int}", board.remove, methods=["DELETE"]),
        Route("/faults/{id:int}/remove", board.remove, methods=["POST"]),
    ]


class FaultPage:
    """Shows the faults and sets them up. Browsers get pages, everybody else JSON."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: what is set up."""
        return await self._page() if _browser(request) else await self._state()

    async def add(self, request: Request) -> Response:
        """POST: set a fault up."""
        body = (await request.body()).decode("utf-8", "replace")
        try:
            given: Any = dict(read_form(body)) if _browser(request) else json.loads(body)
            if not isinstance(given, dict):
                raise Wrong("The body must be a JSON object.")
            fault = await self._world.board.add(given)
        except ValueError as wrong:
            text = str(wrong) if isinstance(wrong, Wrong) else "The body is no JSON."
            return await self._page(text, 400) if _browser(request) else JSONResponse({"error": text}, 400)
        return self._back() if _browser(request) else JSONResponse(shown(fault), 201)

    async def clear(self, request: Request) -> Response:
        """DELETE, or POST by the reset button: no faults any more; what was dropped is sent."""
        await self._world.board.clear()
        return await self.redeliver(request)

    async def redeliver(self, request: Request) -> Response:
        """POST: send everything that was dropped."""
        now = self._world.clock.real()
        await self._world.store.run(lambda connection: deliveries.redeliver_dropped(connection, now))
        self._world.news.set()
        return self._back() if _browser(request) else await self._state()

    async def remove(self, request: Request) -> Response:
        """DELETE, or POST by its button: one fault less."""
        there = await self._world.board.remove(request.path_params["id"])
        if _browser(request):
            return self._back()
        return await self._state() if there else JSONResponse({"error": "There is no such fault."}, 404)

    async def _dropped(self) -> int:
        sql = "select count(*) from deliveries where state = 'dropped'"
        return await self._world.store.run(lambda connection: connection.execute(sql).fetchone()[0])

    async def _state(self) -> Response:
        faults = [shown(fault) for fault in self._world.board.faults]
        return JSONResponse({"faults": faults, "dropped": await self._dropped()})

    async def _page(self, wrong: str | None = None, status: int = 200) -> Response:
        return page(
            "faults.html",
            self._world.site,
            status,
            here="faults",
            now=self._world.clock.now(),
            faults=self._world.board.faults,
            dropped=await self._dropped(),
            choices=CHOICES,
            kinds=KINDS,
            wrong=wrong,
        )

    def _back(self) -> Response:
        return away(f"{self._world.site}/faults")


def _browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
