"""The life of a subscription: opened, activated, changed, ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books, changed_from, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import invoices, subscription_bill, timetable
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import billing as objects
from nestpay.sandbox.stripe.objects import catalogue, listing
from nestpay.sandbox.stripe.records import changed, fetch, shown
from nestpay.sandbox.stripe.totals import line_of
from nestpay.sandbox.tax import Rate

ENDED = ("canceled", "incomplete_expired")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One price that a subscription shall have (or that its first invoice shall charge once)."""

    price: Document
    quantity: int = 1
    metadata: Document = field(default_factory=dict)


@dataclass(slots=True)
class Opening:
    """All that is needed to open a subscription. Times are Unix seconds; `once` is charged on the first invoice only."""

    customer: Document
    wanted: Sequence[Wanted]
    currency: str
    once: Sequence[Wanted] = ()
    trial_end: int | None = None
    coupon: Document | None = None
    promotion_code: str | None = None
    checkout_session: str | None = None
    rate: Rate | None = None
    automatic_tax: bool = False
    fields: Document = field(default_factory=dict)


def open_subscription(books: Books, opening: Opening, announce_now: bool) -> tuple[Document, Document]:
    """A new subscription with its first invoice, finalised: open, or paid when nothing is due.

    With `announce_now` the created event shows it before it is paid, as the hosted page does; otherwise the caller
    pays first and then fills the place in the order of events that `announced` names in its memory.
    """
    check_intervals(opening.wanted)
    subscription_id = new_id("sub")
    start, trial_end = books.now, opening.trial_end
    repeats = opening.wanted[0].price["recurring"]
    anchor = trial_end or start
    end = trial_end or calendar.after(anchor, repeats["interval"], repeats["interval_count"])
    items = [_item(books, subscription_id, wanted, start, end) for wanted in opening.wanted]
    discount = _discount(books, opening, subscription_id)
    tax = {
        "disabled_reason": None,
        "enabled": opening.automatic_tax,
        "liability": objects.SELF if opening.automatic_tax else None,
    }
    trial = {"trial_start": start, "trial_end": trial_end, "status": "trialing"} if trial_end else {}
    subscription = objects.subscription(subscription_id, books.now, opening.customer["id"], opening.currency, anchor)
    subscription |= {
        "test_clock": books.clock,
        "automatic_tax": tax,
        "discounts": [discount["id"]] if discount else [],
        **trial,
        **opening.fields,
    }
    subscription["items"] = listing([item["id"] for item in items], subscription["items"]["url"])  # pyright: ignore[reportArgumentType]
    books.add(subscription)
    place = books.hold_place()
    books.remember(subscription_id, announced=place, country=opening.rate.country if opening.rate else None)
    invoice = _first_invoice(books, opening, subscription, items)
    subscription["latest_invoice"] = invoice["id"]
    books.save(subscription)
    if announce_now:
        announce_created(books, subscription)
    invoice = invoices.finalize(books, invoice)
    if invoice["status"] == "paid":
        subscription = activate(books, subscription)
    timetable.plan(books, subscription)
    changed(books, opening.customer, {"currency": opening.currency}, "customer.updated")
    return subscription, invoice


def check_intervals(wanted: Sequence[Wanted]) -> None:
    """All prices of a subscription must come back equally often. Raises StripeError (400)."""
    rhythms = {(one.price["recurring"]["interval"], one.price["recurring"]["interval_count"]) for one in wanted}
    if len(rhythms) > 1:
        raise invalid("Currently, all prices in a subscription must have the same `recurring.interval`.", "items")


def _item(books: Books, subscription: str, wanted: Wanted, start: int, end: int) -> Document:
    item = objects.subscription_item(
        new_id("si"),
        books.now,
        subscription,
        wanted.price["id"],
        wanted.quantity,
        start,
        end,
        metadata=dict(wanted.metadata),
    )
    return books.add(item, subscription=subscription)


def _discount(books: Books, opening: Opening, subscription: str) -> Document | None:
    coupon = opening.coupon
    if coupon is None:
        return None
    months = coupon["duration_in_months"] if coupon["duration"] == "repeating" else None
    discount = catalogue.discount(
        new_id("di"),
        coupon["id"],
        books.now,
        checkout_session=opening.checkout_session,
        customer=opening.customer["id"],
        end=calendar.after(books.now, "month", months) if months else None,
        promotion_code=opening.promotion_code,
        subscription=subscription,
    )
    return books.add(discount)


def _first_invoice(books: Books, opening: Opening, subscription: Document, items: list[Document]) -> Document:
    span = (items[0]["current_period_start"], items[0]["current_period_end"])
    entries = subscription_bill.period_entries(books, subscription, items, span, trial=opening.trial_end is not None)
    for one in opening.once:
        line = line_of(books, one.price, one.quantity, opening.currency)
        text = subscription_bill.name_of(books, one.price)
        parent = objects.of_invoice_item(new_id("ii"))
        entries.append(subscription_bill.Entry(line, text, (books.now, books.now), parent))
    return subscription_bill.draft(books, subscription, entries, "subscription_create", rate=opening.rate)


def announce_created(books: Books, subscription: Document) -> None:
    """Say `customer.subscription.created` at the place that was kept for it when the subscription was opened."""
    place = books.inner(subscription["id"]).get("announced")
    if place is not None:
        books.fill_place(place, "customer.subscription.created", shown(books, subscription))
        books.remember(subscription["id"], announced=None)


def activate(books: Books, subscription: Document) -> Document:
    """Its invoice is paid: incomplete and overdue subscriptions become active."""
    if subscription["status"] not in ("incomplete", "past_due", "unpaid"):
        return subscription
    return announce_change(books, subscription, {"status": "active"})


def own_method(books: Books, customer: Document, id: str | None) -> Document | None:
    """The payment method of that id, or the customer's default. Raises StripeError (400) for another's."""
    method_id = id or customer["invoice_settings"]["default_payment_method"]
    if not method_id:
        return None
    method = fetch(books, "payment_method", method_id, "default_payment_method")
    if method["customer"] != customer["id"]:
        message = f"The customer does not have a payment method with the ID {method_id}."
        raise invalid(message, "default_payment_method", "resource_missing")
    return method


def announce_difference(books: Books, before: Document, after: Document) -> None:
    """Say `customer.subscription.updated` when two states (as they are shown) differ."""
    previous = changed_from(before, after)
    if previous:
        books.announce("customer.subscription.updated", after, previous)


def announce_change(books: Books, subscription: Document, changes: Document) -> Document:
    """Change a subscription; the updated event is left out while its created event is still to come."""
    quiet = books.inner(subscription["id"]).get("announced") is not None
    after = changed(books, subscription, changes, None if quiet else "customer.subscription.updated")
    timetable.plan(books, after)
    return after


def end(books: Books, subscription: Document, reason: str, details: Document | None = None) -> Document:
    """End it now: `customer.subscription.deleted`. What it still owes is not collected any more."""
    kept = {name: value for name, value in (details or {}).items() if name in ("comment", "feedback")}
    changes = {
        "cancel_at_period_end": False,
        "canceled_at": subscription["canceled_at"] or books.now,
        "cancellation_details": {**subscription["cancellation_details"], "reason": reason, **kept},
        "ended_at": books.now,
        "status": "canceled",
    }
    after = changed(books, subscription, changes)
    timetable.plan(books, after)
    _stop_collecting(books, after)
    books.announce("customer.subscription.deleted", shown(books, after))
    return after


def pause(books: Books, subscription: Document, why: str) -> Document:
    """Stop it without ending it; `why` is Stripe's `status_details.paused.subscription.type`."""
    paused = {"subscription": {"type": why}, "transitioned_at": books.now, "type": "subscription"}
    after = announce_change(books, subscription, {"status": "paused", "status_details": {"paused": paused}})
    books.announce("customer.subscription.paused", shown(books, after))
    return after


def _stop_collecting(books: Books, subscription: Document) -> None:
    where = "json_extract(inner, '$.subscription') = ? and json_extract(body, '$.status') in ('draft', 'open')"
    for invoice in books.select("invoice", where, [subscription["id"]]):
        for action in ("finalize_invoice", "retry_payment"):
            books.cancel_appointment(action, invoice["id"])
        changed(books, invoice, {"auto_advance": False, "next_payment_attempt": None}, "invoice.updated")


def expire(books: Books, subscription: Document) -> Document:
    """A first payment never came: the subscription is closed and its invoice voided."""
    invoice = books.find("invoice", subscription["latest_invoice"])
    if invoice and invoice["status"] == "open":
        invoices.void(books, invoice)
    changes = {"ended_at": books.now, "canceled_at": books.now, "status": "incomplete_expired"}
    return announce_change(books, subscription, changes)


def live(books: Books, customer: str) -> list[Document]:
    """The customer's subscriptions that have not ended."""
    where = "json_extract(body, '$.customer') = ? and json_extract(body, '$.status') not in (?, ?)"
    return books.select("subscription", where, [customer, *ENDED])
