"""Which subscription status opens what: the one table, asked anew each time and never toggled by an event."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from nestpay.domain.plans import FREE_PROVIDER
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus

_OPENS = {
    SubscriptionStatus.TRIALING: "always",
    SubscriptionStatus.ACTIVE: "always",
    SubscriptionStatus.PAST_DUE: "grace",
    SubscriptionStatus.UNPAID: "never",
    SubscriptionStatus.PAUSED: "while_paid",
    SubscriptionStatus.INCOMPLETE: "never",
    SubscriptionStatus.INCOMPLETE_EXPIRED: "never",
    SubscriptionStatus.CANCELED: "until_end",
    SubscriptionStatus.PENDING: "never",
}


def opens(subscription: Subscription, now: datetime, grace: timedelta) -> bool:
    """Whether this subscription gives its plan's access at `now` (UTC); `grace` counts from when a payment was due."""
    rule = _OPENS[subscription.status]
    if rule == "grace":
        since = subscription.past_due_at or subscription.current_period_start
        return since is None or now < since + grace
    if rule == "while_paid":  # paused by its customer: what is paid for is kept
        is_own_wish = subscription.paused_at is not None
        return is_own_wish and subscription.current_period_end is not None and now < subscription.current_period_end
    if rule == "until_end":
        return subscription.ended_at is not None and now < subscription.ended_at
    return rule == "always"


def active_subscription(subscriptions: Iterable[Subscription], now: datetime, grace: timedelta) -> Subscription | None:
    """The one that decides the customer's plan: open ones first, then live ones, paid before free, the newest."""
    ranked = sorted(
        subscriptions,
        key=lambda each: (opens(each, now, grace), each.is_live, each.provider != FREE_PROVIDER, each.created_at),
        reverse=True,
    )
    return ranked[0] if ranked and (opens(ranked[0], now, grace) or ranked[0].is_live) else None
