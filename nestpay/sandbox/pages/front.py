"""The sandbox's front page: one section each for customers, subscriptions, payments, catalogue, events and deliveries."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox import deliveries
from nestpay.sandbox.pages import sections
from nestpay.sandbox.pages.render import away, message, page, static_routes
from nestpay.sandbox.world import World


def routes(world: World) -> list[Route]:
    """The front page's addresses."""
    front = FrontPage(world)
    return [
        *[Route(f"/{name}", front.show, methods=["GET"]) for name in sections.SECTIONS],
        Route("/customers/{id}", front.customer, methods=["GET"]),
        Route("/deliveries/{seq:int}/resend", front.resend, methods=["POST"]),
        *static_routes(),
    ]


class FrontPage:
    """What is going on in the sandbox."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: one section."""
        here = request.scope["path"].removeprefix(request.scope.get("root_path", "")).strip("/")
        asked = dict(request.query_params)
        facts = await self._world.work(lambda books: {"now": books.now, **sections.SECTIONS[here](books, asked)})
        active = [fault for fault in self._world.board.faults if fault.active]
        return page(f"board_{here or 'overview'}.html", self._world.site, here=here, faults=active, **facts)

    async def customer(self, request: Request) -> Response:
        """GET: one customer with everything they have."""
        customer_id = request.path_params["id"]
        facts = await self._world.work(lambda books: sections.customer(books, customer_id))
        if facts is None:
            return message(self._world.site, "Nothing here", "The sandbox knows no such customer.", 404)
        return page("board_customer.html", self._world.site, here="customers", now=self._world.clock.now(), **facts)

    async def resend(self, request: Request) -> Response:
        """POST: send a delivery once more."""
        seq, now = request.path_params["seq"], self._world.clock.real()
        await self._world.store.run(lambda connection: deliveries.resend(connection, seq, now))
        self._world.news.set()
        return away(f"{self._world.site}/deliveries")
