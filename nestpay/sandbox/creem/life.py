"""The life of a subscription by the world's clock: it begins, renews, falls behind, recovers, pauses and ends."""

from nestpay.sandbox import calendar, unpaid
from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.creem import bill, cards, discounts, events, products, records, transactions
from nestpay.sandbox.creem.bill import Bill
from nestpay.sandbox.documents import Document

DAY = 86400
LAST_TRY_DAYS = 7
"""Between the day a subscription expires and the last try to save it; after that it is canceled."""
RENEWING = ("active", "trialing", "scheduled_cancel")
BEHIND = ("past_due", "expired", "unpaid")


def begin(
    books: Books,
    checkout: Document,
    product: Document,
    customer: Document,
    order: Document,
    discount: Document | None,
    card: cards.TestCard | None,
) -> Document:
    """A new subscription from a checkout; nothing is told yet, see `announce_beginning`."""
    trial = products.trial_days(product)
    end = books.now + trial * DAY if trial else calendar.after(books.now, *products.rhythm(product))
    subscription = records.entity(
        "sub",
        "subscription",
        product=product["id"],
        customer=customer["id"],
        items=[item(product, checkout["units"])],
        collection_method="charge_automatically",
        status="trialing" if trial else "active",
        canceled_at=None,
        **records.dates(books),
        **records.given_only(
            metadata=checkout.get("metadata"), discount=discounts.summary(discount) if discount else None
        ),
    )
    records.add(
        books,
        subscription,
        unit=product["price"],
        anchor=end if trial else books.now,
        trial_end=end if trial else None,
        card=card.number if card else None,
        order=order["id"],
        checkout=checkout["id"],
        discount=_agreed(discount, books.now),
        carried=0,
        failures=0,
    )
    return run(books, subscription, books.now, end)


def item(product: Document, units: int) -> Document:
    """The one item of a subscription."""
    prices = {"product_id": product["id"], "price_id": new_id("pprice", 22)}
    return records.entity("sitem", "subscription_item", **prices, units=units)


def _agreed(discount: Document | None, now: int) -> Document | None:
    """What is remembered of a discount: until when it holds, or that it holds once."""
    if discount is None:
        return None
    months = discount.get("duration_in_months")
    until = calendar.after(now, "month", months) if discount["duration"] == "repeating" and months else None
    return {"id": discount["id"], "until": until, "once": discount["duration"] == "once"}


def period(books: Books, subscription: Document) -> tuple[int, int]:
    """The current period, in seconds."""
    inner = books.inner(subscription["id"])
    return inner["start"], inner["end"]


def run(books: Books, subscription: Document, start: int, end: int) -> Document:
    """Let the subscription run through this period and renew at its end."""
    books.remember(subscription["id"], start=start, end=end)
    books.appoint(end, "creem_renew", subscription["id"])
    return records.change(
        books,
        subscription,
        current_period_start_date=records.iso(start),
        current_period_end_date=records.iso(end),
        next_transaction_date=records.iso(end),
    )


def note_payment(books: Books, subscription: Document, transaction: Document) -> Document:
    """The subscription's last transaction is this one; a discount that is used up goes."""
    inner = books.inner(subscription["id"])
    discount = inner["discount"]
    over = (
        discount
        and not inner["trial_end"]
        and (discount["once"] or (discount["until"] and discount["until"] <= inner["end"]))
    )
    if over:
        books.remember(subscription["id"], discount=None)
        subscription = {name: value for name, value in subscription.items() if name != "discount"}
    return records.change(
        books, subscription, last_transaction_id=transaction["id"], last_transaction_date=records.iso(books.now)
    )


def announce_beginning(books: Books, subscription: Document) -> None:
    """What is told of a new subscription, after its checkout."""
    events.announce(books, "subscription.active", subscription)
    kind = "subscription.trialing" if subscription["status"] == "trialing" else "subscription.paid"
    events.announce(books, kind, subscription)


def owed(books: Books, subscription: Document) -> Bill:
    """What the next period comes to, with what was carried over from a change."""
    inner = books.inner(subscription["id"])
    base = inner["unit"] * subscription["items"][0]["units"]
    discount = records.find(books, "discount", (inner["discount"] or {}).get("id"))
    amount = max(base + inner["carried"], 0)
    return bill.of(amount, products.of(books, subscription), country(books, subscription), discount, base)


def country(books: Books, subscription: Document) -> str | None:
    """Where the customer pays tax."""
    return (records.find(books, "customer", subscription["customer"]) or {}).get("country")


def refusal(books: Books, subscription: Document) -> str | None:
    """Why the card that is kept would not pay now, or None."""
    card = cards.by_number(books.inner(subscription["id"]).get("card") or "")
    return cards.DECLINED if card is None else card.refusal


def keep_card(books: Books, subscription: Document, card: cards.TestCard) -> Document:
    """The subscription is paid with this card from now on; what is owed is tried at once."""
    books.remember(subscription["id"], card=card.number)
    if subscription["status"] in BEHIND and not card.refusal:
        return collect(books, subscription)
    return subscription


def renew(books: Books, subscription_id: str) -> None:
    """A period is over: the next is paid for, or what was scheduled happens."""
    subscription = records.find(books, "subscription", subscription_id)
    if subscription is None or subscription["status"] not in RENEWING:
        return
    if subscription["status"] == "scheduled_cancel":
        pauses = books.inner(subscription_id).get("on_execute") == "pause"
        pause(books, subscription) if pauses else end(books, subscription)
        return
    collect(books, subscription)


def retry(books: Books, subscription_id: str) -> None:
    """Try once more to be paid."""
    subscription = records.find(books, "subscription", subscription_id)
    if subscription is not None and subscription["status"] in BEHIND:
        collect(books, subscription)


def collect(books: Books, subscription: Document) -> Document:
    """Charge for the period that begins where the last one ended; a refusal makes it fall behind."""
    bill_now = owed(books, subscription)
    if bill_now.total and refusal(books, subscription):
        return _fall_behind(books, subscription)
    inner = books.inner(subscription["id"])
    rhythm = products.rhythm(products.of(books, subscription))
    start = inner["end"]
    until = calendar.next_after(inner["anchor"], *rhythm, start)
    if until <= books.now:
        until = calendar.next_after(inner["anchor"], *rhythm, books.now)
    return paid(books, subscription, bill_now, start, until)


def paid(books: Books, subscription: Document, bill_now: Bill, start: int, until: int) -> Document:
    """A period is paid for: transaction, dates, and `subscription.paid`."""
    inner = books.inner(subscription["id"])
    gross = inner["unit"] * subscription["items"][0]["units"] + inner["carried"]
    links = {"product": subscription["product"], "checkout": inner["checkout"], "card": inner["card"] or ""}
    transaction = transactions.paid(
        books, bill_now, subscription["customer"], inner["order"], subscription["id"], (start, until), **links
    )
    books.remember(subscription["id"], carried=min(gross, 0), failures=0, trial_end=None)
    subscription = run(books, {**subscription, "status": "active"}, start, until)
    subscription = note_payment(books, subscription, transaction)
    books.cancel_appointment("creem_retry", subscription["id"])
    events.announce(books, "subscription.paid", subscription)
    card = cards.by_number(inner["card"] or "")
    if card is not None and card.disputes:
        books.appoint(books.now + 1, "creem_dispute", transaction["id"])
    return subscription


def _fall_behind(books: Books, subscription: Document) -> Document:
    """Once past due, a few tries; then it expires, and a last try later it is canceled, as the rules of the house say."""
    rules = unpaid.rules_of(books.connection)
    failures = books.inner(subscription["id"])["failures"] + 1
    books.remember(subscription["id"], failures=failures)
    if subscription["status"] not in BEHIND:
        subscription = _becomes(books, subscription, "past_due")
    if failures <= len(rules["retry_days"]):
        books.appoint(books.now + rules["retry_days"][failures - 1] * DAY, "creem_retry", subscription["id"])
    elif subscription["status"] == "expired":
        return end(books, subscription)
    elif rules["final_action"] == "cancel":
        books.appoint(books.now + LAST_TRY_DAYS * DAY, "creem_retry", subscription["id"])
        subscription = _becomes(books, subscription, "expired")
    elif rules["final_action"] == "unpaid" and subscription["status"] != "unpaid":
        subscription = _becomes(books, subscription, "unpaid")
    return subscription


def _becomes(books: Books, subscription: Document, status: str) -> Document:
    subscription = records.change(books, subscription, status=status)
    events.announce(books, f"subscription.{status}", subscription)
    return subscription


def _stop(books: Books, subscription: Document) -> Document:
    for action in ("creem_renew", "creem_retry"):
        books.cancel_appointment(action, subscription["id"])
    return {name: value for name, value in subscription.items() if name != "next_transaction_date"}


def end(books: Books, subscription: Document) -> Document:
    """It is canceled, for good."""
    stopped = {**_stop(books, subscription), "canceled_at": records.iso(books.now)}
    return _becomes(books, stopped, "canceled")


def pause(books: Books, subscription: Document) -> Document:
    """Nothing is charged until it is resumed."""
    return _becomes(books, _stop(books, subscription), "paused")


def schedule_cancel(books: Books, subscription: Document, on_execute: str) -> Document:
    """It ends, or pauses, with its period."""
    books.remember(subscription["id"], on_execute=on_execute)
    stays = {name: value for name, value in subscription.items() if name != "next_transaction_date"}
    return _becomes(books, stays, "scheduled_cancel")


def resume(books: Books, subscription: Document) -> Document:
    """It goes on: in the period that was paid for, or in a new one from today that is charged at once."""
    inner = books.inner(subscription["id"])
    if books.now < inner["end"]:
        status = "trialing" if inner["trial_end"] else "active"
        subscription = run(books, {**subscription, "status": status}, inner["start"], inner["end"])
        events.announce(books, "subscription.update", subscription)
        return subscription
    books.remember(subscription["id"], anchor=books.now, end=books.now)
    subscription = records.change(books, subscription, status="active")
    events.announce(books, "subscription.update", subscription)
    return collect(books, subscription)
