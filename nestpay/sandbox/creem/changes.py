"""Changes of a running subscription: another product, other units, in the three ways of settling the difference."""

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import events, life, products, records
from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import share

AT_ONCE, LATER, NONE = "proration-charge-immediately", "proration-charge", "proration-none"
BEHAVIORS = (AT_ONCE, LATER, NONE)


def change(books: Books, subscription: Document, product: Document, units: int, behavior: str) -> Document:
    """Put the subscription onto a product and a number of units.

    At once: the new price less the rest of the old one is charged, and a period begins today. Later: the difference
    for the rest of the period comes with the next payment. None: the new price counts from the next period on.
    Raises CreemError (400).
    """
    _check(subscription, product, products.of(books, subscription))
    inner = books.inner(subscription["id"])
    old, new = inner["unit"] * subscription["items"][0]["units"], product["price"] * units
    rhythms = products.rhythm(products.of(books, subscription)), products.rhythm(product)
    was = subscription["items"][0]
    items = [{**was, "units": units}]
    if product["id"] != subscription["product"]:
        items = [{**life.item(product, units), "id": was["id"]}]
    subscription = records.change(books, subscription, product=product["id"], items=items)
    books.remember(subscription["id"], unit=product["price"])
    keeps_cycle = subscription["status"] == "trialing" or behavior != AT_ONCE
    if not keeps_cycle:
        return _at_once(books, subscription, inner, old, rhythms[1])
    if rhythms[0] != rhythms[1]:
        books.remember(subscription["id"], anchor=inner["end"])
    if subscription["status"] != "trialing" and behavior == LATER:
        rest = _rest(books, inner, new, rhythms[1]) - _rest(books, inner, old, rhythms[0])
        books.remember(subscription["id"], carried=inner["carried"] + rest)
    events.announce(books, "subscription.update", subscription)
    return subscription


def _check(subscription: Document, product: Document, old: Document) -> None:
    if subscription["status"] not in ("active", "trialing"):
        raise bad(f"Subscription cannot be changed: it is {subscription['status']}")
    if product["status"] != "active":
        raise bad("Product is archived")
    if product["billing_type"] != "recurring":
        raise bad("Product is not a recurring product")
    if product["currency"] != old["currency"]:
        raise bad("Product has another currency than the subscription")


def _rest(books: Books, inner: Document, amount: int, rhythm: tuple[str, int]) -> int:
    """The part of an amount that belongs to what is left of the period."""
    length = calendar.after(inner["start"], *rhythm) - inner["start"]
    return share(amount, inner["end"] - books.now, length)


def _at_once(books: Books, subscription: Document, inner: Document, old: int, rhythm: tuple[str, int]) -> Document:
    unused = share(old, inner["end"] - books.now, inner["end"] - inner["start"])
    books.remember(subscription["id"], carried=inner["carried"] - unused, anchor=books.now)
    owed = life.owed(books, subscription)
    refusal = life.refusal(books, subscription)
    if owed.total and refusal:
        raise bad(f"Payment failed: {refusal}")
    until = calendar.after(books.now, *rhythm)
    events.announce(books, "subscription.update", life.run(books, subscription, books.now, until))
    return life.paid(books, subscription, owed, books.now, until)
