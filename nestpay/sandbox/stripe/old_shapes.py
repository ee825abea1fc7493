"""Events as endpoints of an older API version get them: the shapes from before basil (2025-03-31)."""

from collections.abc import Callable
from sqlite3 import Connection

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects import catalogue

BASIL = "2025-03-31"


def event_as_of(connection: Connection, event: Document, version: str) -> Document:
    """The event in the shape of that version. Everything from basil on is the same to the sandbox."""
    if version[:10] >= BASIL:
        return {**event, "api_version": version}
    books = Books(connection, 0, "")
    data = {**event["data"], "object": _old(books, event["data"]["object"])}
    return {**event, "api_version": version, "data": data}


def _old(books: Books, document: Document) -> Document:
    shape = SHAPES.get(str(document.get("object")))
    return shape(books, document) if shape else document


def _without(document: Document, names: str) -> Document:
    return {name: value for name, value in document.items() if name not in names.split()}


def _discount(books: Books, id: str | Document | None) -> Document | None:
    found = books.find("discount", id) if isinstance(id, str) else id
    if not found:
        return None
    coupon = books.find("coupon", (found.get("source") or {}).get("coupon") or "")
    return {**_without(found, "source"), "coupon": coupon}


def _first_discount(books: Books, document: Document) -> Document | None:
    return _discount(books, document["discounts"][0]) if document.get("discounts") else None


def _subscription(books: Books, now: Document) -> Document:
    items = now["items"]["data"]
    old_items = [_without(item, "current_period_start current_period_end current_trial billed_until") for item in items]
    first = items[0] if items else {}
    return {
        **_without(now, "billing_mode billing_schedules managed_payments status_details presentment_details"),
        "current_period_start": first.get("current_period_start"),
        "current_period_end": first.get("current_period_end"),
        "discount": _first_discount(books, now),
        "items": {**now["items"], "data": old_items},
        "plan": first.get("plan"),
        "quantity": first.get("quantity"),
    }


def _invoice(books: Books, now: Document) -> Document:
    parent = (now.get("parent") or {}).get("subscription_details") or {}
    intent = books.find("payment_intent", books.inner(now.get("id") or "").get("payment_intent") or "")
    taxes = [_tax(tax) for tax in now["total_taxes"]]
    removed = "parent payments confirmation_secret total_taxes status_details amount_overpaid amount_paid_off_stripe"
    return {
        **_without(now, removed),
        "charge": intent["latest_charge"] if intent else None,
        "discount": _first_discount(books, now),
        "lines": {**now["lines"], "data": [_line(books, line) for line in now["lines"]["data"]]},
        "paid": now["status"] == "paid",
        "paid_out_of_band": False,
        "payment_intent": intent["id"] if intent else None,
        "quote": None,
        "subscription": parent.get("subscription"),
        "subscription_details": {"metadata": parent.get("metadata")} if parent else None,
        "tax": sum(tax["amount"] for tax in taxes) if taxes else None,
        "total_tax_amounts": taxes,
        "transfer_data": None,
    }


def _tax(now: Document) -> Document:
    return {
        "amount": now["amount"],
        "inclusive": now["tax_behavior"] == "inclusive",
        "tax_rate": (now["tax_rate_details"] or {}).get("tax_rate"),
        "taxability_reason": now["taxability_reason"],
        "taxable_amount": now["taxable_amount"],
    }


def _line(books: Books, now: Document) -> Document:
    parent = now.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    price = books.find("price", ((now.get("pricing") or {}).get("price_details") or {}).get("price") or "")
    taxes = [_tax(tax) for tax in now["taxes"]]
    return {
        **_without(now, "parent pricing taxes quantity_decimal pretax_credit_amounts subtotal"),
        "amount_excluding_tax": now["amount"] - sum(tax["amount"] for tax in taxes if tax["inclusive"]),
        "invoice_item": details.get("invoice_item"),
        "plan": catalogue.plan(price) if price and price["recurring"] else None,
        "price": price,
        "proration": bool(details.get("proration")),
        "proration_details": details.get("proration_details"),
        "subscription": details.get("subscription"),
        "subscription_item": details.get("subscription_item"),
        "tax_amounts": taxes,
        "tax_rates": [],
        "type": "subscription" if parent.get("type") == "subscription_item_details" else "invoiceitem",
    }


def _paid_for(books: Books, now: Document) -> Document:
    """Payment intents and charges named their invoice."""
    intent = now["id"] if now["object"] == "payment_intent" else now.get("payment_intent")
    return {**_without(now, "managed_payments"), "invoice": books.inner(intent or "").get("invoice")}


def _promotion_code(books: Books, now: Document) -> Document:
    return {**_without(now, "promotion"), "coupon": books.find("coupon", now["promotion"]["coupon"])}


SHAPES: dict[str, Callable[[Books, Document], Document]] = {
    "charge": _paid_for,
    "discount": lambda books, now: _discount(books, now) or now,
    "invoice": _invoice,
    "payment_intent": _paid_for,
    "promotion_code": _promotion_code,
    "subscription": _subscription,
}
