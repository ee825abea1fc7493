"""Credits of the holders of seats: who has none yet of a period that was paid for, and how many seats had theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import Session, SQLModel

from nestpay.domain.change_credits import WITHIN_PERIOD
from nestpay.domain.ledger import LogType, Lot
from nestpay.domain.periods import RENEWAL_GRACE
from nestpay.domain.plans import SEATS
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.store.changes import orders, subscriptions
from nestpay.store.ledger import grants, lot_from
from nestpay.store.seats import ACTIVE
from nestpay.store.tables import SeatRow

seats = SQLModel.metadata.tables[SeatRow.__tablename__]
_OF_A_SEAT = ":seat:"
_GIVING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)


def key_of(lot: Lot, user_id: str) -> str:
    """The business key that lets a holder have the credits of a seat once a period: the owner's lot and the holder."""
    return f"{lot.key}{_OF_A_SEAT}{user_id}"


def due(session: Session, now: datetime, subscription_id: str | None = None) -> list[str]:
    """The subscriptions (of all, or this one) in which somebody holds a seat and has no credits of its present month."""
    its_key = grants.c.key + _OF_A_SEAT + seats.c.user_id
    others = grants.alias()
    query = (
        _present(now)
        .with_only_columns(subscriptions.c.id)
        .join(seats, seats.c.subscription_id == subscriptions.c.id)
        .where(
            seats.c.status == ACTIVE,
            ~select(others.c.id).where(others.c.key == its_key).exists(),
            _given(others) < subscriptions.c.quantity - 1,
        )
    )
    if subscription_id is not None:
        query = query.where(subscriptions.c.id == subscription_id)
    return list(session.scalars(query.distinct().order_by(subscriptions.c.id)))


def present_lot(session: Session, subscription_id: str, now: datetime) -> Lot | None:
    """The owner's lot of the month that runs, if it was paid for seats whose holders get credits of their own."""
    query = _present(now).where(subscriptions.c.id == subscription_id).order_by(grants.c.effective_at.desc())
    row = session.execute(query.with_only_columns(*grants.c)).mappings().first()
    return lot_from(row) if row else None


def given(session: Session, lot: Lot) -> set[str]:
    """The keys under which seats had their credits of the owner's lot's month, whoever holds them by now."""
    query = select(grants.c.key).where(grants.c.order_id == lot.order_id, grants.c.key.startswith(lot.key + _OF_A_SEAT))
    return set(session.scalars(query))


def holders(session: Session, subscription_id: str) -> list[str]:
    """Who holds seats beside the owner, in the order in which they came."""
    query = select(seats.c.user_id).where(seats.c.subscription_id == subscription_id, seats.c.status == ACTIVE)
    return list(session.scalars(query.order_by(seats.c.accepted_at, seats.c.id)))


def _present(now: datetime) -> Any:
    """Owners' lots of the months that run, of running subscriptions with several seats, each holder's credits their own."""
    return (
        select(grants)
        .join(subscriptions, subscriptions.c.id == grants.c.subscription_id)
        .join(orders, orders.c.id == grants.c.order_id)
        .where(
            grants.c.user_id == subscriptions.c.user_id,
            subscriptions.c.status.in_(_GIVING),
            subscriptions.c.quantity > 1,
            orders.c.granted[SEATS].as_integer() > 1,
            grants.c.source.in_((LogType.SUBSCRIPTION_GRANT, LogType.SUBSCRIPTION_DRIP)),
            ~or_(grants.c.key.endswith(WITHIN_PERIOD), grants.c.key.endswith(":replacement")),
            grants.c.closed_at.is_(None),
            grants.c.effective_at <= now,
            grants.c.expires_at > now + RENEWAL_GRACE,
        )
    )


def _given(others: Any) -> Any:
    """How many seats had their credits of the month of the lot that is looked at."""
    is_a_seats = others.c.key.startswith(grants.c.key + _OF_A_SEAT)
    return (
        select(func.count())
        .where(others.c.order_id == grants.c.order_id, is_a_seats)
        .correlate(grants)
        .scalar_subquery()
    )
