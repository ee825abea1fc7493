"""Creem's desk: one page with everything in its books, a button for what staff and banks do, and its events as JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nestpay.sandbox import deliveries
from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import events, products, records, redirect
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.pages.texts import TONGUES
from nestpay.sandbox.world import World

SHOWN = 50
TOLD = 1000
STATES = "select event, group_concat(state) from deliveries group by event"


def routes(world: World) -> list[Route]:
    """The desk's addresses."""
    desk = Desk(world)
    return [
        Route("/creem", desk.show, methods=["GET"]),
        Route("/creem/", desk.show, methods=["GET"]),
        Route("/creem/events", desk.told, methods=["GET"]),
        Route("/creem/events/{id}/resend", desk.resend, methods=["POST"]),
        Route("/creem/objects/{id}", desk.any_object, methods=["GET"]),
    ]


class Desk:
    """Shows what is going on at Creem."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: the newest of everything."""
        facts = await self._world.work(overview)
        return page("creem_desk.html", self._world.site, t=TONGUES["en"], lang="en", **facts)

    async def told(self, request: Request) -> Response:
        """GET /creem/events: what was told so far, oldest first, each with the states of its deliveries."""
        return JSONResponse({"events": await self._world.work(_told)})

    async def resend(self, request: Request) -> Response:
        """POST: deliver an event once more."""
        event, now = request.path_params["id"], self._world.clock.real()
        await self._world.store.run(lambda connection: deliveries.resend_event(connection, event, now))
        self._world.news.set()
        return away(f"{self._world.site}/creem/")

    async def any_object(self, request: Request) -> Response:
        """GET: any object of Creem's as JSON, as its API shows it."""
        document_id = request.path_params["id"]
        found = await self._world.work(lambda books: _shown(books, document_id))
        if found is None:
            return message(self._world.site, "Nothing here", "Creem knows no such object.", 404)
        return JSONResponse(found)


def overview(books: Books) -> Document:
    """What the desk shows."""
    tail = f"order by seq desc limit {SHOWN}"
    subscriptions = [records.shown(books, one) for one in records.select(books, "subscription", tail=tail)]
    checkouts = [records.shown(books, one) for one in records.select(books, "checkout", tail=tail)]
    sold = records.select(books, "product", tail=tail)
    emails = {one["id"]: one["email"] for one in records.select(books, "customer")}
    return {
        "now": books.now,
        "subscriptions": [{**one, "card": books.inner(one["id"]).get("card") or ""} for one in subscriptions],
        "checkouts": checkouts,
        "transactions": records.select(books, "transaction", tail=tail),
        "products": [{**one, "trial": products.trial_days(one)} for one in sold],
        "discounts": records.select(books, "discount", tail=tail),
        "events": books.select(events.EVENT, tail=tail),
        "states": dict(books.connection.execute(STATES).fetchall()),
        "emails": emails,
        "endpoints": books.select(events.ENDPOINT),
        "way": redirect.way(books),
        "ways": redirect.WAYS,
        "signings": events.SIGNINGS,
    }


def _told(books: Books) -> list[dict[str, Any]]:
    states = dict(books.connection.execute(STATES).fetchall())
    found = books.select(events.EVENT, tail=f"order by seq desc limit {TOLD}")[::-1]
    return [
        {
            "id": one["id"],
            "type": one["eventType"],
            "created_at": one["created_at"],
            "about": one["object"]["id"],
            "deliveries": (states.get(one["id"]) or "").split(",") if states.get(one["id"]) else [],
        }
        for one in found
    ]


def _shown(books: Books, id: str) -> Document | None:
    kind = books.kind_of(id) or ""
    if not kind.startswith("creem."):
        return None
    found = books.find(kind, id) or {}
    return records.shown(books, found) if isinstance(found.get("object"), str) else found
