"""When something will happen to a subscription by itself: its appointments follow from how it stands."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.records import items_of

HOUR, DAY = 3600, 86400
UPCOMING = 7 * DAY
TRIAL_REMINDER = 3 * DAY
PATIENCE = 23 * HOUR
RUNNING = ("active", "trialing", "past_due", "unpaid")
ACTIONS = ("renew", "announce_invoice", "remind_of_trial", "cancel", "expire_incomplete", "resume_collection")


def period_end(books: Books, subscription: Document) -> int:
    """When the period that is paid for ends."""
    return max(item["current_period_end"] for item in items_of(books, subscription))


def plan(books: Books, subscription: Document) -> None:
    """Make the subscription's appointments anew; one that has ended keeps none."""
    for action in ACTIONS:
        books.cancel_appointment(action, subscription["id"])
    for at, action in _due(books, subscription):
        books.appoint(at, action, subscription["id"])


def _due(books: Books, subscription: Document) -> list[tuple[int, str]]:
    status, end = subscription["status"], period_end(books, subscription)
    due: list[tuple[int, str]] = []
    if status == "incomplete":
        due.append((subscription["created"] + PATIENCE, "expire_incomplete"))
    if status in RUNNING:
        due.append((end, "renew"))
        ends = subscription["cancel_at"] is not None and subscription["cancel_at"] <= end
        if end - UPCOMING > books.now and not ends and status != "unpaid":
            due.append((end - UPCOMING, "announce_invoice"))
    if status == "trialing" and books.inner(subscription["id"]).get("reminded") != subscription["trial_end"]:
        due.append((max(subscription["trial_end"] - TRIAL_REMINDER, books.now), "remind_of_trial"))
    if subscription["cancel_at"] is not None and status in (*RUNNING, "paused"):
        due.append((subscription["cancel_at"], "cancel"))
    resumes = (subscription["pause_collection"] or {}).get("resumes_at")
    if resumes and status in RUNNING:
        due.append((resumes, "resume_collection"))
    return due
