"""The till: what happens when a customer pays on the page of a checkout."""

from dataclasses import dataclass, field

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import (
    bill,
    cards,
    checkouts,
    customers,
    discounts,
    events,
    life,
    products,
    records,
    transactions,
)
from nestpay.sandbox.creem.bill import Bill
from nestpay.sandbox.documents import Document


@dataclass(slots=True)
class Details:
    """What the customer filled in."""

    email: str = ""
    name: str = ""
    country: str = ""
    number: str = ""
    values: dict[str, str] = field(default_factory=dict)


def due(books: Books, checkout: Document, country: str | None) -> Bill:
    """What is to be paid now: the price, or that of the trial."""
    product = products.of(books, checkout)
    discount = records.find(books, "discount", books.inner(checkout["id"]).get("discount"))
    if products.trial_days(product):
        return bill.of((product.get("trial_price") or 0) * checkout["units"], product, country)
    return bill.of(checkouts.unit_price(checkout, product) * checkout["units"], product, country, discount)


def submit(books: Books, checkout: Document, details: Details) -> str | None:
    """Try to pay. Returns why the card was refused, or None when the checkout is completed."""
    card = cards.by_number(details.number)
    owed = due(books, checkout, details.country or None)
    if card is not None and card.refusal and not card.later and (owed.total or _recurs(books, checkout)):
        books.remember(checkout["id"], refusal=card.refusal)
        return card.refusal
    known = records.find(books, "customer", checkout.get("customer"))
    email = known["email"] if known else details.email
    customer = customers.find_or_make(books, email, details.name, details.country or None)
    complete(books, checkout, customer, card, owed, details.values)
    return None


def _recurs(books: Books, checkout: Document) -> bool:
    return products.of(books, checkout)["billing_type"] == "recurring"


def complete(
    books: Books,
    checkout: Document,
    customer: Document,
    card: cards.TestCard | None,
    owed: Bill,
    values: dict[str, str],
) -> None:
    """The money is there: order, transaction, subscription, and what is told of them."""
    product = products.of(books, checkout)
    discount = records.find(books, "discount", books.inner(checkout["id"]).get("discount"))
    order = _order(books, checkout, product, customer, owed, discount)
    subscription = None
    if product["billing_type"] == "recurring":
        subscription = life.begin(books, checkout, product, customer, order, discount, card)
    links = {"product": product["id"], "checkout": checkout["id"], "card": card.number if card else ""}
    if owed.total or not products.trial_days(product):
        period = life.period(books, subscription) if subscription else None
        about = subscription["id"] if subscription else None
        paid = transactions.paid(books, owed, customer["id"], order["id"], about, period, **links)
        order = records.change(books, order, transaction=paid["id"])
        if subscription:
            subscription = life.note_payment(books, subscription, paid)
        if card is not None and card.disputes:
            books.appoint(books.now + 1, "creem_dispute", paid["id"])
    if discount:
        discounts.redeemed(books, discount)
    fields = [
        {**one, one["type"]: {**one[one["type"]], "value": _value(one, values)}} for one in checkout["custom_fields"]
    ]
    more = {"subscription": subscription["id"]} if subscription else {}
    checkout = records.change(
        books, checkout, status="completed", customer=customer["id"], order=order["id"], custom_fields=fields, **more
    )
    books.cancel_appointment("expire_creem_checkout", checkout["id"])
    events.announce(books, "checkout.completed", checkout)
    if subscription:
        life.announce_beginning(books, subscription)


def _value(custom: Document, values: dict[str, str]) -> str | bool | None:
    given = values.get(custom["key"])
    return bool(given) if custom["type"] == "checkbox" else given or None


def _order(
    books: Books, checkout: Document, product: Document, customer: Document, owed: Bill, discount: Document | None
) -> Document:
    fields = {
        "customer": customer["id"],
        "product": product["id"],
        "transaction": None,
        "discount": discount["id"] if discount else None,
        "amount": owed.amount,
        "sub_total": owed.amount,
        "tax_amount": owed.tax,
        "discount_amount": owed.discount,
        "amount_due": owed.total,
        "amount_paid": owed.total,
        "currency": owed.currency,
        "status": "paid",
        "type": product["billing_type"],
        **records.dates(books),
    }
    return records.add(books, records.entity("ord", "order", **fields), checkout=checkout["id"])
