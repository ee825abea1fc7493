"""The life of a subscription: opened, activated, changed, ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import calendar, invoices
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import billing as objects
from nestpay.sandbox.stripe.objects import catalogue, listing
from nestpay.sandbox.stripe.records import changed, items_of, shown
from nestpay.sandbox.stripe.tax import Rate
from nestpay.sandbox.stripe.totals import Bill, line_of, reckon

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
    subscription |= {"automatic_tax": tax, "discounts": [discount["id"]] if discount else [], **trial, **opening.fields}
    subscription["items"] = listing([item["id"] for item in items], subscription["items"]["url"])  # pyright: ignore[reportArgumentType]
    books.add(subscription)
    place = books.hold_place()
    invoice = _first_invoice(books, opening, subscription, items, discount)
    subscription["latest_invoice"] = invoice["id"]
    books.save(subscription)
    books.remember(subscription_id, announced=place)
    if announce_now:
        announce_created(books, subscription)
    invoice = invoices.finalize(books, invoice)
    if invoice["status"] == "paid":
        subscription = activate(books, subscription)
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


def _first_invoice(
    books: Books, opening: Opening, subscription: Document, items: list[Document], discount: Document | None
) -> Document:
    trial = opening.trial_end is not None
    bill = Bill(opening.currency, coupon=opening.coupon, rate=opening.rate)
    bill.lines = [line_of(books, one.price, one.quantity, opening.currency, free=trial) for one in opening.wanted]
    bill.lines += [line_of(books, one.price, one.quantity, opening.currency) for one in opening.once]
    reckon(books, bill)
    more: list[Document] = []
    for index, line in enumerate(bill.lines):
        name = (books.find("product", line.price["product"]) or {}).get("name") or "Product"
        item = items[index] if index < len(items) else None
        period = (item["current_period_start"], item["current_period_end"]) if item else (books.now, books.now)
        parent = (
            objects.of_subscription_item(subscription["id"], item["id"])
            if item
            else objects.of_invoice_item(new_id("ii"))
        )
        text = f"Trial period for {name}" if trial and item else invoices.description(name, line)
        more.append(
            {
                "currency": opening.currency,
                "description": text,
                "parent": parent,
                "period": period,
                "subscription": subscription["id"],
            }
        )
    fields: Document = {
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": opening.automatic_tax,
            "liability": objects.SELF if opening.automatic_tax else None,
            "provider": "stripe" if opening.automatic_tax else None,
            "status": "complete" if opening.automatic_tax else None,
        },
        "billing_reason": "subscription_create",
        "parent": objects.of_subscription(subscription["id"], subscription["metadata"]),
    }
    invoice = invoices.draft(books, opening.customer, bill, more, fields, discount)
    books.remember(invoice["id"], subscription=subscription["id"])
    return invoice


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


def announce_change(books: Books, subscription: Document, changes: Document) -> Document:
    """Change a subscription; the updated event is left out while its created event is still to come."""
    quiet = books.inner(subscription["id"]).get("announced") is not None
    return changed(books, subscription, changes, None if quiet else "customer.subscription.updated")


def end(books: Books, subscription: Document, reason: str, details: Document | None = None) -> Document:
    """End it now: `customer.subscription.deleted`."""
    kept = {name: value for name, value in (details or {}).items() if name in ("comment", "feedback")}
    changes = {
        "cancel_at_period_end": False,
        "canceled_at": subscription["canceled_at"] or books.now,
        "cancellation_details": {**subscription["cancellation_details"], "reason": reason, **kept},
        "ended_at": books.now,
        "status": "canceled",
    }
    after = changed(books, subscription, changes)
    books.announce("customer.subscription.deleted", shown(books, after))
    return after


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


def period_end(books: Books, subscription: Document) -> int:
    """When the period that is paid for ends."""
    return max(item["current_period_end"] for item in items_of(books, subscription))
