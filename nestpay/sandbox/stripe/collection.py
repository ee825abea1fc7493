"""Taking the money of an open invoice from whatever the subscription or the customer pays with."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import dunning, invoices, payments, settlement
from nestpay.sandbox.stripe.records import fetch


def method_of(books: Books, invoice: Document) -> Document | None:
    """What an invoice is paid with by default: the invoice's, the subscription's or the customer's own method."""
    subscription_id = books.inner(invoice["id"]).get("subscription")
    subscription = books.find("subscription", subscription_id) if subscription_id else None
    customer = fetch(books, "customer", invoice["customer"], "customer")
    method_id = (
        invoice["default_payment_method"]
        or (subscription or {}).get("default_payment_method")
        or customer["invoice_settings"]["default_payment_method"]
    )
    return books.find("payment_method", method_id) if method_id else None


def collect(books: Books, invoice: Document, method: Document | None = None, automatic: bool = True) -> Document | None:
    """Try to pay an open invoice and carry on whatever follows; returns the payment intent, None without a method.

    `automatic` says that the company's own schedule asked for it.
    """
    method = method or method_of(books, invoice)
    intent = invoices.intent_of(books, invoice)
    if method is None or intent is None:
        dunning.failed(books, invoice, automatic)
        return None
    after = payments.confirm(books, intent, method, return_url=invoice["hosted_invoice_url"])
    settlement.follow(books, after, automatic)
    return after
