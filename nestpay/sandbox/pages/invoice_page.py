"""The hosted invoice page: where a customer sees an invoice, pays it with another card, or approves a payment."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.stripe import cards, collection, invoices, payment_methods
from nestpay.sandbox.stripe.errors import StripeError
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

NUMBERS = {
    "4242424242424242": "Success · 4242",
    "4000000000000341": "Declined when charged · 0341",
    "4000002500003155": "3D Secure once · 3155",
    "4000002760003184": "3D Secure always · 3184",
}


def routes(world: World) -> list[Route]:
    """The page's addresses."""
    desk = InvoicePage(world)
    return [
        Route("/stripe/invoices/{id}", desk.show, methods=["GET"]),
        Route("/stripe/invoices/{id}/pdf", desk.show, methods=["GET"]),
        Route("/stripe/invoices/{id}", desk.pay, methods=["POST"]),
    ]


class InvoicePage:
    """Shows an invoice and takes its money."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: the invoice, with what pays it while it is open."""
        return await self._page(request.path_params["id"], None)

    async def pay(self, request: Request) -> Response:
        """POST: pay with the card on file or with another one; a challenge leads to the bank and back."""
        invoice_id = request.path_params["id"]
        form = read_form((await request.body()).decode("utf-8", "replace"))
        number, keep = str(form.get("number", "")), "keep" in form
        try:
            onward = await self._world.work(lambda books: _pay(books, invoice_id, number, keep), about=invoice_id)
        except StripeError as error:
            return await self._page(invoice_id, error.body["message"])
        return await self._page(invoice_id, onward.removeprefix("!")) if onward.startswith("!") else away(onward)

    async def _page(self, id: str, notice: str | None) -> Response:
        facts = await self._world.work(lambda books: _facts(books, id), about=id)
        if facts is None:
            return message(self._world.site, "Nothing here", "The sandbox knows no such document.", 404)
        return page("invoice.html", self._world.site, notice=notice, numbers=NUMBERS, **facts)


def _facts(books: Books, id: str) -> Document | None:
    invoice = books.find("invoice", id)
    if invoice is None or invoice.get("deleted"):
        return None
    method = collection.method_of(books, invoice)
    intent = invoices.intent_of(books, invoice)
    waits = intent is not None and intent["status"] == "requires_action"
    payable = invoice["status"] in ("open", "uncollectible") and intent is not None
    return {
        "paper": invoice,
        "method": method,
        "approve": intent["id"] if waits and intent else None,
        "payable": payable,
    }


def _pay(books: Books, id: str, number: str, keep: bool) -> str:
    """Try it; returns where to go on, or a sentence for the customer behind an exclamation mark."""
    invoice = fetch(books, "invoice", id)
    here = f"{books.site}/stripe/invoices/{id}"
    if invoice["status"] not in ("open", "uncollectible"):
        return here
    method = None
    if number:
        card = cards.by_number(number) or cards.CARDS["4242424242424242"]
        method = payment_methods.attach(books, payment_methods.from_card(books, card), invoice["customer"])
        if keep:
            _keep(books, invoice, method)
    intent = collection.collect(books, invoice, method, automatic=False)
    if intent is None:
        return "!There is no card on file. Choose one."
    if intent["status"] == "requires_action":
        return f"{books.site}/stripe/authenticate/{intent['id']}"
    return "!" + intent["last_payment_error"]["message"] if intent["last_payment_error"] else here


def _keep(books: Books, invoice: Document, method: Document) -> None:
    """Pay the next invoices with this card too."""
    subscription_id = books.inner(invoice["id"]).get("subscription")
    if subscription_id:
        subscription = fetch(books, "subscription", subscription_id)
        changed(books, subscription, {"default_payment_method": method["id"]}, "customer.subscription.updated")
        return
    customer = fetch(books, "customer", invoice["customer"], "customer")
    settings = {**customer["invoice_settings"], "default_payment_method": method["id"]}
    changed(books, customer, {"invoice_settings": settings}, "customer.updated")
