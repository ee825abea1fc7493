"""Reads the ledger to explain and to audit it: lots with what moved them, and whole logs in their order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel

from nestpay.domain.ledger import LogLine, LogType, Lot, Touch
from nestpay.store.among import among
from nestpay.store.ledger import grants, lineage, logs, lot_from, usage
from nestpay.store.reads import Read, rows_of
from nestpay.store.tables import OrderRow, UserRow

_tables = SQLModel.metadata.tables
orders, users = _tables[OrderRow.__tablename__], _tables[UserRow.__tablename__]


_MOVEMENT = (
    lineage.c.lot_id,
    lineage.c.log_id,
    lineage.c.amount,
    logs.c.type,
    logs.c.feature,
    logs.c.note,
    logs.c.created_at,
)

_LINES = select(logs.c.id, logs.c.seq, logs.c.type, logs.c.feature, logs.c.note, logs.c.created_at).where(
    among(logs.c.id, "log_ids")
)


@dataclass(frozen=True, slots=True)
class Movement:
    """One line's part in one lot: how many credits it moved, when and why."""

    lot_id: str
    log_id: str
    amount: int
    type: str
    feature: str
    note: str
    created_at: datetime


def lots_of(session: Session, user_id: str, limit: int) -> list[tuple[Lot, str]]:
    """A user's lots, the newest first, each with the description of the order that paid for it."""
    query = (
        select(grants, orders.c.description.label("paid_for"))
        .outerjoin(orders, orders.c.id == grants.c.order_id)
        .where(grants.c.user_id == user_id)
        .order_by(grants.c.created_at.desc(), grants.c.id.desc())
        .limit(limit)
    )
    return [(lot_from(row), row["paid_for"] or "") for row in session.execute(query).mappings()]


def movements_of_lots(session: Session, lot_ids: Sequence[str], limit: int) -> list[Movement]:
    """The newest `limit` movements of each of these lots, the newest first."""
    if not lot_ids:
        return []
    # Ids of lines sort by time, so that the index alone finds where a lot's newest begin, however much it moved.
    earlier = lineage.alias()
    of_lot = select(earlier.c.log_id).where(earlier.c.lot_id == grants.c.id).order_by(earlier.c.log_id.desc())
    since = func.coalesce(of_lot.offset(limit - 1).limit(1).scalar_subquery(), "")
    newest = (
        select(lineage.c.lot_id, lineage.c.log_id, lineage.c.amount)
        .select_from(grants)
        .join(lineage, (lineage.c.lot_id == grants.c.id) & (lineage.c.log_id >= since))
        .where(grants.c.id.in_(lot_ids))
    )
    moved = session.execute(newest).all()
    (found,) = rows_of(session, [Read(_LINES, {"log_ids": {row.log_id for row in moved}})])
    lines = {line["id"]: line for line in found}
    moved = sorted(moved, key=lambda row: lines[row.log_id]["seq"], reverse=True)
    return [_movement(row, lines[row.log_id]) for row in moved]


def _movement(row: Any, line: Any) -> Movement:
    words = (line[name] for name in ("type", "feature", "note", "created_at"))
    return Movement(row.lot_id, row.log_id, row.amount, *words)


def movements_of_line(session: Session, log_id: str) -> list[Movement]:
    """Which lots a line moved, and by how much."""
    query = select(*_MOVEMENT).join(logs, logs.c.id == lineage.c.log_id).where(logs.c.id == log_id)
    return [Movement(*row) for row in session.execute(query.order_by(lineage.c.lot_id))]


def line_of(session: Session, user_id: str, log_id: str) -> LogLine | None:
    """One of the user's own log lines."""
    row = session.execute(select(logs).where(logs.c.id == log_id, logs.c.user_id == user_id)).mappings().first()
    return LogLine(**{**row, "type": LogType(row["type"])}) if row else None


def account_ids(session: Session) -> list[str]:
    """Everybody who has an account, in order."""
    return list(session.scalars(select(usage.c.user_id).order_by(usage.c.user_id)))


def log_in_order(session: Session, user_id: str, chunk: int = 1000) -> Iterator[LogLine]:
    """A user's whole log, the oldest line first, each with what it touched in the order the hash was made over."""
    last = 0
    while True:
        query = select(logs).where(logs.c.user_id == user_id, logs.c.seq > last).order_by(logs.c.seq).limit(chunk)
        rows = session.execute(query).mappings().all()
        if not rows:
            return
        touches = _touches(session, [row["id"] for row in rows])
        for row in rows:
            yield LogLine(**{**row, "type": LogType(row["type"]), "touches": tuple(touches.get(row["id"], ()))})
        last = rows[-1]["seq"]


def _touches(session: Session, log_ids: list[str]) -> dict[str, list[Touch]]:
    found: dict[str, list[Touch]] = {}
    query = select(lineage).where(lineage.c.log_id.in_(log_ids)).order_by(lineage.c.lot_id)
    for row in session.execute(query):
        found.setdefault(row.log_id, []).append(Touch(row.lot_id, row.amount))
    return found


def all_lots(session: Session, user_id: str) -> list[Lot]:
    """Every lot of a user."""
    return [lot_from(row) for row in session.execute(select(grants).where(grants.c.user_id == user_id)).mappings()]
