"""What a subscription is worth by the month, and what each step of its life was: the numbers that reports add up."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nestpay.domain.periods import months_of
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus

_COUNTED = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE})
"""Recurring revenue: who pays or is being asked to. A trial, a pause and an unpaid subscription bring nothing."""

_NOT_BEGUN = frozenset(
    {SubscriptionStatus.PENDING, SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED}
)
_OWING = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})
_UNPAID_END = "payment_failed"


class ChangeReason(StrEnum):
    """What one step of a subscription's life was."""

    STARTED = "started"
    TRIAL_STARTED = "trial_started"
    TRIAL_CONVERTED = "trial_converted"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    SWITCHED = "switched"
    SEATS_ADDED = "seats_added"
    SEATS_REMOVED = "seats_removed"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    RECOVERED = "recovered"
    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"
    ENDED_UNPAID = "ended_unpaid"


PLAN_CHANGES = frozenset(
    {
        ChangeReason.UPGRADED,
        ChangeReason.DOWNGRADED,
        ChangeReason.SWITCHED,
        ChangeReason.SEATS_ADDED,
        ChangeReason.SEATS_REMOVED,
    }
)
_BY_STATUS = {
    SubscriptionStatus.PAST_DUE: ChangeReason.PAST_DUE,
    SubscriptionStatus.UNPAID: ChangeReason.UNPAID,
    SubscriptionStatus.PAUSED: ChangeReason.PAUSED,
    SubscriptionStatus.TRIALING: ChangeReason.TRIAL_STARTED,
}
_BY_FORMER_STATUS = {
    SubscriptionStatus.TRIALING: ChangeReason.TRIAL_CONVERTED,
    SubscriptionStatus.PAUSED: ChangeReason.RESUMED,
    SubscriptionStatus.PAST_DUE: ChangeReason.RECOVERED,
    SubscriptionStatus.UNPAID: ChangeReason.RECOVERED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a subscription stands, as far as the metrics care. `mrr_minor` is minor units of `currency` a month."""

    status: str = ""
    plan_id: str | None = None
    price_id: str | None = None
    quantity: int = 0
    mrr_minor: int = 0
    currency: str = ""


def mrr_minor(subscription: Subscription, price: PriceRow | None) -> int:
    """The list price of a month, times the seats, rounded half up; 0 for what does not count and for a price unknown."""
    months = months_of(price.interval, price.interval_count) if price else 0
    if price is None or not months or subscription.status not in _COUNTED:
        return 0
    return (2 * price.amount_minor * subscription.quantity + months) // (2 * months)


def standing(subscription: Subscription, price: PriceRow | None) -> Standing:
    """Where a subscription stands now. One that was never paid or tried has not begun, so it stands nowhere."""
    if subscription.status in _NOT_BEGUN:
        return Standing()
    return Standing(
        status=str(subscription.status),
        plan_id=subscription.plan_id,
        price_id=subscription.price_id,
        quantity=subscription.quantity,
        mrr_minor=mrr_minor(subscription, price),
        currency=price.currency if price else "",
    )


def reason(before: Standing, after: Standing, ended_because: str = "") -> ChangeReason:
    """What the step from `before` to `after`, which differ, was. `ended_because` is the provider's word for an end."""
    if after.status == SubscriptionStatus.CANCELED:
        gave_up = ended_because == _UNPAID_END or (not ended_because and before.status in _OWING)
        return ChangeReason.ENDED_UNPAID if gave_up else ChangeReason.ENDED
    if not before.status:
        return _BY_STATUS.get(SubscriptionStatus(after.status), ChangeReason.STARTED)
    if before.status != after.status:
        stopped = _BY_STATUS.get(SubscriptionStatus(after.status))
        return stopped or _BY_FORMER_STATUS.get(SubscriptionStatus(before.status), ChangeReason.STARTED)
    if before.price_id != after.price_id:
        if after.mrr_minor == before.mrr_minor:
            return ChangeReason.SWITCHED
        return ChangeReason.UPGRADED if after.mrr_minor > before.mrr_minor else ChangeReason.DOWNGRADED
    return ChangeReason.SEATS_ADDED if after.quantity > before.quantity else ChangeReason.SEATS_REMOVED


def happened_at(step: ChangeReason, subscription: Subscription, started_at: datetime, now: datetime) -> datetime:
    """When a step happened (UTC): by the provider's own dates where it has one, else `now`, and never later."""
    dates = {
        ChangeReason.STARTED: started_at,
        ChangeReason.TRIAL_STARTED: subscription.trial_start,
        ChangeReason.TRIAL_CONVERTED: subscription.trial_end,
        ChangeReason.PAST_DUE: subscription.past_due_at,
        ChangeReason.PAUSED: subscription.paused_at,
        ChangeReason.ENDED: subscription.ended_at,
        ChangeReason.ENDED_UNPAID: subscription.ended_at,
    }
    return min(dates.get(step) or now, now)
