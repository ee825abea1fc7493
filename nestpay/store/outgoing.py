"""Writes what other programs are told in the commit in which it happens, and keeps the deliveries to them."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, event
from sqlmodel import Session, SQLModel, col, delete, select, update

from nestpay.domain import outgoing
from nestpay.domain.ledger import LogLine
from nestpay.domain.orders import Order
from nestpay.domain.outgoing import Happening
from nestpay.domain.subscriptions import Subscription
from nestpay.store import bulk, claims
from nestpay.store.columns import new_id
from nestpay.store.session import engine, reading
from nestpay.store.tables import OutgoingDeliveryRow, OutgoingEndpointRow, OutgoingEventRow

_tables = SQLModel.metadata.tables
events, deliveries = _tables[OutgoingEventRow.__tablename__], _tables[OutgoingDeliveryRow.__tablename__]
_ACTIVE, _WAITING = "active", ("queued", "sending", "failed")
_REMEMBERED_SECONDS = 2.0

_has_listeners: tuple[Engine, float, bool] | None = None
_looking = threading.Lock()
_bell: Callable[[], object] | None = None


def ring_with(bell: Callable[[], object]) -> None:
    """What to call after each commit in which something was recorded."""
    global _bell
    _bell = bell


def forget_listeners() -> None:
    """Look again whether anybody listens: an endpoint has come or gone."""
    global _has_listeners
    _has_listeners = None


def is_heard() -> bool:
    """Whether any endpoint listens at all, as of two seconds ago at most: without one, nothing is recorded.

    It is looked up by one thread at a time, on a connection of its own: who asks may be sending writes in one go, which
    no read can join, and if all waited for a second connection none would ever come free.
    """
    now, database = time.monotonic(), engine()
    known = _has_listeners if _has_listeners is not None and _has_listeners[0] is database else None
    is_fresh = known is not None and abs(now - known[1]) < _REMEMBERED_SECONDS
    if is_fresh or not _looking.acquire(blocking=False):
        return known[2] if known else True
    try:
        return _look(database, now)
    finally:
        _looking.release()


def _look(database: Engine, now: float) -> bool:
    global _has_listeners
    query = select(OutgoingEndpointRow.id).where(OutgoingEndpointRow.status == _ACTIVE).limit(1)
    with reading() as session:
        is_there = session.exec(query).first() is not None
    _has_listeners = (database, now, is_there)
    return is_there


def orders_changed(session: Session, changes: Iterable[tuple[Order | None, Order]], now: datetime) -> None:
    """Record what changes of orders (before, after) tell."""
    if is_heard():
        record(session, [told for before, after in changes for told in outgoing.of_order(before, after)], now)


def subscriptions_changed(
    session: Session, changes: Iterable[tuple[Subscription | None, Subscription]], now: datetime
) -> None:
    """Record what changes of subscriptions (before, after) tell."""
    if is_heard():
        record(session, [told for before, after in changes for told in outgoing.of_subscription(before, after)], now)


def lines_written(session: Session, lines: Iterable[LogLine], now: datetime) -> None:
    """Record what new lines of the credit log tell."""
    if is_heard():
        record(session, [outgoing.of_line(line) for line in lines], now)


def record(
    session: Session, happenings: Sequence[Happening], now: datetime, *, told_at: datetime | None = None
) -> list[str]:
    """Write events; with `told_at` they are not given to endpoints any more. Returns their ids."""
    rows = [
        {
            "id": new_id(),
            "type": str(each.type),
            "user_id": each.user_id,
            "data": each.data,
            "created_at": now,
            "told_at": told_at,
        }
        for each in happenings
    ]
    bulk.insert_all(session, events, rows)
    if rows and told_at is None and not session.info.get("nestpay_rings"):
        session.info["nestpay_rings"] = True
        event.listen(session, "after_commit", _ring, once=True)
    return [row["id"] for row in rows]


def _ring(_session: Session) -> None:
    if _bell is not None:
        _bell()


def untold(session: Session, limit: int) -> Sequence[OutgoingEventRow]:
    """Events that were not given to endpoints yet, the oldest first."""
    query = select(OutgoingEventRow).where(col(OutgoingEventRow.told_at).is_(None))
    return session.exec(query.order_by(col(OutgoingEventRow.id)).limit(limit)).all()


def mark_told(session: Session, ids: Iterable[str], now: datetime) -> set[str]:
    """Take events to be given to endpoints. Returns those that nobody else took."""
    statement = update(events).where(events.c.id.in_(sorted(ids)), events.c.told_at.is_(None)).values(told_at=now)
    return set(session.execute(statement.returning(events.c.id)).scalars())


def add_deliveries(session: Session, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Queue deliveries of (event, endpoint)."""
    rows = [
        {
            "id": new_id(),
            "event_id": event_id,
            "endpoint_id": endpoint_id,
            "status": "queued",
            "attempts": 0,
            "next_attempt_at": now,
            "created_at": now,
        }
        for event_id, endpoint_id in pairs
    ]
    bulk.insert_all(session, deliveries, rows)


def claim(
    session: Session, limit: int, now: datetime, lease_until: datetime
) -> list[tuple[OutgoingDeliveryRow, OutgoingEventRow, OutgoingEndpointRow]]:
    """Take up to `limit` due deliveries to active endpoints; nobody else takes them before `lease_until`."""
    listening = select(OutgoingEndpointRow.id).where(OutgoingEndpointRow.status == _ACTIVE)
    hears = deliveries.c.endpoint_id.in_(listening)
    ids = claims.take_due(session, deliveries, _WAITING, limit, now, lease_until, hears, status="sending")
    if not ids:
        return []
    query = (
        select(OutgoingDeliveryRow, OutgoingEventRow, OutgoingEndpointRow)
        .join(OutgoingEventRow, col(OutgoingEventRow.id) == OutgoingDeliveryRow.event_id)
        .join(OutgoingEndpointRow, col(OutgoingEndpointRow.id) == OutgoingDeliveryRow.endpoint_id)
        .where(col(OutgoingDeliveryRow.id).in_(ids))
        .order_by(col(OutgoingDeliveryRow.id))
    )
    return [(row[0], row[1], row[2]) for row in session.exec(query)]


def finish(session: Session, delivery: OutgoingDeliveryRow, **values: Any) -> bool:
    """Note what came of a claimed delivery. False when the claim was lost: who claims later has counted further."""
    return claims.let_go(session, deliveries, delivery.id, "sending", delivery.attempts, **values)


def forget_before(session: Session, instant: datetime, limit: int) -> int:
    """Take away up to `limit` events that happened before an instant, with their deliveries. Returns how many went."""
    old = select(OutgoingEventRow.id).where(OutgoingEventRow.created_at < instant).limit(limit)
    ids = list(session.exec(old))
    session.execute(delete(events).where(events.c.id.in_(ids)))
    return len(ids)
