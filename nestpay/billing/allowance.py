"""What a subscription gives over time: a yearly plan's monthly drips, the free plan's lots, and the end of both."""

from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session

from nestpay import signals
from nestpay.billing import entitled, reversals, seat_credits
from nestpay.billing.clock import billing_now
from nestpay.domain import emails, ledger
from nestpay.domain.drips import Drip, DripStatus
from nestpay.domain.ledger import Grant, LogType, Pool, Stamp
from nestpay.domain.periods import RENEWAL_GRACE, Interval, add_months
from nestpay.domain.plans import FREE_PROVIDER, PriceRow
from nestpay.domain.subscriptions import ENDED, Subscription, SubscriptionStatus
from nestpay.store import changes, plans
from nestpay.store import drips as store
from nestpay.store import seat_credits as seat_store
from nestpay.store import subscriptions as subscription_store
from nestpay.store.changes import Changes, Wanted
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import UserRow

log = structlog.get_logger(__name__)

_AT_ONCE = 200


def open_free_plan(session: Session, user: UserRow, environment: str) -> None:
    """Give a user with a proved address the free plan, once per mailbox. Its first month is the sign-up bonus."""
    price = _free_price(session, environment)
    if price is None:
        return
    now = billing_now()
    subscription = Subscription(
        id=new_id(),
        user_id=user.id,
        provider=FREE_PROVIDER,
        provider_subscription_id=f"free:{emails.fingerprint(user.email)}",
        plan_id=price.plan_id,
        price_id=price.id,
        status=SubscriptionStatus.ACTIVE,
        sales_group=price.sales_group,
        current_period_start=now,
        current_period_end=add_months(now, 1),
        anchor_at=now,
        created_at=now,
        updated_at=now,
    )
    if subscription_store.by_provider_id(session, FREE_PROVIDER, subscription.provider_subscription_id):
        return
    subscription_store.save(session, subscription)
    store.add_all(session, [_free_drip(subscription, 1, price)])


def run_due() -> int:
    """Grant the drips that are due, each in a commit of its own. Returns how many are settled now."""
    with reading() as session:
        ids = store.due(session, billing_now(), _AT_ONCE)
    done = 0
    for drip_id in ids:
        try:
            with transaction() as session:
                user_id = _run(session, drip_id, Stamp(billing_now(), new_id))
        except Exception as error:  # noqa: BLE001  one bad drip must not keep the others waiting; it stays due and is tried again
            log.error("allowance.drip_failed", drip_id=drip_id, error=repr(error))
            continue
        done += 1
        signals.publish([user_id] if user_id else [])
    return done


def end(session: Session, subscription: Subscription, now: datetime) -> None:
    """The subscription's access is over: what is left of its credits ends, and what was to come does not come."""
    seat_credits.end(
        session, subscription.id, {subscription.user_id, *seat_store.holders(session, subscription.id)}, now
    )
    store.call_off(session, subscription.id, now)


def _run(session: Session, drip_id: str, stamp: Stamp) -> str | None:
    """Grant one drip, or call it off. Returns the user whose credits changed.

    What a refunded or disputed payment promised is granted and taken back in proportion: that may still be undone, and
    then it is given back.
    """
    drip = store.pending(session, drip_id)
    if drip is None:
        return None
    order_ids = {drip.order_id} if drip.order_id else set()
    rows = changes.load(session, Wanted(user_ids={drip.user_id}, order_ids=order_ids), stamp.now)
    drip = store.pending(session, drip_id)  # who held the account's lock may have settled it
    if drip is None:
        return None
    everything = subscription_store.of_user(session, drip.user_id)
    subscription = next(each for each in everything if each.id == drip.subscription_id)
    if subscription.provider == FREE_PROVIDER:
        drip = _go_on(session, drip, subscription, stamp.now)
    order = rows.orders.get(drip.order_id or "")
    price = next(iter(plans.price_rows(session, [subscription.price_id or ""])), None)
    if order is not None and price is not None and order.price_id != price.id:  # the plan was changed within the year
        drip = replace(drip, amount=price.benefits.monthly_for(subscription.quantity))
    is_off = subscription.status in ENDED or _pays_elsewhere(subscription, everything, stamp.now)
    store.close(session, drip.id, DripStatus.CANCELED if is_off or drip.amount == 0 else DripStatus.GRANTED, stamp.now)
    if is_off or drip.amount == 0:
        return None
    wish = _wish(drip)
    cap = price.benefits.rollover_cap if price else 0
    posting = ledger.grant_period(rows.accounts[drip.user_id], wish, stamp, rollover_cap=cap, period_end=drip.ends_at)
    if order is None:
        rows.apply(Changes(postings=(posting,)))
    else:
        granted = order.granted | {"credits": int(order.granted.get("credits", 0)) + drip.amount}
        grown = replace(order, granted=granted, updated_at=stamp.now)
        rows.apply(Changes(orders=(grown,), postings=(posting,)))
        rows.apply(reversals.settle(grown, rows, stamp))
    rows.flush(session, stamp.now)
    return drip.user_id


def _wish(drip: Drip) -> Grant:
    return Grant(
        pool=Pool.SUBSCRIPTION,
        source=LogType.SUBSCRIPTION_DRIP,
        key=drip.key,
        amount=drip.amount,
        effective_at=drip.due_at,
        expires_at=drip.ends_at + RENEWAL_GRACE,
        order_id=drip.order_id,
        subscription_id=drip.subscription_id,
    )


def _pays_elsewhere(subscription: Subscription, everything: list[Subscription], now: datetime) -> bool:
    """The free plan gives nothing while a paid one of the same group is open."""
    return subscription.provider == FREE_PROVIDER and any(
        each.provider != FREE_PROVIDER and each.sales_group == subscription.sales_group and entitled.opens(each, now)
        for each in everything
    )


def _go_on(session: Session, drip: Drip, subscription: Subscription, now: datetime) -> Drip:
    """The free plan's next month: its period moves on and the next drip is stored. Its amount is today's plan's."""
    price = next(iter(plans.price_rows(session, [subscription.price_id or ""])), None)
    gives = price is not None and price.active
    moved = replace(subscription, current_period_start=drip.due_at, current_period_end=drip.ends_at, updated_at=now)
    subscription_store.save(session, moved)
    if price is not None:
        store.add_all(session, [_free_drip(subscription, drip.index + 1, price)])
    return replace(drip, amount=price.benefits.monthly_credits if price is not None and gives else 0)


def _free_drip(subscription: Subscription, index: int, price: PriceRow) -> Drip:
    anchor = subscription.anchor_at or subscription.created_at
    return Drip(
        id=new_id(),
        subscription_id=subscription.id,
        user_id=subscription.user_id,
        cause=subscription.provider_subscription_id,
        index=index,
        amount=price.benefits.monthly_credits,
        due_at=add_months(anchor, index),
        ends_at=add_months(anchor, index + 1),
    )


def _free_price(session: Session, environment: str) -> PriceRow | None:
    """The active monthly price that nobody has to pay, of a plan with monthly credits."""
    rows = {row.id for row in plans.active_plans(session, environment)}
    free = [
        price.id
        for price in plans.prices_of(session, rows)
        if price.provider == FREE_PROVIDER and price.interval == Interval.MONTH and price.active
    ]
    found = plans.price_rows(session, free)
    return next((price for price in found if price.benefits.monthly_credits), None)
