"""Which plan somebody has right now: asked anew of all their subscriptions and of the seats they hold."""

from datetime import datetime, timedelta

from sqlmodel import Session

from nestpay.domain import access
from nestpay.domain.subscriptions import Subscription
from nestpay.settings import get_settings
from nestpay.store import subscriptions


def grace() -> timedelta:
    """How long a plan stays open after a payment was due."""
    return timedelta(days=get_settings().grace_days)


def opens(subscription: Subscription, now: datetime) -> bool:
    """Whether a subscription gives its plan's access at `now` (UTC)."""
    return access.opens(subscription, now, grace())


def held(session: Session, user_id: str, now: datetime) -> Subscription | None:
    """The subscription that decides the user's plan at `now` (UTC): their own, or one in which they hold a seat."""
    everything = (*subscriptions.of_user(session, user_id), *subscriptions.with_seat_of(session, user_id))
    return access.active_subscription((each for each in everything if each.is_of_plan), now, grace())
