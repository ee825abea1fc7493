"""What follows when a payment went one way or the other: for its invoice, its subscription and its checkout session."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import checkout_completion, invoices, subscriptions


def follow(books: Books, intent: Document) -> None:
    """Carry the new state of a payment intent on to everything that waits for it."""
    inner = books.inner(intent["id"])
    if inner.get("invoice"):
        _follow_invoice(books, intent, inner["invoice"])
    if inner.get("session") and intent["object"] == "setup_intent":
        _follow_setup(books, intent, inner["session"])
    elif inner.get("session"):
        checkout_completion.payment_went(books, inner["session"], intent)


def _follow_invoice(books: Books, intent: Document, invoice_id: str) -> None:
    invoice = books.find("invoice", invoice_id)
    if invoice is None or invoice["status"] != "open":
        return
    subscription_id = books.inner(invoice_id).get("subscription")
    subscription = books.find("subscription", subscription_id) if subscription_id else None
    status = intent["status"]
    if status == "succeeded":
        invoices.paid(books, invoice)
        if subscription:
            subscriptions.activate(books, subscription)
    elif status == "requires_payment_method":
        invoices.refused(books, invoice)
        if subscription and subscription["status"] in ("active", "trialing"):
            subscriptions.announce_change(books, subscription, {"status": "past_due"})
    elif status == "requires_action":
        invoices.challenged(books, invoice)
    elif status == "processing" and subscription:
        subscriptions.activate(books, subscription)


def _follow_setup(books: Books, intent: Document, session_id: str) -> None:
    session = books.find("checkout.session", session_id)
    if session and session["status"] == "open" and intent["status"] == "succeeded":
        checkout_completion.complete(books, session, "no_payment_required")
