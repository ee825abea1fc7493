"""Creem's objects, as plain dicts, into our facts: one small function an event type, in one table.

Creem's price is its product, its invoice is the transaction, and that is the payment as well. Credits come with a paid
one-time checkout or `subscription.paid`; everything else that is said of a subscription only asks us to read it again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nestpay.domain.errors import MalformedEvent
from nestpay.domain.facts import (
    Amounts,
    BillingReason,
    CheckoutExpired,
    CheckoutPaid,
    CheckoutProcessing,
    CheckoutSubscribed,
    Disputed,
    Fact,
    InvoiceLine,
    InvoicePaid,
    PaymentFailed,
    PaymentLinked,
    PaymentMade,
    ProviderEvent,
    Refunded,
    SubscriptionChanged,
    SubscriptionState,
)
from nestpay.domain.plans import PriceType
from nestpay.domain.subscriptions import ENDED, SubscriptionStatus
from nestpay.providers.creem.shapes import (
    PROVIDER,
    SCHEDULED_CANCEL,
    STATUSES,
    TYPES,
    UNKNOWN_STATUS,
    Thing,
    id_of,
    instant,
    item_id_of,
    list_amounts,
    metadata_of,
    payment_amounts,
    product_id_of,
    refund_status,
    thing_of,
    units_of,
)

_SAME_MOMENT = timedelta(minutes=2)
"""A subscription's first period begins within this of its creation; a later one does not."""


def translate(event: ProviderEvent) -> tuple[Fact, ...]:
    """The facts of one event; nothing for a type we do not act on. Raises MalformedEvent when a field is missing."""
    read = _READERS.get(event.type)
    if read is None:
        return ()
    try:
        return read(event.body["object"], event.occurred_at)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise MalformedEvent(reason=f"{event.type} without {error}") from error


def checkout_facts(checkout: Thing, at: datetime) -> tuple[Fact, ...]:
    """What a checkout proves in the state it is in."""
    hints = _checkout_hints(checkout, at)
    status = checkout.get("status")
    if status == "expired":
        return (CheckoutExpired(**hints),)
    if status == "processing":
        return (CheckoutProcessing(**hints),)
    if status != "completed":
        return ()
    if is_recurring(checkout):
        subscription_id = id_of(checkout.get("subscription"))
        subscribed = (CheckoutSubscribed(**hints, subscription_id=subscription_id),) if subscription_id else ()
        return subscribed + _trial_facts(checkout, at)
    order = thing_of(checkout.get("order"))
    if order and order.get("status") not in (None, "paid"):
        return (CheckoutProcessing(**hints),)
    product = thing_of(checkout.get("product"))
    amounts = payment_amounts(order) if order else list_amounts(product, int(checkout.get("units") or 1))
    payment = id_of(order.get("transaction"))
    return (CheckoutPaid(**hints, amounts=amounts, payment_intent_id=payment, invoice_id=id_of(order) or None),)


def is_recurring(checkout: Thing) -> bool:
    """Whether a checkout sells a subscription: its product says so, else its order, else that there is one."""
    word = thing_of(checkout.get("product")).get("billing_type") or thing_of(checkout.get("order")).get("type")
    if word in TYPES:
        return TYPES[word] is PriceType.RECURRING
    return bool(checkout.get("subscription"))


def _checkout_hints(checkout: Thing, at: datetime) -> dict[str, Any]:
    metadata = metadata_of(checkout)
    return {
        "provider": PROVIDER,
        "at": at,
        "session_id": checkout["id"],
        "customer_id": id_of(checkout.get("customer")),
        "order_id": metadata.get("order_id") or checkout.get("request_id"),
        "user_id": metadata.get("user_id"),
        "price_id": metadata.get("price_id"),
    }


def _trial_facts(checkout: Thing, at: datetime) -> tuple[Fact, ...]:
    """A checkout that began a trial took no money: its order is complete, and its credits come when it pays."""
    subscription = thing_of(checkout.get("subscription"))
    if subscription.get("status") != "trialing":
        return ()
    product = checkout.get("product") or subscription.get("product")
    return trial_began({**subscription, "product": product, "customer": checkout.get("customer")}, at)


def trial_began(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    """A trial as the invoice of nothing that it is."""
    currency = str(thing_of(subscription.get("product")).get("currency") or "usd").lower()
    return (_paid(subscription, f"{subscription['id']}:trial", BillingReason.TRIAL_START, _nothing(currency), at),)


def _nothing(currency: str) -> Amounts:
    return Amounts(subtotal=0, discount=0, tax=0, total=0, currency=currency)


def payment_facts(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    """The newest payment of a subscription, when one was made; Creem's events leave out how much was paid."""
    transaction = thing_of(subscription.get("last_transaction"))
    payment = id_of(transaction) or id_of(subscription.get("last_transaction_id"))
    if payment is None or transaction.get("status") not in (None, "paid"):
        return ()
    created, start = instant(subscription.get("created_at")), _period(subscription)[0]
    is_first = created is not None and abs(start - created) < _SAME_MOMENT
    reason = BillingReason.SUBSCRIPTION_CREATE if is_first else BillingReason.SUBSCRIPTION_CYCLE
    unread = _paid(subscription, payment, reason, _nothing(""), at)
    if not transaction:
        return (PaymentMade(provider=PROVIDER, at=at, invoice=unread),)
    return (with_amounts(unread, transaction),)


def with_amounts(invoice: InvoicePaid, transaction: Thing) -> InvoicePaid:
    """The same invoice with what its transaction says was paid."""
    amounts = payment_amounts(transaction)
    (line,) = invoice.lines
    return replace(invoice, amounts=amounts, lines=(replace(line, amount=amounts.total),))


def _paid(subscription: Thing, invoice_id: str, reason: BillingReason, amounts: Amounts, at: datetime) -> InvoicePaid:
    metadata = metadata_of(subscription)
    has_payment = reason is not BillingReason.TRIAL_START
    return InvoicePaid(
        provider=PROVIDER,
        at=at,
        invoice_id=invoice_id,
        subscription_id=subscription["id"],
        customer_id=id_of(subscription.get("customer")),
        reason=reason,
        amounts=amounts,
        lines=(_line(subscription, amounts.total),),
        payment_intent_id=invoice_id if has_payment else None,
        order_id=metadata.get("order_id"),
        user_id=metadata.get("user_id"),
        price_id=metadata.get("price_id"),
    )


def _line(subscription: Thing, amount: int) -> InvoiceLine:
    start, end = _period(subscription)
    product_id = product_id_of(subscription)
    return InvoiceLine(
        provider_price_id=product_id,
        provider_product_id=product_id,
        quantity=units_of(subscription),
        amount=amount,
        proration=False,
        period_start=start,
        period_end=end,
        text=thing_of(subscription.get("product")).get("name") or "",
    )


def _period(subscription: Thing) -> tuple[datetime, datetime]:
    start = instant(subscription.get("current_period_start_date")) or instant(subscription.get("created_at"))
    end = instant(subscription.get("current_period_end_date")) or instant(subscription.get("next_transaction_date"))
    if start is None or end is None:
        raise ValueError("a period")
    return start, end


def subscription_state(subscription: Thing) -> SubscriptionState:
    """A subscription object as a plain value, its status by the one table."""
    word = str(subscription.get("status") or "")
    status = STATUSES.get(word, UNKNOWN_STATUS)
    start, end = (instant(subscription.get(f"current_period_{side}_date")) for side in ("start", "end"))
    created = instant(subscription["created_at"]) or start
    assert created is not None
    touched = instant(subscription.get("updated_at")) or created
    canceled_at = instant(subscription.get("canceled_at"))
    is_trial, is_ending = status is SubscriptionStatus.TRIALING, word == SCHEDULED_CANCEL
    metadata = metadata_of(subscription)
    return SubscriptionState(
        provider=PROVIDER,
        subscription_id=subscription["id"],
        customer_id=id_of(subscription.get("customer")) or "",
        status=status,
        provider_price_id=product_id_of(subscription),
        quantity=units_of(subscription),
        current_period_start=start,
        current_period_end=end,
        cancel_at_period_end=is_ending,
        cancels_at=end if is_ending else None,
        canceled_at=canceled_at or (touched if is_ending else None),
        ended_at=(canceled_at or touched) if status in ENDED else None,
        trial_start=start if is_trial else None,
        trial_end=end if is_trial else None,
        anchor_at=start,
        created_at=created,
        order_id=metadata.get("order_id"),
        user_id=metadata.get("user_id"),
        metadata=metadata,
        ended_because="payment_failed" if word == "expired" else "",
        item_id=item_id_of(subscription),
        paused_at=touched if status is SubscriptionStatus.PAUSED else None,
        newest_payment=_newest_payment(subscription, touched),
    )


def _newest_payment(subscription: Thing, at: datetime) -> InvoicePaid | None:
    found = payment_facts(subscription, at) if thing_of(subscription.get("last_transaction")) else ()
    return next((fact for fact in found if isinstance(fact, InvoicePaid)), None)


def _changed(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    customer = id_of(subscription.get("customer"))
    return (SubscriptionChanged(provider=PROVIDER, at=at, subscription_id=subscription["id"], customer_id=customer),)


def _subscription_paid(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    """A payment, and a period that moved on: no other event tells of it."""
    found = payment_facts(subscription, at)
    if not found:
        raise ValueError("a transaction")
    return found + _changed(subscription, at)


def _trialing(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    return trial_began(subscription, at) + _changed(subscription, at)


def _unpaid(attempt: int) -> Callable[[Thing, datetime], tuple[Fact, ...]]:
    """A payment was refused. Creem names no invoice that is due, so the period's end does."""

    def read(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
        metadata, (_, end) = metadata_of(subscription), _period(subscription)
        amounts = list_amounts(thing_of(subscription.get("product")), units_of(subscription))
        failed = PaymentFailed(
            provider=PROVIDER,
            at=at,
            invoice_id=f"{subscription['id']}:due:{end:%Y-%m-%d}",
            subscription_id=subscription["id"],
            customer_id=id_of(subscription.get("customer")),
            reason=BillingReason.SUBSCRIPTION_CYCLE,
            amounts=amounts,
            lines=(_line(subscription, amounts.total),),
            user_id=metadata.get("user_id"),
            price_id=metadata.get("price_id"),
            attempt=attempt,
        )
        return (failed, *_changed(subscription, at))

    return read


def refund_facts(
    *, refund_id: str, amount: int, currency: str, status: str, reason: str, transaction: Thing, at: datetime
) -> tuple[Fact, ...]:
    """A refund, and which order its payment belongs to.

    Creem's API gives whole payments back and names no refund, its event does: one of a whole payment is called after
    the payment, so that both are the same refund.
    """
    payment = id_of(transaction)
    is_whole = payment is not None and amount >= payment_amounts(transaction).total
    said = Refunded(
        provider=PROVIDER,
        at=at,
        refund_id=f"{payment}:refund" if is_whole else refund_id,
        amount=amount,
        currency=currency.lower(),
        status=status,
        reason=reason,
        payment_intent_id=payment,
    )
    return (*_linked(transaction, at), said)


def _refunded(refund: Thing, at: datetime) -> tuple[Fact, ...]:
    transaction = thing_of(refund.get("transaction"))
    amount, currency = refund["refund_amount"], refund["refund_currency"]
    details = {"status": refund_status(refund.get("status")), "reason": refund.get("reason") or "", "at": at}
    if transaction:
        return refund_facts(
            refund_id=refund["id"], amount=amount, currency=currency, transaction=transaction, **details
        )
    payment = id_of(refund["transaction"])
    return (
        Refunded(
            provider=PROVIDER,
            refund_id=refund["id"],
            amount=amount,
            currency=currency.lower(),
            payment_intent_id=payment,
            **details,
        ),
    )


def _disputed(dispute: Thing, at: datetime) -> tuple[Fact, ...]:
    transaction = dispute.get("transaction")
    said = Disputed(
        provider=PROVIDER,
        at=at,
        dispute_id=dispute["id"],
        amount=dispute["amount"],
        currency=str(dispute["currency"]).lower(),
        status="needs_response",
        payment_intent_id=id_of(transaction),
    )
    return (*_linked(thing_of(transaction), at), said)


def _linked(transaction: Thing, at: datetime) -> tuple[Fact, ...]:
    """Which order of Creem's a payment paid: a one-time purchase is known by it before its payment is."""
    payment, order_id = id_of(transaction), id_of(transaction.get("order"))
    if not payment or not order_id or transaction.get("subscription"):
        return ()
    return (PaymentLinked(provider=PROVIDER, at=at, payment_intent_id=payment, invoice_id=order_id),)


def _completed(checkout: Thing, at: datetime) -> tuple[Fact, ...]:
    return checkout_facts({**checkout, "status": "completed"}, at)


_READERS: dict[str, Callable[[Thing, datetime], tuple[Fact, ...]]] = {
    "checkout.completed": _completed,
    "subscription.paid": _subscription_paid,
    "subscription.trialing": _trialing,
    "subscription.active": _changed,
    "subscription.update": _changed,
    "subscription.scheduled_cancel": _changed,
    "subscription.canceled": _changed,
    "subscription.expired": _changed,
    "subscription.paused": _changed,
    "subscription.past_due": _unpaid(1),
    "subscription.unpaid": _unpaid(2),
    "refund.created": _refunded,
    "dispute.created": _disputed,
}
