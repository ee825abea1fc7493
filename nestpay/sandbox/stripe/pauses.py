"""Pausing and resuming a subscription: its service stops, its unused time is credited, and it begins again."""

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    collection,
    invoices,
    pending_changes,
    subscription_bill,
    subscription_changes,
    subscriptions,
)
from nestpay.sandbox.stripe.errors import StripeError, invalid
from nestpay.sandbox.stripe.records import changed, fetch, items_of, shown
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.subscription_changes import Change
from nestpay.sandbox.stripe.subscription_params import ANCHOR, PRORATION
from nestpay.sandbox.stripe.subscription_update import anchor_of
from nestpay.sandbox.stripe.wire import Hash, Integer, Text

BILL_FOR = Hash(
    {
        "outstanding_usage_through": Hash({"type": Text(("none", "now"))}, needs=("type",)),
        "unused_time_from": Hash({"type": Text(("item_current_period_start", "none", "now"))}, needs=("type",)),
    }
)
PAUSE = Hash(
    expandable(
        {
            "bill_for": BILL_FOR,
            "invoicing_behavior": Text(("invoice", "pending_invoice_item")),
            "type": Text(("subscription",)),
        }
    )
)
RESUME = Hash(
    expandable(
        {
            "billing_cycle_anchor": ANCHOR,
            "payment_behavior": Text(("resume_on_payment_attempt", "resume_on_payment_success")),
            "proration_behavior": PRORATION,
            "proration_date": Integer(),
        }
    )
)


def pause(call: Call) -> Document:
    """POST /v1/subscriptions/{id}/pause."""
    books, given = call.books, call.params
    subscription = fetch(books, "subscription", call.ids[0])
    if subscription["status"] not in ("active", "past_due", "unpaid"):
        raise invalid(f"You cannot pause a subscription in `{subscription['status']}` status.", "id")
    if subscription["schedule"]:
        raise invalid("You cannot pause a subscription that is managed by a subscription schedule.", "id")
    _credit(books, subscription, given)
    if given.get("invoicing_behavior") == "invoice":
        invoice = subscription_changes.bill(books, subscription, [])
        if invoice:
            subscription = changed(books, subscription, {"latest_invoice": invoice["id"]})
            invoice = invoices.finalize(books, invoice)
            if invoice["status"] == "open":
                collection.collect(books, invoice)
    return subscriptions.pause(books, fetch(books, "subscription", subscription["id"]), "pause_requested")


def _credit(books: Books, subscription: Document, given: Document) -> None:
    since = ((given.get("bill_for") or {}).get("unused_time_from") or {}).get("type") or "now"
    for item in items_of(books, subscription):
        at = item["current_period_start"] if since == "item_current_period_start" else books.now
        entry = None if since == "none" else subscription_bill.credit(books, subscription, item, at)
        if entry:
            subscription_bill.wait(books, subscription, entry)


def resume(call: Call) -> Document:
    """POST /v1/subscriptions/{id}/resume: at once, or once its invoice is paid."""
    books, given = call.books, call.params
    subscription = fetch(books, "subscription", call.ids[0])
    if subscription["status"] != "paused":
        message = f"You cannot resume a subscription in `{subscription['status']}` status: it is not paused."
        raise StripeError(400, message, param="id")
    change = _change(books, subscription, given)
    if given.get("payment_behavior") == "resume_on_payment_success":
        invoice = pending_changes.propose(books, subscription, change, pending_changes.RESUME)
        if invoice and invoice["status"] == "open":
            collection.collect(books, invoice, automatic=False)
        after = fetch(books, "subscription", subscription["id"])
        if invoice is not None:
            waits = books.inner(after["id"]).get("pending")
            return pending_changes.hold(books, after) if waits else after
    at_once = given.get("proration_behavior") == "always_invoice"
    after, invoice = subscription_changes.carry_out(books, subscription, change, at_once)
    books.announce("customer.subscription.resumed", shown(books, after))
    if invoice and invoice["status"] == "open":
        collection.collect(books, invoice, automatic=False)
    return fetch(books, "subscription", after["id"])


def _change(books: Books, subscription: Document, given: Document) -> Change:
    """A new cycle from now on, or (with an unchanged anchor) the rest of the period of the old one."""
    items = items_of(books, subscription)
    interval, count = subscription_changes.rhythm(books, items)
    keeps = anchor_of(given) == "unchanged"
    anchor = subscription["billing_cycle_anchor"] if keeps else books.now
    start, end = calendar.around(anchor, interval, count, books.now)
    moved = [{**item, "current_period_start": start, "current_period_end": end} for item in items]
    fields = {"billing_cycle_anchor": anchor, "status": "active", "status_details": None}
    change = Change(moved, [], fields)
    if not keeps:
        change.fresh = subscription_bill.period_entries(books, subscription, moved, (start, end))
    elif given.get("proration_behavior") != "none":
        nets = subscription_bill.net_of_items(books, subscription, moved)
        at = given.get("proration_date") or books.now
        entries = [subscription_bill.debit(books, subscription, item, at, nets[item["id"]]) for item in moved]
        change.prorations = [entry for entry in entries if entry]
    return change


ROUTES = [
    Route("POST", "/v1/subscriptions/{id}/pause", pause, PAUSE),
    Route("POST", "/v1/subscriptions/{id}/resume", resume, RESUME),
]
