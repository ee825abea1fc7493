"""Papers: the receipt of a charge as a page, and any object as JSON for whoever looks behind the scenes."""

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.stripe.records import shown
from nestpay.sandbox.world import World


def routes(world: World) -> list[Route]:
    """The papers' addresses."""
    papers = Papers(world)
    return [
        Route("/stripe/receipts/{id}", papers.receipt),
        Route("/stripe/objects/{id}", papers.any_object),
    ]


class Papers:
    """Shows one document as a page."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def receipt(self, request: Request) -> Response:
        """The receipt of a charge."""
        charge_id = request.path_params["id"]
        charge = await self._world.work(lambda books: books.find("charge", charge_id))
        return page("receipt.html", self._world.site, paper=charge) if charge else self._nothing()

    async def any_object(self, request: Request) -> Response:
        """Any object, as the API shows it; those of the other company lie on its own desk."""
        document_id = request.path_params["id"]
        kind = await self._world.work(lambda books: books.kind_of(document_id))
        if kind and kind.startswith("creem."):
            return away(f"{self._world.site}/creem/objects/{document_id}")
        document = await self._world.work(lambda books: _shown(books, document_id))
        if document is None:
            return self._nothing()
        text = json.dumps(document, indent=2, ensure_ascii=False)
        return page("object.html", self._world.site, id=document_id, kind=document["object"], text=text)

    def _nothing(self) -> Response:
        return message(self._world.site, "Nothing here", "The sandbox knows no such document.", 404)


def _shown(books: Books, id: str) -> Document | None:
    document = books.find_any(id)
    return shown(books, document) if document else None
