"""What happens between a subscription and the one that takes over from it at another company.

The successor names its predecessor in its metadata. From then on the predecessor ends with its period, and what is left
of its credits goes over, until the successor's first payment brings new ones.
"""

from datetime import datetime

import structlog
from sqlmodel import Session

from nestpay.billing import allowance
from nestpay.domain.subscriptions import SUCCESSOR_OF, Subscription, SubscriptionStatus
from nestpay.store import drips
from nestpay.store import subscriptions as store

log = structlog.get_logger(__name__)

JOB = "moves"


def tie(session: Session, successor: Subscription) -> bool:
    """Tie a subscription to the one that its metadata says it takes over from. Returns whether that is new."""
    named = str(successor.provider_metadata.get(SUCCESSOR_OF, ""))
    known = store.by_id(session, named) if named and successor.is_live else None
    if known is None or known.user_id != successor.user_id or known.successor_id or not known.is_live:
        return False
    store.note(session, known.id, successor_id=successor.id)
    log.info("subscription.taken_over", subscription_id=known.id, successor_id=successor.id)
    return True


def end(session: Session, ended: Subscription, now: datetime) -> None:
    """The subscription's access is over: its credits end, unless a successor takes them over that was not paid yet."""
    successor = store.by_id(session, ended.successor_id) if ended.successor_id else None
    if successor is None or successor.status is not SubscriptionStatus.TRIALING:
        allowance.end(session, ended, now)
        return
    drips.call_off(session, ended.id, now)
    store.hand_over(session, ended.id, successor.id)
