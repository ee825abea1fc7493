"""How Stripe's objects are fetched, shown and changed: the steps every noun shares."""

from collections.abc import Iterable
from typing import Any

from nestpay.sandbox.books import Books, changed_from
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.errors import no_such
from nestpay.sandbox.stripe.objects import catalogue

NAMES = {
    "payment_method": "PaymentMethod",
    "checkout.session": "checkout.session",
    "promotion_code": "promotion code",
    "webhook_endpoint": "webhook endpoint",
    "subscription_item": "subscription item",
    "balance_transaction": "balance transaction",
    "invoice_payment": "invoice payment",
    "credit_note": "credit note",
}


def fetch(books: Books, kind: str, id: str, param: str = "id") -> Document:
    """The live object of that kind. Raises StripeError: 404 for an id in the address, 400 for one in a parameter."""
    document = books.find(kind, id)
    if document is None or document.get("deleted"):
        raise no_such(NAMES.get(kind, kind), id, param)
    return document


def shown(books: Books, document: Document) -> Document:
    """The object as the API shows it: prices and items that are kept as ids are put in whole.

    Handlers return objects as they are kept; whoever answers, announces or expands shows them, once.
    """
    kind = None if document.get("deleted") else document.get("object")
    if kind == "subscription_item":
        return _with_price(books, document)
    if kind == "item":
        return {**document, "price": books.find("price", document["price"])}
    if kind == "subscription":
        items = [_with_price(books, item) for item in items_of(books, document)]
        return {**document, "items": {**document["items"], "data": items}}
    if kind == "list":
        return {**document, "data": [shown(books, entry) for entry in document["data"]]}
    return document


def items_of(books: Books, subscription: Document) -> list[Document]:
    """The items of a subscription in their order, prices as ids."""
    found = (books.find("subscription_item", item_id) for item_id in subscription["items"]["data"])
    return [item for item in found if item is not None]


def _with_price(books: Books, item: Document) -> Document:
    price = books.find("price", item["price"])
    return {**item, "price": price, "plan": catalogue.plan(price) if price and price["recurring"] else None}


def created(books: Books, document: Document, **inner: Any) -> Document:
    """Write a new object and announce `<object>.created`."""
    books.add(document, **inner)
    books.announce(f"{document['object']}.created", shown(books, document))
    return document


def changed(
    books: Books, document: Document, changes: Document, event: str | None = None, silent: Iterable[str] = ()
) -> Document:
    """Write changes onto the object as it stands in the books; when something differs, announce `event` with the
    previous attributes.

    `silent` names fields whose change alone is not worth an event.
    """
    current = books.find(document["object"], document["id"]) or document
    before = shown(books, current)
    after = {**current, **changes}
    books.save(after)
    previous = changed_from(before, shown(books, after))
    if event and previous.keys() - set(silent):
        books.announce(event, shown(books, after), previous)
    return after


def deleted(books: Books, document: Document, event: str | None = None) -> Document:
    """Leave only the stub that Stripe answers for what was deleted."""
    if event:
        books.announce(event, shown(books, document))
    stub = {"id": document["id"], "object": document["object"], "deleted": True}
    books.save(stub)
    return stub
