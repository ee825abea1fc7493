"""The customer's bank: the 3D Secure challenge, and the slow debit that a button lets arrive or bounce."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.checkout import after
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.stripe import payments, settlement, setup_intents
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World


def routes(world: World) -> list[Route]:
    """The bank's addresses."""
    bank = BankPages(world)
    return [
        Route("/stripe/authenticate/{id}", bank.challenge, methods=["GET"]),
        Route("/stripe/authenticate/{id}", bank.answer, methods=["POST"]),
        Route("/stripe/debits/{id}", bank.settle, methods=["POST"]),
    ]


class BankPages:
    """Plays the customer's bank."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def challenge(self, request: Request) -> Response:
        """GET: ask the customer to approve a payment (or the keeping of a card)."""
        intent_id = request.path_params["id"]
        intent, back = await self._world.work(
            lambda books: (_intent(books, intent_id), _back(books, intent_id)), about=intent_id
        )
        if intent is None:
            return message(self._world.site, "Nothing here", "The bank knows no such payment.", 404)
        if intent["status"] != "requires_action":
            return (
                away(back)
                if back
                else message(self._world.site, "Already answered", "This payment needs no approval any more.")
            )
        return page("authenticate.html", self._world.site, intent=intent)

    async def answer(self, request: Request) -> Response:
        """POST: approved or refused; then back to where the payment began."""
        intent_id = request.path_params["id"]
        approved = read_form((await request.body()).decode()).get("do") == "approve"
        await self._world.work(lambda books: _answered(books, intent_id, approved), about=intent_id)
        back = await self._world.work(lambda books: _back(books, intent_id))
        text = (
            "Thank you. You can close this page."
            if approved
            else "The payment was not approved. You can close this page."
        )
        return away(back) if back else message(self._world.site, "Your bank", text)

    async def settle(self, request: Request) -> Response:
        """POST: a debit under way arrives, or bounces."""
        intent_id = request.path_params["id"]
        paid = read_form((await request.body()).decode()).get("do") == "succeed"
        await self._world.work(lambda books: _settled(books, intent_id, paid), about=intent_id)
        text = "The bank debit has arrived." if paid else "The bank debit has bounced."
        link = ("Back to the sandbox", f"{self._world.site}/")
        return message(self._world.site, "Your bank", text, link=link)


def _intent(books: Books, id: str) -> Document | None:
    return books.find("payment_intent", id) or books.find("setup_intent", id)


def _answered(books: Books, id: str, approved: bool) -> None:
    intent = _intent(books, id)
    if intent is None or intent["status"] != "requires_action":
        return
    noun = payments if intent["object"] == "payment_intent" else setup_intents
    settlement.follow(books, noun.authenticate(books, intent, approved))


def _settled(books: Books, id: str, paid: bool) -> None:
    intent = books.find("payment_intent", id)
    if intent is not None and intent["status"] == "processing":
        settlement.follow(books, payments.settle(books, intent, paid))


def _back(books: Books, id: str) -> str | None:
    """Where the customer came from: the checkout page or what follows it, else the client's own return address."""
    session_id = books.inner(id).get("session")
    session = books.find("checkout.session", session_id) if session_id else None
    if session is not None:
        return after(books, session)
    return books.inner(id).get("return_url")
