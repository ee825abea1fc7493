"""Holds: credits that are set aside, and the lots they came from."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select, update
from sqlmodel import Session, SQLModel

from nestpay.domain.holds import Hold, HoldStatus
from nestpay.domain.ledger import Lot, Touch
from nestpay.store.ledger import grants, lineage, lot_from
from nestpay.store.tables import CreditHoldRow

holds = SQLModel.metadata.tables[CreditHoldRow.__tablename__]


def add(session: Session, hold: Hold) -> None:
    """Write a new hold."""
    session.execute(holds.insert().values(asdict(hold)))


def by_key(session: Session, user_id: str, key: str) -> Hold | None:
    """The user's hold with this idempotency key."""
    row = session.execute(select(holds).where(holds.c.user_id == user_id, holds.c.key == key)).mappings().first()
    return Hold(**{**row, "status": HoldStatus(row["status"])}) if row else None


def by_id(session: Session, user_id: str, hold_id: str) -> Hold | None:
    """The user's own hold."""
    row = session.execute(select(holds).where(holds.c.id == hold_id, holds.c.user_id == user_id)).mappings().first()
    return Hold(**{**row, "status": HoldStatus(row["status"])}) if row else None


def close(session: Session, hold: Hold) -> None:
    """Write how a hold ended."""
    session.execute(
        update(holds)
        .where(holds.c.id == hold.id)
        .values(status=hold.status, settled_amount=hold.settled_amount, closed_at=hold.closed_at)
    )


def sources_of(session: Session, hold: Hold) -> list[tuple[Lot, Touch]]:
    """The lots a hold came from, as they are now, with what it took from each, in spend order."""
    query = (
        select(grants, lineage.c.amount.label("moved"))
        .join(lineage, lineage.c.lot_id == grants.c.id)
        .where(lineage.c.log_id == hold.log_id)
    )
    found = [(lot_from(row), Touch(row["id"], row["moved"])) for row in session.execute(query).mappings()]
    return sorted(found, key=lambda pair: pair[0].spend_rank)


def open_sum(session: Session, user_id: str) -> int:
    """How many credits a user's open holds hold."""
    query = select(func.coalesce(func.sum(holds.c.amount), 0))
    return int(session.execute(query.where(holds.c.user_id == user_id, holds.c.status == HoldStatus.OPEN)).scalar_one())


def expired(session: Session, now: datetime, limit: int) -> list[tuple[str, str]]:
    """The (user, hold) ids of open holds whose time is over, the oldest first."""
    query = (
        select(holds.c.user_id, holds.c.id)
        .where(holds.c.status == HoldStatus.OPEN, holds.c.expires_at <= now)
        .order_by(holds.c.expires_at)
        .limit(limit)
    )
    return [(user_id, hold_id) for user_id, hold_id in session.execute(query)]
