"""The sandbox's front page: sessions, customers, subscriptions, events and deliveries, each to look into or send again."""

from sqlite3 import Connection
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox import deliveries
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, page, static_routes
from nestpay.sandbox.world import World

SHOWN = 25
DELIVERIES = (
    "select deliveries.*, json_extract(event.body, '$.type') as type, json_extract(endpoint.body, '$.url') as url from deliveries "
    "left join documents event on event.id = deliveries.event left join documents endpoint on endpoint.id = deliveries.endpoint "
)


def routes(world: World) -> list[Route]:
    """The front page's addresses."""
    front = FrontPage(world)
    return [
        Route("/", front.show, methods=["GET"]),
        Route("/deliveries/{seq:int}/resend", front.resend, methods=["POST"]),
        *static_routes(),
    ]


class FrontPage:
    """What is going on in the sandbox."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: the newest of everything."""
        return page("front.html", self._world.site, **await self._world.work(overview))

    async def resend(self, request: Request) -> Response:
        """POST: send a delivery once more."""
        seq, now = request.path_params["seq"], self._world.clock.real()
        await self._world.store.run(lambda connection: deliveries.resend(connection, seq, now))
        self._world.news.set()
        return away(f"{self._world.site}/#deliveries")


def overview(books: Books) -> dict[str, Any]:
    """The newest documents of each kind, the newest deliveries, and what is counted."""
    newest = f"order by seq desc limit {SHOWN}"
    return {
        "now": books.now,
        "sessions": books.select("checkout.session", tail=newest),
        "customers": books.select("customer", "json_extract(body, '$.deleted') is null", tail=newest),
        "subscriptions": books.select("subscription", tail=newest),
        "events": books.select("event", tail=newest),
        "debits": _debits(books),
        "deliveries": _deliveries(books.connection),
        "endpoints": books.select("webhook_endpoint", "json_extract(body, '$.deleted') is null"),
        "counts": dict(books.connection.execute("select state, count(*) from deliveries group by state").fetchall()),
    }


def _debits(books: Books) -> list[Document]:
    return books.select(
        "payment_intent", "json_extract(body, '$.status') = 'processing'", tail=f"order by seq desc limit {SHOWN}"
    )


def _deliveries(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(f"{DELIVERIES} order by deliveries.seq desc limit {SHOWN}").fetchall()
    return [dict(row) for row in rows]
