"""Trials that were claimed: by account, by mailbox and by card, so that one person has one."""

from datetime import datetime

from sqlalchemy import select as select_columns
from sqlmodel import Session, col, or_, select, update

from nestpay.domain.orders import OrderStatus
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import leases
from nestpay.store.changes import orders, subscription_from, subscriptions
from nestpay.store.tables import TrialClaimRow

_CAME_TO_NOTHING = (OrderStatus.CANCELED, OrderStatus.FAILED)


def serialise(session: Session, what: str, now: datetime) -> None:
    """Let one transaction at a time decide about `what` (a mailbox or a card); the next one waits for its commit."""
    leases.take(session, f"trial:{what}", "", now, now)


def of_order(session: Session, order_id: str) -> TrialClaimRow | None:
    """The trial that was given with an order."""
    return session.exec(select(TrialClaimRow).where(TrialClaimRow.order_id == order_id)).first()


def has_had_one(session: Session, user_id: str, mailbox: str) -> bool:
    """Whether this account or mailbox had a trial, or has the payment page of one open under another account.

    A page that nobody paid at counts no more, and one's own open page never does: another checkout closes it.
    """
    query = (
        select_columns(col(TrialClaimRow.user_id), orders.c.status)
        .outerjoin(orders, orders.c.id == col(TrialClaimRow.order_id))
        .where(or_(col(TrialClaimRow.user_id) == user_id, col(TrialClaimRow.mailbox) == mailbox))
    )
    for claimant, status in session.execute(query):
        is_own_page = claimant == user_id and status == OrderStatus.PENDING
        if status not in _CAME_TO_NOTHING and not is_own_page:
            return True
    return False


def add(session: Session, claim: TrialClaimRow) -> None:
    """Keep a claim."""
    session.add(claim)


def unchecked(session: Session, limit: int) -> list[tuple[str, Subscription]]:
    """Running trials whose card was not looked at yet, as (claim id, subscription)."""
    return _running(session, col(TrialClaimRow.checked_at).is_(None), limit)


def to_end(session: Session, limit: int) -> list[tuple[str, Subscription]]:
    """Running trials that may not be and whose end the provider does not know yet, as (claim id, subscription)."""
    is_wished = col(TrialClaimRow.ends_at) < subscriptions.c.trial_end
    return _running(session, is_wished & subscriptions.c.cancels_at.is_(None), limit)


def _running(session: Session, condition: object, limit: int) -> list[tuple[str, Subscription]]:
    query = (
        select_columns(col(TrialClaimRow.id).label("claim_id"), subscriptions)
        .join(orders, orders.c.id == col(TrialClaimRow.order_id))
        .join(subscriptions, subscriptions.c.provider_subscription_id == orders.c.provider_subscription_id)
        .where(subscriptions.c.status == SubscriptionStatus.TRIALING, subscriptions.c.provider == orders.c.provider)
        .where(condition)  # pyright: ignore[reportArgumentType]
        .order_by(col(TrialClaimRow.id))
        .limit(limit)
    )
    found = []
    for row in session.execute(query).mappings():
        values = dict(row)
        claim_id = values.pop("claim_id")
        found.append((claim_id, subscription_from(values)))
    return found


def by_id(session: Session, claim_id: str) -> TrialClaimRow | None:
    """One claim, locked."""
    return session.exec(select(TrialClaimRow).where(TrialClaimRow.id == claim_id).with_for_update()).first()


def card_was_used(session: Session, claim_id: str, fingerprint: str) -> bool:
    """Whether another trial was paid for with this card and allowed."""
    query = select(TrialClaimRow.id).where(
        TrialClaimRow.card_fingerprint == fingerprint,
        TrialClaimRow.id != claim_id,
        col(TrialClaimRow.is_refused).is_(False),
    )
    return session.exec(query).first() is not None


def note(session: Session, claim_id: str, **columns: object) -> None:
    """Set columns of one claim."""
    session.execute(update(TrialClaimRow).where(col(TrialClaimRow.id) == claim_id).values(**columns))
