"""A change of a subscription's items, cycle or trial: worked out first, then carried out, so that a preview is exact."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nestpay.sandbox import calendar
from nestpay.sandbox.books import Books, changed_from, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import invoices, subscription_bill, timetable
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import billing as objects
from nestpay.sandbox.stripe.records import fetch, items_of, shown
from nestpay.sandbox.stripe.subscription_bill import Entry


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall be different.

    `items`: those that change or come, each with `id` or not, `price`, `quantity`, `metadata`, `deleted`; `at`: the
    moment from which prorations count; `reset`: begin a new billing cycle now; `prorate`: credit and charge parts of
    periods; `trial_end`: a new end of trial, `now` to end it.
    """

    at: int
    items: Sequence[Document] = ()
    reset: bool = False
    prorate: bool = True
    trial_end: int | str | None = None


@dataclass(slots=True)
class Change:
    """What it comes to.

    `items` are all items as they will be, `removed` the ids of those that go; `fields` the subscription's own new
    values; `prorations` what is credited and charged for parts of periods, `fresh` the lines of a cycle that begins now.
    """

    items: list[Document]
    removed: list[str]
    fields: Document = field(default_factory=dict)
    prorations: list[Entry] = field(default_factory=list)
    fresh: list[Entry] = field(default_factory=list)

    @property
    def resets(self) -> bool:
        """A new billing cycle begins now."""
        return bool(self.fresh)


def work_out(books: Books, subscription: Document, wish: Wish) -> Change:
    """The change that a wish comes to. Raises StripeError (400) for items, prices or times that do not fit."""
    before = items_of(books, subscription)
    change = _merged(books, subscription, before, wish)
    interval, count = rhythm(books, change.items)
    trialing = subscription["status"] == "trialing"
    begins_trial = isinstance(wish.trial_end, int)
    ends_trial = trialing and wish.trial_end == "now"
    if begins_trial:
        change.fields |= {"trial_end": wish.trial_end, "billing_cycle_anchor": wish.trial_end, "status": "trialing"}
        change.fields["trial_start"] = subscription["trial_start"] or books.now
    resets = not begins_trial and (
        ends_trial or (not trialing and (wish.reset or _restarts(books, before, change.items)))
    )
    if ends_trial:
        change.fields |= {"trial_end": books.now, "status": "active"}
    if wish.prorate and not trialing:
        _credit(books, subscription, before, change, wish.at, everything=resets or begins_trial)
    if resets or begins_trial:
        end = calendar.next_after(books.now, interval, count, books.now) if resets else wish.trial_end
        change.items = [{**item, "current_period_start": books.now, "current_period_end": end} for item in change.items]
    if resets:
        change.fields["billing_cycle_anchor"] = books.now
        span = (books.now, change.items[0]["current_period_end"])
        change.fresh = subscription_bill.period_entries(books, subscription, change.items, span)
    elif wish.prorate and not trialing and not begins_trial:
        _charge(books, subscription, before, change, wish.at)
    return change


def rhythm(books: Books, items: Sequence[Document]) -> tuple[str, int]:
    """How often the items come back. Raises StripeError (400) when they differ."""
    found = set()
    for item in items:
        repeats = fetch(books, "price", item["price"])["recurring"]
        found.add((repeats["interval"], repeats["interval_count"]))
    if len(found) != 1:
        raise invalid("Currently, all prices in a subscription must have the same `recurring.interval`.", "items")
    return found.pop()


def _restarts(books: Books, before: Sequence[Document], after: Sequence[Document]) -> bool:
    """Another interval begins a new cycle, and so does paying for the first time."""
    free = all(not fetch(books, "price", item["price"])["unit_amount"] for item in before)
    still_free = all(not fetch(books, "price", item["price"])["unit_amount"] for item in after)
    return rhythm(books, before) != rhythm(books, after) or (free and not still_free)


def _merged(books: Books, subscription: Document, before: Sequence[Document], wish: Wish) -> Change:
    items = {item["id"]: item for item in before}
    removed: list[str] = []
    for index, wanted in enumerate(wish.items):
        item_id = wanted.get("id") or next(
            (one["id"] for one in before if wanted.get("replaces") == one["price"]), None
        )
        if item_id is not None and item_id not in items:
            raise invalid(f"No such subscription item: '{item_id}'", f"items[{index}][id]", "resource_missing")
        if wanted.get("deleted"):
            removed.append(item_id or "")
            items.pop(item_id, None)
            continue
        values = {name: wanted[name] for name in ("price", "quantity", "metadata") if wanted.get(name) is not None}
        if item_id is not None:
            items[item_id] = {**items[item_id], **values}
            continue
        start, end = before[0]["current_period_start"], before[0]["current_period_end"]
        new = objects.subscription_item(
            new_id("si"),
            books.now,
            subscription["id"],
            values.pop("price"),
            values.pop("quantity", 1),
            start,
            end,
            **values,
        )
        items[new["id"]] = new
    prices = [item["price"] for item in items.values()]
    if len(set(prices)) != len(prices):
        raise invalid("Cannot add multiple subscription items with the same plan.", "items")
    if not items:
        raise invalid("A subscription must have at least one active plan.", "items")
    return Change(list(items.values()), removed)


def _touched(before: Sequence[Document], after: Sequence[Document]) -> set[str]:
    """Items that go, come, or change price or quantity."""
    old = {item["id"]: (item["price"], item["quantity"]) for item in before}
    new = {item["id"]: (item["price"], item["quantity"]) for item in after}
    return {item_id for item_id in old.keys() | new.keys() if old.get(item_id) != new.get(item_id)}


def _credit(
    books: Books, subscription: Document, before: Sequence[Document], change: Change, at: int, everything: bool
) -> None:
    touched = _touched(before, change.items)
    for item in before:
        entry = subscription_bill.credit(books, subscription, item, at) if everything or item["id"] in touched else None
        if entry:
            change.prorations.append(entry)


def _charge(books: Books, subscription: Document, before: Sequence[Document], change: Change, at: int) -> None:
    touched = _touched(before, change.items)
    nets = subscription_bill.net_of_items(books, subscription, change.items)
    for item in change.items:
        entry = (
            subscription_bill.debit(books, subscription, item, at, nets[item["id"]]) if item["id"] in touched else None
        )
        if entry:
            change.prorations.append(entry)


def apply(books: Books, subscription: Document, change: Change) -> Document:
    """Write the change down without announcing it; the event is for whoever knows the whole of it."""
    known = {item["id"] for item in items_of(books, subscription)}
    for item in change.items:
        if item["id"] in known:
            books.save(item)
        else:
            books.add(item, subscription=subscription["id"])
    for item_id in change.removed:
        books.save({"id": item_id, "object": "subscription_item", "deleted": True})
    listed = {**subscription["items"], "data": [item["id"] for item in change.items]}
    return books.save({**subscription, **change.fields, "items": listed})


def carry_out(
    books: Books, subscription: Document, change: Change, invoice_now: bool
) -> tuple[Document, Document | None]:
    """Make the change; when a cycle begins or `invoice_now` says so, the invoice over all that waits is finalised.

    The invoice is not yet paid, unless nothing is due. `customer.subscription.updated` stands before it.
    """
    before = shown(books, subscription)
    place = books.hold_place()
    after = apply(books, subscription, change)
    for entry in change.prorations:
        subscription_bill.wait(books, after, entry)
    invoice = bill(books, after, change.fresh) if invoice_now or change.resets else None
    if invoice:
        after = books.save({**after, "latest_invoice": invoice["id"]})
    now = shown(books, after)
    previous = changed_from(before, now)
    if previous:
        books.fill_place(place, "customer.subscription.updated", now, previous)
    if invoice:
        invoice = invoices.finalize(books, invoice)
    timetable.plan(books, after)
    return after, invoice


def bill(books: Books, subscription: Document, fresh: Sequence[Entry]) -> Document | None:
    """A draft over everything that waits for the subscription's next invoice plus `fresh`; None when that is nothing."""
    entries = [*subscription_bill.waiting(books, subscription["customer"], subscription), *fresh]
    return subscription_bill.draft(books, subscription, entries, "subscription_update") if entries else None
