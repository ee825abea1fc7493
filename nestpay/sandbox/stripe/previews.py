"""`invoices.create_preview`: does what was asked for, looks at the invoice, and takes everything back."""

from collections.abc import Callable

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    cycle,
    schedules,
    subscription_bill,
    subscription_changes,
    subscription_update,
    timetable,
)
from nestpay.sandbox.stripe.checkout_params import ENABLED
from nestpay.sandbox.stripe.errors import StripeError, invalid
from nestpay.sandbox.stripe.records import changed, fetch, items_of
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.schedule_params import UPDATE as UPDATE_SCHEDULE
from nestpay.sandbox.stripe.subscription_params import CHANGING, COMMON, DISCOUNT
from nestpay.sandbox.stripe.wire import Flag, Hash, Listing, Text

DETAILS = Hash(
    {
        **CHANGING,
        "cancel_at": COMMON["cancel_at"],
        "cancel_at_period_end": Flag(),
        "cancel_now": Flag(),
        "metadata": COMMON["metadata"],
        "resume_at": Text(("now",)),
    },
    ignores="billing_mode billing_schedules default_tax_rates pause start_date",
)
PREVIEW = Hash(
    expandable(
        {
            "automatic_tax": ENABLED,
            "customer": Text(),
            "currency": Text(),
            "discounts": Listing(DISCOUNT),
            "preview_mode": Text(("next", "recurring")),
            "schedule": Text(),
            "schedule_details": Hash(
                {name: UPDATE_SCHEDULE.known[name] for name in ("phases", "end_behavior", "proration_behavior")},
                ignores="billing_mode pause_schedules",
            ),
            "subscription": Text(),
            "subscription_details": DETAILS,
        }
    ),
    ignores="customer_account customer_details invoice_items issuer on_behalf_of",
)


def create_preview(call: Call) -> Document:
    """POST /v1/invoices/create_preview: what an update, a renewal or a phase would charge, to the cent."""
    return taken_back(call.books, lambda: _invoice(call.books, call.params))


def announce_invoice(books: Books, subscription: Document) -> None:
    """`invoice.upcoming`: what the renewal will cost, as things stand; such an invoice has no id."""
    if subscription["status"] in timetable.RUNNING:
        upcoming = taken_back(books, lambda: _next(books, subscription))
        books.announce("invoice.upcoming", {name: value for name, value in upcoming.items() if name != "id"})


def taken_back(books: Books, make: Callable[[], Document]) -> Document:
    """The invoice that `make` brings about, as one that is still to come; nothing of it has happened afterwards."""
    now, said = books.now, list(books.announcements)
    books.connection.execute("savepoint preview")
    try:
        invoice = make()
    finally:
        books.connection.execute("rollback to preview")
        books.connection.execute("release preview")
        books.now, books.announcements[:] = now, said
    changes = {"billing_reason": "upcoming", "status": "draft", "automatically_finalizes_at": None}
    return {**invoice, **changes, "id": "upcoming_" + invoice["id"]}


def _invoice(books: Books, given: Document) -> Document:
    details = given.get("subscription_details") or {}
    subscription = _subscription(books, given)
    if subscription["status"] in ("canceled", "incomplete_expired"):
        raise _nothing()
    if "discounts" in given:
        subscription = changed(
            books,
            subscription,
            subscription_update.plain_changes(books, subscription, {"discounts": given["discounts"]}),
        )
    subscription = changed(books, subscription, subscription_update.ending(books, subscription, details))
    if details.get("cancel_now"):
        return _last(books, subscription, details)
    asked = details.get("items") or details.get("trial_end") or subscription_update.anchor_of(details) == "now"
    if asked:
        wish = subscription_update.wish_of(books, subscription, details)
        change = subscription_changes.work_out(books, subscription, wish)
        at_once = details.get("proration_behavior") == "always_invoice"
        subscription, invoice = subscription_changes.carry_out(books, subscription, change, at_once)
        if invoice:
            return invoice
        if at_once:
            raise _nothing()
    return _next(books, subscription)


def _subscription(books: Books, given: Document) -> Document:
    if given.get("schedule"):
        schedule = fetch(books, "subscription_schedule", given["schedule"], "schedule")
        if given.get("schedule_details"):
            schedules.set_phases(books, schedule, given["schedule_details"])
        return fetch(books, "subscription", schedule["subscription"] or "", "schedule")
    if given.get("subscription"):
        return fetch(books, "subscription", given["subscription"], "subscription")
    if not given.get("customer"):
        raise invalid("You must provide one of `subscription`, `schedule` or `customer`.", "subscription")
    where = "json_extract(body, '$.customer') = ? and json_extract(body, '$.status') not in ('canceled', 'incomplete_expired')"
    found = books.select("subscription", where, [given["customer"]])
    if not found:
        raise _nothing()
    return found[0]


def _next(books: Books, subscription: Document) -> Document:
    """The invoice of the next renewal; none comes when the subscription ends before."""
    end = timetable.period_end(books, subscription)
    schedule = books.find("subscription_schedule", subscription["schedule"]) if subscription["schedule"] else None
    phase = schedules.next_phase(schedule, books.now) if schedule else None
    if schedule and phase and phase["start_date"] <= end:
        books.now = max(phase["start_date"], books.now)
        subscription, invoice = schedules.begin(books, schedule, phase)
        if invoice:
            return invoice
        end = timetable.period_end(books, subscription)
    if subscription["cancel_at"] is not None and subscription["cancel_at"] <= end:
        if not subscription_bill.waiting(books, subscription["customer"], subscription):
            raise _nothing()
        books.now = end
        return subscription_changes.bill(books, subscription, []) or {}
    books.now = max(end, books.now)
    _, invoice = cycle.next_period(books, subscription)
    return fetch(books, "invoice", invoice["id"])


def _last(books: Books, subscription: Document, details: Document) -> Document:
    if (details.get("proration_behavior") or "create_prorations") != "none":
        for item in items_of(books, subscription):
            entry = subscription_bill.credit(books, subscription, item, details.get("proration_date") or books.now)
            if entry:
                subscription_bill.wait(books, subscription, entry)
    invoice = subscription_changes.bill(books, subscription, [])
    if invoice is None:
        raise _nothing()
    return invoice


def _nothing() -> StripeError:
    return StripeError(404, "No upcoming invoices for customer.", code="invoice_upcoming_none")


ROUTES = [Route("POST", "/v1/invoices/create_preview", create_preview, PREVIEW)]
