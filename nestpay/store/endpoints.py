"""The endpoints that other people's programs listen at, and the log of what was delivered to each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, func, select, update

from nestpay.store.outgoing import forget_listeners
from nestpay.store.tables import OutgoingDeliveryRow, OutgoingEndpointRow, OutgoingEventRow

_table = SQLModel.metadata.tables[OutgoingEndpointRow.__tablename__]
_deliveries = SQLModel.metadata.tables[OutgoingDeliveryRow.__tablename__]


def add(session: Session, row: OutgoingEndpointRow) -> None:
    """Write a new endpoint."""
    session.add(row)
    forget_listeners()


def by_id(session: Session, endpoint_id: str) -> OutgoingEndpointRow | None:
    """One endpoint."""
    return session.get(OutgoingEndpointRow, endpoint_id)


def every(session: Session) -> Sequence[OutgoingEndpointRow]:
    """All endpoints, the oldest first."""
    return session.exec(select(OutgoingEndpointRow).order_by(col(OutgoingEndpointRow.id))).all()


def active(session: Session) -> list[OutgoingEndpointRow]:
    """Those that listen."""
    return [row for row in every(session) if row.status == "active"]


def change(session: Session, endpoint_id: str, **values: Any) -> None:
    """Set columns of one endpoint."""
    session.execute(update(_table).where(_table.c.id == endpoint_id).values(**values))
    forget_listeners()


def note_failing(session: Session, endpoint_id: str, since: datetime) -> datetime:
    """Remember since when an endpoint fails, unless that is known. Returns since when."""
    known = update(_table).where(_table.c.id == endpoint_id, _table.c.failing_since.is_(None))
    session.execute(known.values(failing_since=since))
    query = select(OutgoingEndpointRow.failing_since).where(OutgoingEndpointRow.id == endpoint_id)
    return session.exec(query).first() or since


def remove(session: Session, row: OutgoingEndpointRow) -> None:
    """Take an endpoint away, with its log."""
    session.delete(row)
    forget_listeners()


def waiting(session: Session) -> dict[str, int]:
    """How many deliveries wait, by endpoint."""
    query = (
        select(OutgoingDeliveryRow.endpoint_id, func.count())
        .where(col(OutgoingDeliveryRow.status).in_(("queued", "sending", "failed")))
        .group_by(col(OutgoingDeliveryRow.endpoint_id))
    )
    return {row[0]: row[1] for row in session.exec(query)}


def deliveries_of(
    session: Session, endpoint_id: str, *, before: str | None, after: str | None, limit: int
) -> list[tuple[OutgoingDeliveryRow, OutgoingEventRow]]:
    """Up to `limit` deliveries to an endpoint, the newest first, on one side of an id."""
    own = col(OutgoingDeliveryRow.id)
    query = (
        select(OutgoingDeliveryRow, OutgoingEventRow)
        .join(OutgoingEventRow, col(OutgoingEventRow.id) == OutgoingDeliveryRow.event_id)
        .where(OutgoingDeliveryRow.endpoint_id == endpoint_id)
    )
    if after:
        found = session.exec(query.where(own > after).order_by(own).limit(limit)).all()
        return [(row[0], row[1]) for row in reversed(found)]
    if before:
        query = query.where(own < before)
    return [(row[0], row[1]) for row in session.exec(query.order_by(own.desc()).limit(limit))]


def delivery(session: Session, delivery_id: str) -> tuple[OutgoingDeliveryRow, OutgoingEventRow] | None:
    """One delivery with its event."""
    query = (
        select(OutgoingDeliveryRow, OutgoingEventRow)
        .join(OutgoingEventRow, col(OutgoingEventRow.id) == OutgoingDeliveryRow.event_id)
        .where(OutgoingDeliveryRow.id == delivery_id)
    )
    found = session.exec(query).first()
    return (found[0], found[1]) if found else None


def send_again(session: Session, delivery_id: str, now: datetime) -> None:
    """Queue a delivery anew, as if it had never been tried. One that is being sent stays."""
    ended = (_deliveries.c.id == delivery_id) & (_deliveries.c.status != "sending")
    session.execute(update(_deliveries).where(ended).values(status="queued", attempts=0, next_attempt_at=now))
