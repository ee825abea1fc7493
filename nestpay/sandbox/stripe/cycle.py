"""What happens to a subscription by itself: renewals, reminders, the end of a trial, of patience, of the subscription."""

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    collection,
    invoices,
    pending_changes,
    subscription_bill,
    subscriptions,
    timetable,
)
from nestpay.sandbox.stripe.records import changed, items_of, shown
from nestpay.sandbox.stripe.subscription_changes import rhythm

BEFORE_FINAL = 3600


def renew(books: Books, subscription: Document) -> Document | None:
    """The period is over: the next one begins with a draft invoice, unless the subscription ends here."""
    old_end = timetable.period_end(books, subscription)
    if subscription["status"] not in timetable.RUNNING or old_end > books.now:
        timetable.plan(books, subscription)
        return None
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= books.now:
        cancel(books, subscription)
        return None
    if subscription["status"] == "trialing" and not _survives_trial(books, subscription):
        return None
    before = shown(books, subscription)
    subscription, invoice = next_period(books, subscription)
    subscriptions.announce_difference(books, before, shown(books, subscription))
    timetable.plan(books, subscription)
    return invoice


def next_period(books: Books, subscription: Document) -> tuple[Document, Document]:
    """Move the items on by a period and draft its invoice, to be finalised an hour later."""
    items = items_of(books, subscription)
    interval, count = rhythm(books, items)
    looked_back = (items[0]["current_period_start"], items[0]["current_period_end"])
    end = calendar.next_after(subscription["billing_cycle_anchor"], interval, count, books.now)
    for item in items:
        books.save({**item, "current_period_start": looked_back[1], "current_period_end": end})
    status = "active" if subscription["status"] == "trialing" else subscription["status"]
    kept = [one for one in subscription["discounts"] if not _is_over(books, one)]
    subscription = books.save({**subscription, "status": status, "discounts": kept})
    waiting = subscription_bill.waiting(books, subscription["customer"], subscription)
    entries = waiting + subscription_bill.period_entries(books, subscription, items, (looked_back[1], end))
    invoice = subscription_bill.draft(books, subscription, entries, "subscription_cycle", looked_back)
    paused = (subscription["pause_collection"] or {}).get("behavior") == "keep_as_draft"
    if paused or status == "unpaid":
        invoice = changed(books, invoice, {"auto_advance": False})
    else:
        at = books.now + BEFORE_FINAL
        invoice = changed(books, invoice, {"automatically_finalizes_at": at, "next_payment_attempt": at})
        books.appoint(at, "finalize_invoice", invoice["id"])
    return books.save({**subscription, "latest_invoice": invoice["id"]}), invoice


def _is_over(books: Books, discount_id: str) -> bool:
    discount = books.find("discount", discount_id) or {"end": 0}
    return bool(books.inner(discount_id).get("used")) or (discount["end"] is not None and discount["end"] <= books.now)


def _survives_trial(books: Books, subscription: Document) -> bool:
    """Whether the trial turns into a paid subscription; without a card it may end or pause instead."""
    customer = books.find("customer", subscription["customer"]) or {
        "invoice_settings": {"default_payment_method": None}
    }
    if subscription["default_payment_method"] or customer["invoice_settings"]["default_payment_method"]:
        return True
    behavior = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if behavior == "cancel":
        subscriptions.end(books, subscription, "payment_failed")
    elif behavior == "pause":
        subscriptions.pause(books, subscription, "trial_end_without_payment_method")
    return behavior == "create_invoice"


def remind_of_trial(books: Books, subscription: Document) -> None:
    """`customer.subscription.trial_will_end`, once for every end of a trial."""
    if subscription["status"] == "trialing":
        books.remember(subscription["id"], reminded=subscription["trial_end"])
        books.announce("customer.subscription.trial_will_end", shown(books, subscription))


def cancel(books: Books, subscription: Document) -> None:
    """The day that was set for its end has come."""
    if subscription["status"] in (*timetable.RUNNING, "paused"):
        subscriptions.end(books, subscription, "cancellation_requested")


def expire_incomplete(books: Books, subscription: Document) -> None:
    """Nobody paid the first invoice within 23 hours."""
    if subscription["status"] == "incomplete":
        subscriptions.expire(books, subscription)


def expire_change(books: Books, subscription: Document) -> None:
    """Nobody paid for the change within 23 hours."""
    if books.inner(subscription["id"]).get("pending"):
        pending_changes.expire(books, subscription)


def resume_collection(books: Books, subscription: Document) -> None:
    """Invoices are collected again."""
    subscriptions.announce_change(books, subscription, {"pause_collection": None})


def finalize_invoice(books: Books, invoice: Document) -> None:
    """An hour after its draft the invoice is finalised and charged, or put aside while collection is paused."""
    if invoice["status"] != "draft":
        return
    subscription_id = books.inner(invoice["id"]).get("subscription")
    subscription = books.find("subscription", subscription_id) if subscription_id else None
    paused = ((subscription or {}).get("pause_collection") or {}).get("behavior")
    if paused == "keep_as_draft":
        changed(
            books, invoice, {"auto_advance": False, "automatically_finalizes_at": None, "next_payment_attempt": None}
        )
        return
    invoice = invoices.finalize(books, changed(books, invoice, {"automatically_finalizes_at": None}))
    if invoice["status"] != "open":
        return
    if paused == "void":
        invoices.void(books, invoice)
    elif paused == "mark_uncollectible":
        invoices.mark_uncollectible(books, invoice)
    else:
        collection.collect(books, invoice)


def retry_payment(books: Books, invoice: Document) -> None:
    """Try an unpaid invoice again."""
    if invoice["status"] == "open" and invoice["auto_advance"]:
        collection.collect(books, invoice)
