"""Automatic top-ups: a pack that a customer agreed to buy whenever credits run low, once per crossing and capped.

The wish is one row. A crossing stores the order first; the charge, without a page, uses the order as its idempotency
key, so a crash in between leads to the same payment. A bank that wants the customer present stops it with a link.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from nestpay import queue, signals
from nestpay.billing import purchases
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.low_balance import TOP_UP_JOB
from nestpay.billing.matching import owner, price_of
from nestpay.domain import orders
from nestpay.domain.errors import (
    CapTooHigh,
    InvalidAmount,
    NotFound,
    NothingToCharge,
    PriceNotReady,
    ProviderRefused,
    ProviderTrouble,
    Refused,
)
from nestpay.domain.facts import ChargePaid
from nestpay.domain.ledger import Stamp
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.domain.plans import PriceRow, PriceType
from nestpay.providers import registry
from nestpay.providers.base import KEY_LIFE, Capability, ChargeRequest, ChargeResult
from nestpay.store import emails, leases, ledger, plans, subscriptions, users
from nestpay.store import orders as order_store
from nestpay.store import top_ups as store
from nestpay.store.changes import Changes, Rows
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.top_ups import TopUp

log = structlog.get_logger(__name__)

HIGHEST_MONTHLY_CAP = 20
_LEASE = timedelta(minutes=2)
"""Longer than a charge may take: two at once would ask the company the same at the same time, and one would be refused."""


@dataclass(frozen=True, slots=True)
class TopUpView:
    """A customer's wish as the page shows it. `action_url` is where a stopped payment is confirmed.

    `cause` says why nothing is bought though it is wished for: `needs_customer`, `declined` or `no_card` stopped a charge,
    `cap_reached` waits for the next month; "" when nothing is in the way.
    """

    price_id: str
    plan_title: str
    threshold: int
    monthly_cap: int
    enabled: bool
    used_this_month: int
    action_url: str
    cause: str = ""


def wish_of(user_id: str, *, locale: str = "en") -> TopUpView | None:
    """The customer's wish, or None when there never was one. The pack's title is in `locale`."""
    with reading() as session:
        wish = store.of_user(session, user_id)
        price = next(iter(plans.price_rows(session, [wish.price_id])), None) if wish else None
    if wish is None:
        return None
    used = wish.count_in_month if wish.month == _month(billing_now()) else 0
    title = price.title_in(locale) if price else ""
    is_capped = wish.enabled and used >= wish.monthly_cap
    return TopUpView(
        price_id=wish.price_id,
        plan_title=title,
        threshold=wish.threshold,
        monthly_cap=wish.monthly_cap,
        enabled=wish.enabled,
        used_this_month=used,
        action_url=wish.action_url,
        cause="cap_reached" if is_capped else wish.stopped_by,
    )


def set_wish(user_id: str, *, price_id: str, threshold: int, monthly_cap: int, enabled: bool = True) -> None:
    """Agree to buy a pack whenever fewer than `threshold` credits are left, at most `monthly_cap` times a month.

    Raises NotFound, PriceNotReady, InvalidAmount, CapTooHigh, NothingToCharge (never paid), Refused (no pack).
    """
    if threshold < 1 or monthly_cap < 1:
        raise InvalidAmount
    if monthly_cap > HIGHEST_MONTHLY_CAP:
        raise CapTooHigh(most=HIGHEST_MONTHLY_CAP)
    with transaction() as session:
        ledger.lock(session, user_id)
        price = next(iter(plans.price_rows(session, [price_id])), None)
        if price is None or not price.active:
            raise NotFound
        if price.type is not PriceType.ONE_TIME or not price.benefits.one_time_credits:
            raise Refused("Only a pack of credits can be bought automatically.")
        if price.provider not in registry.names() or not price.provider_price_id:
            raise PriceNotReady
        if Capability.OFF_SESSION not in registry.get(price.provider).capabilities:
            raise Refused("This payment company cannot charge without you being there.")
        if enabled and subscriptions.customer_of(session, user_id, price.provider) is None:
            raise NothingToCharge
        now = real_now()
        store.save(session, TopUp(user_id, price_id, threshold, monthly_cap, enabled), now)
        store.remember_threshold(session, user_id, threshold if enabled else 0)
    signals.publish([user_id])
    queue.enqueue(TOP_UP_JOB, user_id=user_id)


def stop(user_id: str) -> None:
    """Buy nothing automatically any more. Raises NotFound when there was no wish."""
    wish = wish_of(user_id)
    if wish is None:
        raise NotFound
    with transaction() as session:
        kept = TopUp(user_id, wish.price_id, wish.threshold, wish.monthly_cap, enabled=False)
        store.save(session, kept, real_now())
        store.remember_threshold(session, user_id, 0)
    signals.publish([user_id])


def run(user_id: str) -> bool:
    """Buy the wished pack if credits are low and the cap allows it. Returns whether a charge was tried."""
    lease = f"top_up:{user_id}"
    with transaction() as session:
        fence = leases.take(session, lease, new_id(), real_now(), real_now() + _LEASE)
    if fence is None:
        return False
    try:
        return _buy(user_id)
    finally:
        with transaction() as session:
            leases.give_back(session, lease, fence, real_now())


def _buy(user_id: str) -> bool:
    intended = _intend(user_id)
    if intended is None:
        return False
    order, price, customer_id = intended
    request = charge_for(order, customer_id)
    try:
        result = registry.get(order.provider).charge_off_session(request, idempotency_key=f"top_up:{order.id}")
    except ProviderRefused as refusal:
        result = ChargeResult(is_paid=False, reason=str(refusal))
    _conclude(order, price, result)
    return True


def charge_for(order: Order, customer_id: str) -> ChargeRequest:
    """What to ask of the provider for an order. It depends on the order alone, as the idempotency key does."""
    return ChargeRequest(
        order_id=order.id,
        customer_id=customer_id,
        currency=order.currency,
        amount_minor=order.amount_total,
        description=order.description,
        metadata={
            "order_id": order.id,
            "user_id": order.user_id,
            "plan_id": order.plan_id or "",
            "price_id": order.price_id or "",
        },
    )


def resume() -> int:
    """Take up what was stored and not concluded: a charge whose process died, a wish whose wake-up was lost.

    Returns how many charges were tried.
    """
    with reading() as session:
        waiting = store.unconcluded(session)
    tried = 0
    for user_id in waiting:
        try:
            tried += run(user_id)
        except ProviderTrouble as trouble:
            log.warning("top_up.waits", user_id=user_id, reason=str(trouble))
    return tried


def charge_paid(fact: ChargePaid, rows: Rows, stamp: Stamp) -> Changes:
    """A payment without a page went through: its order succeeds and its credits are granted, once."""
    found = rows.orders.get(fact.order_id or "") or rows.order_of_payment(fact.provider, fact.payment_intent_id, None)
    price = price_of(rows, found.price_id if found else fact.price_id, fact.provider)
    buyer = owner(fact.provider, fact.customer_id, found.user_id if found else fact.user_id, rows)
    order = found or _new_order(buyer.id, price, stamp.new_id(), stamp.now)
    if order.is_paid:
        return Changes()
    named = replace(order, provider_order_id=fact.payment_intent_id, provider_payment_intent_id=fact.payment_intent_id)
    return purchases.complete(named, price, fact.amounts, fact.at, rows, stamp)


def _intend(user_id: str) -> tuple[Order, PriceRow, str] | None:
    """The order to charge: one that was stored before, or a new one when credits are low. Under the user's lock."""
    now = billing_now()
    with transaction() as session:
        account = ledger.load_accounts(session, [user_id]).get(user_id)
        wish = store.of_user(session, user_id)
        if account is None or wish is None or not wish.enabled:
            return None
        if account.is_frozen or account.is_disabled:  # nobody's card is charged behind a payment in question
            return None
        store.looked(session, user_id)
        price = next(iter(plans.price_rows(session, [wish.price_id])), None)
        customer = subscriptions.customer_of(session, user_id, price.provider) if price else None
        if price is None or customer is None:
            return None
        if wish.waiting_order_id:
            stored = order_store.by_id(session, wish.waiting_order_id)
            if stored is not None and stored.status is OrderStatus.PENDING:
                if real_now() - stored.created_at < KEY_LIFE:
                    return stored, price, customer[0]
                order_store.end_pending(session, stored.id, OrderStatus.CANCELED, real_now())
                store.conclude(session, user_id, real_now())
        if account.available(now) >= wish.threshold or not price.active:
            return None
        used = wish.count_in_month if wish.month == _month(now) else 0
        if used >= wish.monthly_cap:
            return None
        order = _new_order(user_id, price, new_id(), real_now())
        order_store.add(session, order)
        store.begin(session, user_id, order.id, _month(now), used + 1, real_now())
    return order, price, customer[0]


def _conclude(order: Order, price: PriceRow, result: ChargeResult) -> None:
    from nestpay.billing import inbox  # the inbox's handlers include this module's

    if result.is_paid:
        inbox.apply(result.facts)
    now = real_now()
    with transaction() as session:
        if result.is_paid:
            store.conclude(session, order.user_id, now)
        else:
            order_store.end_pending(session, order.id, OrderStatus.FAILED, now)
            store.halt(session, order.user_id, _cause(result), "/dashboard/credits", now)
            store.remember_threshold(session, order.user_id, 0)
            emails.enqueue(session, _stopped_letter(session, order, price, needs_you=result.needs_customer), now)
            log.warning("top_up.stopped", order_id=order.id, needs_customer=result.needs_customer)
    queue.enqueue("outbox")
    signals.publish([order.user_id])


def _cause(result: ChargeResult) -> str:
    if not result.has_card:
        return "no_card"
    return "needs_customer" if result.needs_customer else "declined"


def _stopped_letter(session: Session, order: Order, price: PriceRow, *, needs_you: bool) -> list[Letter]:
    user = users.by_id(session, order.user_id)
    if user is None:
        return []
    return [
        Letter(
            dedupe_key=f"top_up_stopped:{order.id}",
            recipient=user.email,
            template="top_up_stopped",
            locale=user.locale,
            user_id=user.id,
            context={
                "name": user.name,
                "plan": price.title_in(user.locale),
                "order_number": orders.number(order.id),
                "currency": order.currency,
                "total": order.amount_total,
                "needs_you": needs_you,
            },
        )
    ]


def _new_order(user_id: str, price: PriceRow, order_id: str, now: datetime) -> Order:
    return Order(
        id=order_id,
        user_id=user_id,
        provider=price.provider,
        type=OrderType.PURCHASE,
        status=OrderStatus.PENDING,
        currency=price.currency,
        price_id=price.id,
        plan_id=price.plan_id,
        amount_subtotal=price.amount_minor,
        amount_total=price.amount_minor,
        provider_product_id=price.provider_product_id,
        provider_price_id=price.provider_price_id,
        description=price.plan_title,
        service="top_up",
        created_at=now,
        updated_at=now,
    )


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"
