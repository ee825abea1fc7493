"""Moving a subscription from one payment company to another at the end of its period.

The customer agrees on the new company's page, where nothing is charged before the old period is over. Then the old
subscription is set to end with its period: access goes on, no day is paid twice, and the credits stay.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import structlog

from nestpay.billing import checkout
from nestpay.billing.checkout import Moving, Started
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.mirror import act, intent_key
from nestpay.billing.subscriptions import existing, free_of_schedule, held_by
from nestpay.billing.succession import JOB
from nestpay.domain.errors import (
    ChangeWaiting,
    Conflict,
    NestpayError,
    NoSubscription,
    NotInThisState,
    NotOffered,
    ProviderTrouble,
    SubscriptionEnding,
    TooLateToMove,
)
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.store import audit, plans
from nestpay.store import subscriptions as store
from nestpay.store.session import reading, transaction

__all__ = [
    "JOB",
    "Move",
    "Payment",
    "Way",
    "finish_due",
    "payment_for",
    "payment_of",
    "start",
    "start_for",
    "under_way",
    "ways",
]

log = structlog.get_logger(__name__)

LEAST_LEFT = timedelta(days=2)
"""A payment page lives a day, and a renewal in the meantime would be paid twice."""

_DAY = timedelta(days=1)
_OWES = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})


@dataclass(frozen=True, slots=True)
class Way:
    """A company that the held plan can be moved to, by the price it sells it for."""

    price_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Move:
    """A move that is under way: from one company to another, whose first payment is due at `at` (UTC)."""

    before: str
    after: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Payment:
    """Through which company a subscription is paid, where it can be moved to, and the move that is under way."""

    company: str
    ways: tuple[Way, ...] = ()
    move: Move | None = None


def payment_of(user_id: str) -> Payment:
    """How the user's subscription is paid. Raises NoSubscription."""
    held = held_by(user_id)
    company = registry.get(held.provider).title if held.provider in registry.names() else held.provider
    return Payment(company, ways(user_id), under_way(user_id))


def ways(user_id: str) -> tuple[Way, ...]:
    """Where the user's subscription can be moved to; nothing without one that runs undisturbed."""
    try:
        held = _movable(user_id)
    except NestpayError:
        return ()
    return tuple(Way(price.id, registry.get(price.provider).title) for price in _same_elsewhere(held))


def start(user_id: str, price_id: str, *, locale: str = "en", ip: str = "", by: str = "") -> Started:
    """Open the new company's page for the plan that is held; `by` is an admin, who hands the address on.

    Nothing changes until the customer agrees there. Raises NoSubscription, NotOffered, NotInThisState,
    SubscriptionEnding, ChangeWaiting, TooLateToMove, and what `checkout.start` does.
    """
    held = _movable(user_id)
    if price_id not in {price.id for price in _same_elsewhere(held)}:
        raise NotOffered
    left = (held.current_period_end or billing_now()) - billing_now()
    moving = Moving(held.id, ceil(left / _DAY))
    started = checkout.start(user_id, price_id, locale=locale, ip=ip, quantity=held.quantity, moving=moving)
    with transaction() as session:
        audit.append(
            session,
            actor_id=by or user_id,
            action="subscription.move",
            subject=f"subscription:{held.id}",
            at=real_now(),
            ip=ip,
        )
    return started


def payment_for(subscription_id: str) -> Payment:
    """How somebody's subscription is paid, for an admin. Nothing can be moved but what its owner's plan goes by.

    Raises NotFound, NoSubscription.
    """
    asked = existing(subscription_id)
    is_the_plans = asked.successor_id is not None or held_by(asked.user_id).id == asked.id
    return payment_of(asked.user_id) if is_the_plans else Payment("")


def start_for(subscription_id: str, price_id: str, *, by: str, ip: str = "") -> Started:
    """The same as `start` for somebody else: the admin `by` hands the address on to the owner. Raises NotFound too."""
    return start(existing(subscription_id).user_id, price_id, by=by, ip=ip)


def under_way(user_id: str) -> Move | None:
    """The user's move that waits for the end of the old period, if there is one."""
    with reading() as session:
        own = {each.id: each for each in store.of_user(session, user_id)}
    for before in own.values():
        after = own.get(before.successor_id or "")
        if before.is_live and after and after.is_live and {before.provider, after.provider} <= {*registry.names()}:
            at = after.trial_end or after.current_period_end
            if at:
                return Move(registry.get(before.provider).title, registry.get(after.provider).title, at)
    return None


def finish_due() -> int:
    """Set every subscription to end with its period that another one has taken over. Returns how many were tried."""
    with reading() as session:
        due = [(held, store.by_id(session, held.successor_id or "")) for held in store.taken_over(session)]
    for held, successor in due:
        if successor is None or not successor.is_live:
            with transaction() as session:
                store.note(session, held.id, successor_id=None)
            continue
        try:
            _end(held)
        except (ProviderTrouble, Conflict, NoSubscription) as trouble:
            log.warning("move.not_finished", subscription_id=held.id, error=str(trouble))
    return len(due)


def _end(held: Subscription) -> None:
    free_of_schedule(held)
    at_once = held.status in _OWES or held.status is SubscriptionStatus.PAUSED
    key = intent_key(held, "move", at_once)
    wish = {"at_once": at_once, "reason": "", "comment": "", "idempotency_key": key}
    act(held, lambda provider: provider.cancel(held.provider_subscription_id, **wish))


def _movable(user_id: str) -> Subscription:
    held = held_by(user_id)
    if held.status is not SubscriptionStatus.ACTIVE or held.successor_id:
        raise NotInThisState
    if held.cancels_at:
        raise SubscriptionEnding
    if held.scheduled_price_id:
        raise ChangeWaiting
    if held.current_period_end is None or held.current_period_end - billing_now() < LEAST_LEFT:
        raise TooLateToMove
    return held


def _same_elsewhere(held: Subscription) -> list[PriceRow]:
    """The prices of the same plan and interval at the other companies that are switched on."""
    with reading() as session:
        own = next(iter(plans.price_rows(session, [held.price_id or ""])), None)
        if own is None or own.plan_id is None:
            return []
        records = plans.prices_of(session, [own.plan_id])
        found = plans.price_rows(session, [record.id for record in records if record.active])
    return [
        price
        for price in found
        if price.provider in registry.names()
        and price.provider != held.provider
        and price.provider_price_id
        and (price.interval, price.interval_count) == (own.interval, own.interval_count)
    ]
