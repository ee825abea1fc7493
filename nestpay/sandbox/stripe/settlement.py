"""What follows when a payment went one way or the other: for its invoice, its subscription and its checkout session."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import checkout_completion, dunning, invoices, pending_changes, subscriptions


def follow(books: Books, intent: Document, automatic: bool = False) -> None:
    """Carry the new state of a payment intent on to everything that waits for it.

    `automatic` says that the company's own schedule tried the payment.
    """
    inner = books.inner(intent["id"])
    if inner.get("invoice"):
        _follow_invoice(books, intent, inner["invoice"], automatic)
    if inner.get("session") and intent["object"] == "setup_intent":
        _follow_setup(books, intent, inner["session"])
    elif inner.get("session"):
        checkout_completion.payment_went(books, inner["session"], intent)


def _follow_invoice(books: Books, intent: Document, invoice_id: str, automatic: bool) -> None:
    invoice = books.find("invoice", invoice_id)
    if invoice is None or invoice["status"] not in ("open", "uncollectible"):
        return
    subscription_id = books.inner(invoice_id).get("subscription")
    subscription = books.find("subscription", subscription_id) if subscription_id else None
    status = intent["status"]
    if status == "succeeded":
        invoice_paid(books, invoice)
    elif status == "requires_payment_method":
        dunning.failed(books, invoice, automatic)
    elif status == "requires_action" and subscription and subscription["status"] == "incomplete":
        invoices.challenged(books, invoice)
    elif status == "requires_action":
        dunning.failed(books, invoice, automatic, challenged=True)
    elif status == "processing" and subscription:
        subscriptions.activate(books, subscription)


def invoice_paid(books: Books, invoice: Document) -> None:
    """The money of an invoice is there.

    A change that waited for it is made now; else the newest invoice decides how the subscription stands.
    """
    invoices.paid(books, invoice)
    subscription_id = books.inner(invoice["id"]).get("subscription")
    subscription = books.find("subscription", subscription_id) if subscription_id else None
    if subscription is None:
        return
    if (books.inner(subscription["id"]).get("pending") or {}).get("invoice") == invoice["id"]:
        pending_changes.apply(books, subscription)
    elif subscription["latest_invoice"] == invoice["id"] or not _owes(books, subscription):
        subscriptions.activate(books, subscription)


def _owes(books: Books, subscription: Document) -> bool:
    where = "json_extract(inner, '$.subscription') = ? and json_extract(body, '$.status') = 'open'"
    return bool(books.select("invoice", where, [subscription["id"]]))


def _follow_setup(books: Books, intent: Document, session_id: str) -> None:
    session = books.find("checkout.session", session_id)
    if session and session["status"] == "open" and intent["status"] == "succeeded":
        checkout_completion.complete(books, session, "no_payment_required")
