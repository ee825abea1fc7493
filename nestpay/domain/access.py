"""Which subscription status opens what: the one table, asked anew each time and never toggled by an event."""

from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a subscription gives its plan's access, by which rule of the table, and until when that holds (UTC)."""

    opens: bool
    rule: str
    until: datetime | None = None


def verdict(subscription: Subscription, now: datetime, grace: timedelta) -> Verdict:
    """What the table says of this subscription at `now` (UTC); `grace` counts from when a payment was due."""
    rule = _OPENS[subscription.status]
    if rule == "grace":
        since = subscription.past_due_at or subscription.current_period_start
        return Verdict(since is None or now < since + grace, rule, since + grace if since else None)
    if rule == "while_paid":  # paused by its customer: what is paid for is kept
        is_own_wish, until = subscription.paused_at is not None, subscription.current_period_end
        return Verdict(is_own_wish and until is not None and now < until, rule, until if is_own_wish else None)
    if rule == "until_end":
        until = subscription.ended_at
        return Verdict(until is not None and now < until, rule, until)
    return Verdict(rule == "always", rule, subscription.cancels_at if rule == "always" else None)


def opens(subscription: Subscription, now: datetime, grace: timedelta) -> bool:
    """Whether this subscription gives its plan's access at `now` (UTC); `grace` counts from when a payment was due."""
    return verdict(subscription, now, grace).opens


def active_subscription(subscriptions: Iterable[Subscription], now: datetime, grace: timedelta) -> Subscription | None:
    """The one that decides the customer's plan: open ones first, then live ones, paid before free, the newest."""
    ranked = sorted(
        subscriptions,
        key=lambda each: (opens(each, now, grace), each.is_live, each.provider != FREE_PROVIDER, each.created_at),
        reverse=True,
    )
    return ranked[0] if ranked and (opens(ranked[0], now, grace) or ranked[0].is_live) else None
