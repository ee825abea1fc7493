"""Drips: stored once with what promised them, claimed when due, called off when the promise ends."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session, SQLModel

from nestpay.domain.drips import Drip, DripStatus
from nestpay.domain.subscriptions import ENDED, SubscriptionStatus
from nestpay.store.ledger import insert_for
from nestpay.store.tables import CreditDripRow, SubscriptionRow

_tables = SQLModel.metadata.tables
drips, subscriptions = _tables[CreditDripRow.__tablename__], _tables[SubscriptionRow.__tablename__]
_GIVING = (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING)


def add_all(session: Session, rows: Sequence[Drip]) -> None:
    """Store drips; those that are there already stay as they are."""
    if rows:
        session.connection().execute(insert_for(session, drips).on_conflict_do_nothing(), [asdict(row) for row in rows])


def due(session: Session, now: datetime, limit: int) -> list[str]:
    """The ids of pending drips that are due and whose subscription gives or has ended, the oldest first."""
    query = (
        select(drips.c.id)
        .join(subscriptions, subscriptions.c.id == drips.c.subscription_id)
        .where(
            drips.c.status == DripStatus.PENDING,
            drips.c.due_at <= now,
            or_(subscriptions.c.status.in_(_GIVING), subscriptions.c.status.in_(ENDED)),
        )
        .order_by(drips.c.due_at, drips.c.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def pending(session: Session, drip_id: str) -> Drip | None:
    """A drip that is still pending. Who settles it holds its user's lock."""
    query = select(drips).where(drips.c.id == drip_id, drips.c.status == DripStatus.PENDING)
    row = session.execute(query).mappings().first()
    return Drip(**{**row, "status": DripStatus(row["status"])}) if row else None


def close(session: Session, drip_id: str, status: DripStatus, now: datetime) -> None:
    """Say how a drip ended."""
    session.execute(update(drips).where(drips.c.id == drip_id).values(status=status, closed_at=now))


def call_off(session: Session, subscription_id: str, now: datetime, *, except_cause: str | None = None) -> None:
    """Cancel what a subscription still has pending, but for one cause."""
    conditions = [drips.c.subscription_id == subscription_id, drips.c.status == DripStatus.PENDING]
    if except_cause is not None:
        conditions.append(drips.c.cause != except_cause)
    session.execute(update(drips).where(and_(*conditions)).values(status=DripStatus.CANCELED, closed_at=now))


def next_due(session: Session, subscription_id: str) -> datetime | None:
    """When the subscription's next drip comes."""
    query = select(drips.c.due_at).where(
        drips.c.subscription_id == subscription_id, drips.c.status == DripStatus.PENDING
    )
    return session.execute(query.order_by(drips.c.due_at).limit(1)).scalar()
