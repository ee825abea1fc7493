"""What a subscription is billed: its items over a period, what waits for its next invoice, discount, tax and balance."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from nestpay.sandbox import tax
from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import share
from nestpay.sandbox.stripe import invoices
from nestpay.sandbox.stripe.objects import billing as objects
from nestpay.sandbox.stripe.objects import planning
from nestpay.sandbox.stripe.records import changed, created, fetch
from nestpay.sandbox.stripe.totals import Bill, Line, line_of, reckon


@dataclass(slots=True)
class Entry:
    """One line to be.

    `item` is the subscription item it pays for from now on, `credits` the one it gives back what was billed for;
    `pending` is the invoice item it comes from.
    """

    line: Line
    description: str
    period: tuple[int, int]
    parent: Document
    item: str | None = None
    credits: str | None = None
    pending: str | None = None
    metadata: Document = field(default_factory=dict)


def name_of(books: Books, price: Document) -> str:
    """What the product of a price is called."""
    return (books.find("product", price["product"]) or {}).get("name") or "Product"


def discount_of(books: Books, subscription: Document) -> tuple[Document | None, Document | None]:
    """The coupon that is at work on the subscription now, and its discount; nothing once it is over or used up."""
    for discount_id in subscription["discounts"]:
        discount = fetch(books, "discount", discount_id)
        over = discount["end"] is not None and discount["end"] <= books.now
        if not over and not books.inner(discount_id).get("used"):
            return books.find("coupon", discount["source"]["coupon"]), discount
    return None, None


def rate_of(books: Books, subscription: Document) -> tax.Rate | None:
    """The tax of the country in which the customer lives (or said to live at the checkout)."""
    if not subscription["automatic_tax"]["enabled"]:
        return None
    customer = fetch(books, "customer", subscription["customer"], "customer")
    country = (customer["address"] or {}).get("country")
    return tax.rate_for(country or books.inner(subscription["id"]).get("country"))


def period_entries(
    books: Books, subscription: Document, items: Sequence[Document], span: tuple[int, int], trial: bool = False
) -> list[Entry]:
    """A line for every item over a whole period; free during a trial."""
    entries: list[Entry] = []
    for item in items:
        price = fetch(books, "price", item["price"])
        line = line_of(books, price, item["quantity"], subscription["currency"], free=trial)
        name = name_of(books, price)
        text = f"Trial period for {name}" if trial else invoices.description(name, line)
        parent = objects.of_subscription_item(subscription["id"], item["id"])
        entries.append(Entry(line, text, span, parent, item=item["id"]))
    return entries


def net_of_items(books: Books, subscription: Document, items: Sequence[Document]) -> dict[str, int]:
    """What each item costs for a whole period after the discount, in minor units, by item."""
    coupon, _ = discount_of(books, subscription)
    bill = Bill(subscription["currency"], coupon=coupon)
    bill.lines = [
        line_of(books, fetch(books, "price", item["price"]), item["quantity"], bill.currency) for item in items
    ]
    reckon(books, bill)
    return {item["id"]: line.subtotal - line.discount for item, line in zip(items, bill.lines, strict=True)}


def credit(books: Books, subscription: Document, item: Document, at: int) -> Entry | None:
    """The unused rest of what was billed for an item, from `at`; None when nothing was billed for that time."""
    billed = books.inner(item["id"]).get("billed")
    if not billed or at >= billed["end"]:
        return None
    amount = -share(billed["amount"], billed["end"] - max(at, billed["start"]), billed["end"] - billed["start"])
    return _proration(books, subscription, item, amount, (at, billed["end"]), "Unused", billed) if amount else None


def debit(books: Books, subscription: Document, item: Document, at: int, net: int) -> Entry | None:
    """The rest of the period of an item that costs `net` for the whole of it; None when nothing is left or due."""
    start, end = item["current_period_start"], item["current_period_end"]
    amount = share(net, end - at, end - start)
    return _proration(books, subscription, item, amount, (at, end), "Remaining", None) if amount else None


def _proration(
    books: Books,
    subscription: Document,
    item: Document,
    amount: int,
    span: tuple[int, int],
    word: str,
    billed: Document | None,
) -> Entry:
    price = fetch(books, "price", item["price"])
    day = datetime.fromtimestamp(span[0], UTC).strftime("%-d %b %Y")
    many = f"{item['quantity']} × " if item["quantity"] != 1 else ""
    parent = objects.of_subscription_item(subscription["id"], item["id"], proration=True)
    if billed and billed.get("line"):
        credited = {"invoice": billed["invoice"], "invoice_line_items": [billed["line"]]}
        parent["subscription_item_details"]["proration_details"] = {"credited_items": credited}
    inclusive = price["tax_behavior"] == "inclusive"
    line = Line(price, item["quantity"], amount, inclusive=inclusive, discountable=False)
    text = f"{word} time on {many}{name_of(books, price)} after {day}"
    return Entry(line, text, span, parent, None if billed else item["id"], item["id"] if billed else None)


def wait(books: Books, subscription: Document, entry: Entry, counts: bool = True) -> None:
    """Put a proration where the next invoice of the subscription finds it.

    It `counts` as billed (or as given back) from now on, unless its change is still to come.
    """
    item_id = entry.parent["subscription_item_details"]["subscription_item"]
    document = planning.invoice_item(
        new_id("ii"),
        books.now,
        subscription["customer"],
        entry.line.subtotal,
        subscription["currency"],
        description=entry.description,
        discountable=False,
        parent=planning.of_subscription(subscription["id"], item_id),
        period={"start": entry.period[0], "end": entry.period[1]},
        pricing=objects.pricing(entry.line.price, entry.line.price["unit_amount_decimal"]),
        proration=True,
        proration_details={"credited_items": None, "discount_amounts": []},
        quantity=entry.line.quantity,
        quantity_decimal=str(entry.line.quantity),
        test_clock=books.clock,
    )
    created(books, document, waiting=subscription["id"], parent=entry.parent, item=entry.item)
    if counts and entry.credits:
        books.remember(entry.credits, billed=None)
    if counts and entry.item:
        bill_item(books, entry.item, entry.line.subtotal, entry.period)


def waiting(books: Books, customer: str, subscription: Document | None) -> list[Entry]:
    """The customer's invoice items that no invoice has taken up; those of another subscription are left to it."""
    mine = subscription["id"] if subscription else None
    found = books.select(
        "invoiceitem",
        "json_extract(body, '$.customer') = ? and json_extract(body, '$.invoice') is null and json_extract(body, '$.deleted') is null",
        [customer],
        "order by seq",
    )
    currency = subscription["currency"] if subscription else None
    fitting = [one for one in found if currency in (None, one["currency"])]
    return [_of_pending(books, one, mine) for one in fitting if books.inner(one["id"]).get("waiting") in (None, mine)]


def _of_pending(books: Books, document: Document, subscription: str | None) -> Entry:
    inner = books.inner(document["id"])
    price = fetch(books, "price", document["pricing"]["price_details"]["price"])
    inclusive = price["tax_behavior"] == "inclusive"
    line = Line(
        price, document["quantity"], document["amount"], inclusive=inclusive, discountable=document["discountable"]
    )
    parent = inner.get("parent")
    if parent:
        parent["subscription_item_details"]["invoice_item"] = document["id"]
    else:
        parent = objects.of_invoice_item(document["id"], subscription)
    span = (document["period"]["start"], document["period"]["end"])
    text = document["description"] or name_of(books, price)
    return Entry(line, text, span, parent, inner.get("item"), None, document["id"], document["metadata"])


def draft(
    books: Books,
    subscription: Document,
    entries: Sequence[Entry],
    reason: str,
    span: tuple[int, int] | None = None,
    rate: tax.Rate | None = None,
) -> Document:
    """A draft invoice over the entries; `reason` is its `billing_reason`, `span` the period it looks back on."""
    customer = fetch(books, "customer", subscription["customer"], "customer")
    coupon, discount = discount_of(books, subscription)
    bill = Bill(
        subscription["currency"], [entry.line for entry in entries], coupon, rate or rate_of(books, subscription)
    )
    reckon(books, bill)
    more = [
        {
            "currency": bill.currency,
            "description": entry.description,
            "metadata": entry.metadata,
            "parent": entry.parent,
            "period": entry.period,
            "subscription": subscription["id"],
        }
        for entry in entries
    ]
    used = discount if bill.discount else None
    fields = _fields(books, subscription, reason, span or (books.now, books.now))
    invoice = invoices.draft(books, customer, bill, more, fields, used, customer["balance"])
    books.remember(invoice["id"], subscription=subscription["id"])
    if used and coupon and coupon["duration"] == "once":
        books.remember(used["id"], used=True)
    return _take_up(books, invoice, entries)


def draft_by_hand(books: Books, customer: Document, entries: Sequence[Entry], currency: str) -> Document:
    """A draft invoice that no subscription made."""
    bill = reckon(books, Bill(currency, [entry.line for entry in entries]))
    more = [
        {
            "currency": currency,
            "description": entry.description,
            "metadata": entry.metadata,
            "parent": entry.parent,
            "period": entry.period,
        }
        for entry in entries
    ]
    fields = {"billing_reason": "manual", "test_clock": books.clock}
    invoice = invoices.draft(books, customer, bill, more, fields, balance=customer["balance"])
    books.remember(invoice["id"], uses_balance=True)
    return _take_up(books, invoice, entries)


def _fields(books: Books, subscription: Document, reason: str, span: tuple[int, int]) -> Document:
    taxed = subscription["automatic_tax"]["enabled"]
    return {
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": taxed,
            "liability": objects.SELF if taxed else None,
            "provider": "stripe" if taxed else None,
            "status": "complete" if taxed else None,
        },
        "billing_reason": reason,
        "parent": objects.of_subscription(subscription["id"], subscription["metadata"]),
        "period_start": span[0],
        "period_end": span[1],
        "test_clock": books.clock,
    }


def _take_up(books: Books, invoice: Document, entries: Sequence[Entry]) -> Document:
    """The waiting items belong to this invoice now, and each subscription item knows what was billed for it."""
    for entry, line in zip(entries, invoice["lines"]["data"], strict=True):
        if entry.pending:
            changed(books, fetch(books, "invoiceitem", entry.pending), {"invoice": invoice["id"]})
        if entry.item:
            net = entry.line.subtotal - entry.line.discount
            bill_item(books, entry.item, net, entry.period, invoice["id"], line["id"])
    return invoice


def bill_item(
    books: Books, item: str, net: int, span: tuple[int, int], invoice: str | None = None, line: str | None = None
) -> None:
    """Remember what was billed for an item, after discount and before tax: a later credit is a part of that."""
    billed = {"amount": net, "start": span[0], "end": span[1], "invoice": invoice, "line": line}
    books.remember(item, billed=billed)
