"""What each final fact changes: one small pure function a fact, in one table.

A handler gets the fact, the rows it may look at and a stamp (now, fresh ids), and returns the changes to make. It is
called with facts in any order and any number of times, and must then lead to the same rows.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from nestpay.billing import deliveries, notices, plan_changes, purchases, reversals, top_ups
from nestpay.billing.matching import amounts_of, invoiced_price, owner, price_of, unread_subscription
from nestpay.billing.purchases import granted, receipt
from nestpay.domain import drips as drip_rules
from nestpay.domain import ledger, orders
from nestpay.domain.drips import Drip
from nestpay.domain.facts import (
    BillingReason,
    ChargePaid,
    CheckoutExpired,
    CheckoutFact,
    CheckoutFailed,
    CheckoutPaid,
    CheckoutProcessing,
    CheckoutSubscribed,
    Disputed,
    Fact,
    InvoiceLine,
    InvoicePaid,
    PaymentLinked,
    Refunded,
)
from nestpay.domain.ledger import Grant, LogType, Pool, Stamp
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.domain.periods import RENEWAL_GRACE, months_of
from nestpay.domain.plans import SEATS, PriceRow, SeatCredits
from nestpay.domain.proration import CreditMove
from nestpay.domain.subscriptions import ENDED, Subscription, SubscriptionStatus
from nestpay.store.changes import Buyer, Changes, Rows, Wanted

_RECEIPTS = {
    OrderType.SUBSCRIPTION_INITIAL: "subscription_started",
    OrderType.SUBSCRIPTION_RENEWAL: "subscription_renewed",
}
_GRANTING_REASONS = frozenset({BillingReason.SUBSCRIPTION_CREATE, BillingReason.SUBSCRIPTION_CYCLE})
SEAT_CREDITS_JOB = "seat_credits"
_ID_SETS = {
    "session_id": "session_ids",
    "order_id": "order_ids",
    "invoice_id": "invoice_ids",
    "subscription_id": "subscription_ids",
    "customer_id": "customer_ids",
    "user_id": "user_ids",
    "price_id": "price_ids",
    "provider_price_id": "provider_price_ids",
    "payment_intent_id": "payment_intent_ids",
    "charge_id": "charge_ids",
}
"""Under which name a fact carries an id, and what it is looked up as."""


def wanted_by(facts: Iterable[Fact]) -> Wanted:
    """The ids whose rows the handlers of these facts look at."""
    wanted = Wanted()
    for fact in facts:
        wanted.providers.add(fact.provider)
        wanted.goes_back |= isinstance(fact, Refunded | Disputed)
        for name, ids in _ID_SETS.items():
            if value := getattr(fact, name, None):
                getattr(wanted, ids).add(value)
        for line in getattr(fact, "lines", ()):
            if line.provider_price_id:
                wanted.provider_price_ids.add(line.provider_price_id)
    return wanted


def checkout_paid(fact: CheckoutPaid, rows: Rows, stamp: Stamp) -> Changes:
    """A one-time purchase: the order succeeds and its credits are granted, once."""
    order = _order_of_checkout(fact, rows, stamp)
    if order.is_paid:
        return Changes()
    named = replace(
        order,
        provider_order_id=fact.session_id,
        provider_session_id=fact.session_id,
        provider_payment_intent_id=fact.payment_intent_id or order.provider_payment_intent_id,
        provider_invoice_id=fact.invoice_id or order.provider_invoice_id,
    )
    price = price_of(rows, order.price_id or fact.price_id, fact.provider)
    return purchases.complete(named, price, fact.amounts, fact.at, rows, stamp)


def checkout_subscribed(fact: CheckoutSubscribed, rows: Rows, stamp: Stamp) -> Changes:
    """A subscription checkout was completed: the order learns the subscription's id; the invoice grants.

    A session that we did not open has no order: its invoice makes one.
    """
    order = _known_order(fact, rows)
    if order is None:
        buyer = owner(fact.provider, fact.customer_id, fact.user_id, rows)
        return Changes(sync=((fact.provider, fact.subscription_id),), user_ids=(buyer.id,))
    linked = replace(
        order,
        provider_session_id=fact.session_id,
        provider_subscription_id=fact.subscription_id,
        updated_at=stamp.now,
    )
    sync = ((fact.provider, fact.subscription_id),)
    return Changes(orders=(linked,), sync=sync, user_ids=(order.user_id,))


def checkout_processing(fact: CheckoutProcessing, rows: Rows, stamp: Stamp) -> Changes:
    """The money is on its way: the order keeps waiting, tied to its session."""
    order = _order_of_checkout(fact, rows, stamp)
    return Changes(orders=(replace(order, provider_session_id=fact.session_id, updated_at=stamp.now),))


def checkout_failed(fact: CheckoutFailed, rows: Rows, stamp: Stamp) -> Changes:
    """The money did not arrive."""
    return _end_unpaid(fact, OrderStatus.FAILED, rows, stamp)


def checkout_expired(fact: CheckoutExpired, rows: Rows, stamp: Stamp) -> Changes:
    """Nobody paid in time."""
    return _end_unpaid(fact, OrderStatus.CANCELED, rows, stamp)


def invoice_paid(fact: InvoicePaid, rows: Rows, stamp: Stamp) -> Changes:
    """A subscription's money arrived: its order succeeds and the period's credits are set anew, once."""
    if fact.subscription_id is None:
        return Changes()
    known = rows.order_of_invoice(fact.provider, fact.invoice_id)
    if known and known.is_paid:
        return Changes()
    subscription = rows.subscription(fact.provider, fact.subscription_id)
    buyer = owner(fact.provider, fact.customer_id, subscription.user_id if subscription else fact.user_id, rows)
    price, line = invoiced_price(fact, rows)
    is_new = subscription is None
    subscription = subscription or unread_subscription(fact, buyer, price, stamp)
    change = plan_changes.of_invoice(fact, price, rows)
    is_period = fact.reason in _GRANTING_REASONS or change.move is CreditMove.NEW_PERIOD
    credits = price.benefits.monthly_for(line.quantity) if is_period else 0
    given = credits if is_period else max(0, change.gives)
    order = _paid_invoice_order(fact, known, buyer, subscription, price, given, rows, stamp)
    is_shared_out = is_period and line.quantity > 1 and price.benefits.credits_per_seat is SeatCredits.HOLDER
    if is_shared_out:
        order = replace(order, granted=order.granted | {SEATS: line.quantity})
    postings, drips = (), ()
    if credits:
        drips = _drips(line, order, subscription, credits, price, stamp)
        wish = _period_grant(fact, line, order, subscription, credits, price, drips)
        since = rows.present_since(subscription.id)
        cap = price.benefits.rollover_cap
        account = rows.accounts[buyer.id]
        postings = (
            ledger.grant_period(
                account, wish, stamp, period_end=line.period_end, current_since=since, rollover_cap=cap
            ),
        )
    if not is_period:
        since = rows.present_since(subscription.id)
        postings = plan_changes.postings(change, order, subscription, price, rows.accounts[buyer.id], since, stamp)
    is_unread = subscription.status is SubscriptionStatus.PENDING
    is_first = order.type is OrderType.SUBSCRIPTION_INITIAL
    parcels = deliveries.wanted(order.id, order.user_id, price.benefits.deliveries) if is_first else ()
    if subscription.status in ENDED and postings:
        ended_id = subscription.id  # its last invoice came after its end: what it grants ends with the rest
        postings = (postings[0].then(lambda left: ledger.end_subscription(left, ended_id, stamp)),)
        drips = ()
    return Changes(
        orders=(order,),
        subscriptions=(subscription,) if is_new else (),
        postings=postings,
        drips=drips,
        letters=_invoice_receipt(order, price, buyer, given, line),
        marks=parcels,
        sync=((fact.provider, fact.subscription_id),) if is_unread else (),
        jobs=(*((SEAT_CREDITS_JOB,) if is_shared_out else ()), *((deliveries.JOB,) if parcels else ())),
        user_ids=(buyer.id,),
    )


def handle(fact: Fact, rows: Rows, stamp: Stamp) -> Iterator[Changes]:
    """The changes that a fact asks for, each already visible in `rows` when the next is made.

    An order that was just paid, or has just learned its payment, is settled with the refunds that waited for it.
    """
    change = HANDLERS[type(fact)](fact, rows, stamp)
    rows.apply(change)
    yield change
    for order in change.orders if type(fact) in _SETTLING else ():
        described = reversals.describe(order, rows)
        rows.apply(Changes(orders=(described,)))
        settled = reversals.settle(described, rows, stamp)
        rows.apply(settled)
        yield settled


HANDLERS: dict[type[Fact], Callable[[Any, Rows, Stamp], Changes]] = {
    CheckoutPaid: checkout_paid,
    CheckoutSubscribed: checkout_subscribed,
    CheckoutProcessing: checkout_processing,
    CheckoutFailed: checkout_failed,
    CheckoutExpired: checkout_expired,
    InvoicePaid: invoice_paid,
    ChargePaid: top_ups.charge_paid,
    PaymentLinked: reversals.payment_linked,
    Refunded: reversals.refunded,
    Disputed: reversals.disputed,
    **notices.HANDLERS,
}
_SETTLING = frozenset({CheckoutPaid, ChargePaid, InvoicePaid, PaymentLinked})


def _end_unpaid(fact: CheckoutFact, status: OrderStatus, rows: Rows, stamp: Stamp) -> Changes:
    order = _order_of_checkout(fact, rows, stamp)
    ended = replace(
        order,
        status=orders.next_status(order.status, status),
        provider_session_id=fact.session_id,
        updated_at=stamp.now,
    )
    return Changes(orders=(ended,), user_ids=(order.user_id,))


def _known_order(fact: CheckoutFact, rows: Rows) -> Order | None:
    """The order of a session: by our id in its metadata, or by the session's id."""
    named = rows.orders.get(fact.order_id or "")
    if named and named.provider == fact.provider and named.provider_session_id in (None, fact.session_id):
        return named
    return rows.order_of_session(fact.provider, fact.session_id)


def _order_of_checkout(fact: CheckoutFact, rows: Rows, stamp: Stamp) -> Order:
    """The order of a session, made anew from what the fact says when it has none."""
    found = _known_order(fact, rows)
    if found:
        return found
    buyer = owner(fact.provider, fact.customer_id, fact.user_id, rows)
    price = price_of(rows, fact.price_id, fact.provider)
    return Order(
        id=stamp.new_id(),
        user_id=buyer.id,
        provider=fact.provider,
        type=OrderType.PURCHASE,
        status=OrderStatus.PENDING,
        currency=price.currency,
        price_id=price.id,
        plan_id=price.plan_id,
        provider_price_id=price.provider_price_id,
        provider_product_id=price.provider_product_id,
        description=price.plan_title,
        created_at=stamp.now,
        updated_at=stamp.now,
    )


def _paid_invoice_order(
    fact: InvoicePaid,
    known: Order | None,
    buyer: Buyer,
    subscription: Subscription,
    price: PriceRow,
    credits: int,
    rows: Rows,
    stamp: Stamp,
) -> Order:
    order_type = orders.type_for(fact.reason)
    waiting = rows.orders.get(fact.order_id or "")
    is_its_checkout = (
        waiting is not None
        and order_type is OrderType.SUBSCRIPTION_INITIAL
        and waiting.user_id == buyer.id
        and waiting.provider_invoice_id in (None, fact.invoice_id)
    )
    base = known or (waiting if is_its_checkout and waiting else None)
    base = base or Order(
        id=stamp.new_id(),
        user_id=buyer.id,
        provider=fact.provider,
        type=order_type,
        status=OrderStatus.PENDING,
        currency=fact.amounts.currency,
        created_at=stamp.now,
        updated_at=stamp.now,
    )
    return replace(
        base,
        **amounts_of(fact.amounts),
        status=OrderStatus.SUCCEEDED,
        provider_order_id=fact.invoice_id,
        provider_invoice_id=fact.invoice_id,
        provider_payment_intent_id=fact.payment_intent_id or base.provider_payment_intent_id,
        provider_subscription_id=fact.subscription_id,
        provider_price_id=price.provider_price_id,
        provider_product_id=price.provider_product_id,
        subscription_id=subscription.id,
        price_id=price.id,
        plan_id=price.plan_id,
        description=price.plan_title,
        invoice_url=fact.invoice_url or base.invoice_url,
        granted=granted(price, credits),
        paid_at=fact.at,
        updated_at=stamp.now,
    )


def _drips(
    line: InvoiceLine, order: Order, subscription: Subscription, credits: int, price: PriceRow, stamp: Stamp
) -> tuple[Drip, ...]:
    """The months of a longer period after its first, which was granted with the money."""
    months = price.benefits.total_months or months_of(price.interval, price.interval_count)
    return drip_rules.monthly(
        subscription_id=subscription.id,
        user_id=order.user_id,
        cause=order.id,
        order_id=order.id,
        amount=credits,
        anchor=subscription.anchor_at or line.period_start,
        start=line.period_start,
        months=months,
        until=line.period_end,
        new_id=stamp.new_id,
    )


def _period_grant(
    fact: InvoicePaid,
    line: InvoiceLine,
    order: Order,
    subscription: Subscription,
    credits: int,
    price: PriceRow,
    drips: tuple[Drip, ...],
) -> Grant:
    """The wish for a period's credits: they last until the next come, and a little longer."""
    return Grant(
        pool=Pool.SUBSCRIPTION,
        source=LogType.SUBSCRIPTION_GRANT,
        key=f"{fact.provider}:{fact.invoice_id}:subscription:{line.period_start:%Y-%m-%d}",
        amount=credits,
        effective_at=line.period_start,
        expires_at=(drips[0].due_at if drips else line.period_end) + RENEWAL_GRACE,
        order_id=order.id,
        subscription_id=subscription.id,
        note=price.plan_title,
    )


def _invoice_receipt(
    order: Order, price: PriceRow, buyer: Buyer, credits: int, line: InvoiceLine
) -> tuple[Letter, ...]:
    """The receipt of a subscription's invoice. What costs nothing renews in silence."""
    is_renewal = order.type is OrderType.SUBSCRIPTION_RENEWAL
    is_free = price.amount_minor == 0 or (order.amount_total == 0 and line.period_end <= line.period_start)
    if is_renewal and is_free:
        return ()
    letter = receipt(_RECEIPTS.get(order.type, "purchase_confirmation"), order, price, buyer, credits)
    return (replace(letter, context={**letter.context, "next_date": line.period_end.isoformat()}),)
