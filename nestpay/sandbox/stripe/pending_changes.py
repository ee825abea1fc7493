"""Changes of a subscription that are made only once their invoice is paid, and forgotten when it is not."""

from nestpay.sandbox.books import Books, changed_from
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import invoices, subscription_bill, timetable
from nestpay.sandbox.stripe.records import changed, fetch, shown
from nestpay.sandbox.stripe.subscription_changes import Change, bill
from nestpay.sandbox.stripe.subscription_changes import apply as write_down
from nestpay.sandbox.stripe.timetable import PATIENCE

UPDATE = "pending_update"
RESUME = "resume"


def propose(books: Books, subscription: Document, change: Change, kind: str) -> Document | None:
    """Finalise the invoice of a change that waits for its payment; None (and no change) when there is nothing to bill.

    An invoice over nothing makes the change at once. `kind` is `pending_update` or `resume`.
    """
    covers = [entry for entry in (*change.prorations, *change.fresh) if entry.item]
    items = [entry.item for entry in covers]
    for entry in covers:
        entry.item = None
    for entry in change.prorations:
        subscription_bill.wait(books, subscription, entry, counts=False)
    invoice = bill(books, subscription, change.fresh)
    if invoice is None:
        return None
    billed = [
        [item, entry.line.subtotal - entry.line.discount, *entry.period]
        for item, entry in zip(items, covers, strict=True)
    ]
    waiting = {
        "invoice": invoice["id"],
        "kind": kind,
        "items": change.items,
        "removed": change.removed,
        "fields": change.fields,
        "billed": billed,
        "credited": [entry.credits for entry in change.prorations if entry.credits],
    }
    books.remember(subscription["id"], pending=waiting)
    changed(books, subscription, {"latest_invoice": invoice["id"]})
    invoice = invoices.finalize(books, invoice)
    if invoice["status"] == "paid":
        apply(books, fetch(books, "subscription", subscription["id"]))
    return invoice


def hold(books: Books, subscription: Document) -> Document:
    """The payment did not come at once: show what waits, for 23 hours."""
    waiting = books.inner(subscription["id"])["pending"]
    expires = books.now + PATIENCE
    books.appoint(expires, "expire_change", subscription["id"])
    if waiting["kind"] == RESUME:
        return subscription
    pending: Document = {
        "billing_cycle_anchor": waiting["fields"].get("billing_cycle_anchor"),
        "cancel_at_period_end": None,
        "discount": None,
        "discounts": None,
        "expires_at": expires,
        "metadata": None,
        "subscription_items": [shown(books, item) for item in waiting["items"]],
        "trial_end": waiting["fields"].get("trial_end"),
        "trial_from_plan": None,
    }
    return changed(books, subscription, {"pending_update": pending}, "customer.subscription.updated")


def apply(books: Books, subscription: Document) -> Document:
    """The invoice is paid: make the change."""
    waiting = _forget(books, subscription)
    before = shown(books, subscription)
    held = subscription["pending_update"] is not None
    change = Change(waiting["items"], waiting["removed"], {**waiting["fields"], "pending_update": None})
    after = write_down(books, subscription, change)
    for item in waiting["credited"]:
        books.remember(item, billed=None)
    for item, net, start, end in waiting["billed"]:
        subscription_bill.bill_item(books, item, net, (start, end), waiting["invoice"])
    now = shown(books, after)
    books.announce("customer.subscription.updated", now, changed_from(before, now))
    if waiting["kind"] == RESUME:
        books.announce("customer.subscription.resumed", now)
    elif held:
        books.announce("customer.subscription.pending_update_applied", now)
    timetable.plan(books, after)
    return after


def expire(books: Books, subscription: Document) -> None:
    """The invoice was not paid in time: void it and leave everything as it was."""
    waiting = _forget(books, subscription)
    invoice = fetch(books, "invoice", waiting["invoice"])
    if invoice["status"] == "open":
        invoices.void(books, invoice)
    after = changed(books, subscription, {"pending_update": None}, "customer.subscription.updated")
    if waiting["kind"] == UPDATE:
        books.announce("customer.subscription.pending_update_expired", shown(books, after))


def _forget(books: Books, subscription: Document) -> Document:
    waiting = books.inner(subscription["id"])["pending"]
    books.remember(subscription["id"], pending=None)
    books.cancel_appointment("expire_change", subscription["id"])
    return waiting
