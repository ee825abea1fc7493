"""When an invoice is not paid: how often it is tried again, and what becomes of the subscription in the end."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import invoices, subscriptions
from nestpay.sandbox.stripe.timetable import DAY
from nestpay.sandbox.unpaid import rules_of


def failed(books: Books, invoice: Document, automatic: bool, challenged: bool = False) -> Document:
    """A try to pay the invoice failed, or needs the customer: say so, plan the next try, or act after the last.

    Tries that the client makes do not count once the first has been made.
    """
    rules = rules_of(books.connection)
    counts = automatic or invoice["attempt_count"] == 0
    attempts = invoice["attempt_count"] + (1 if counts else 0)
    subscription = _subscription(books, invoice)
    first = subscription is not None and subscription["status"] in ("incomplete", "incomplete_expired")
    pending = subscription is not None and subscription["pending_update"] is not None
    changes: Document = {"attempted": True, "attempt_count": attempts}
    over = False
    if counts and invoice["auto_advance"] and not first and not pending:
        over = attempts > len(rules["retry_days"])
        next_try = None if over else books.now + rules["retry_days"][attempts - 1] * DAY
        changes |= {"next_payment_attempt": next_try, "auto_advance": not over}
        if next_try:
            books.appoint(next_try, "retry_payment", invoice["id"])
    invoice = invoices.refused(books, invoice, changes, challenged)
    if subscription is not None and not first:
        _fall_behind(books, subscription, rules["final_action"] if over else None)
    return invoice


def _subscription(books: Books, invoice: Document) -> Document | None:
    subscription_id = books.inner(invoice["id"]).get("subscription")
    return books.find("subscription", subscription_id) if subscription_id else None


def _fall_behind(books: Books, subscription: Document, final_action: str | None) -> None:
    if subscription["status"] in ("active", "trialing") and not books.inner(subscription["id"]).get("pending"):
        subscription = subscriptions.announce_change(books, subscription, {"status": "past_due"})
    if final_action == "cancel" and subscription["status"] == "past_due":
        subscriptions.end(books, subscription, "payment_failed")
    elif final_action == "unpaid" and subscription["status"] == "past_due":
        subscriptions.announce_change(books, subscription, {"status": "unpaid"})
