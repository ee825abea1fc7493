"""The credit log of everybody as the admin's desk reads it: its newest lines, and what a time granted, spent and lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, select
from sqlmodel import Session

from nestpay.domain.ledger import LogLine, LogType
from nestpay.store import keyset
from nestpay.store.keyset import Place
from nestpay.store.ledger import logs

KEY_COLUMNS = (logs.c.created_at, logs.c.id)
# Written out, so that the index over all but these lines is known to hold what is asked for.
_NO_USE = literal_column("credit_logs.type <> 'feature_usage'")


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines are wanted; what is None or "" does not matter. Instants are UTC and half-open."""

    user_ids: tuple[str, ...] | None = None
    type: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(session: Session, wanted: LineFilter, place: Place | None, limit: int) -> Sequence[LogLine]:
    """Up to `limit` lines at a place of the list, the newest first."""
    query, is_narrow = _matching(select(logs), wanted), wanted.user_ids is not None
    rows = keyset.rows_at(session, query, KEY_COLUMNS, place=place, limit=limit, is_narrow=is_narrow)
    return [LogLine(**{**row, "type": LogType(row["type"])}) for row in rows]


def sums_by_type(session: Session, wanted: LineFilter) -> dict[str, int]:
    """How many credits the wanted lines moved, by the kind of line."""
    query = _matching(select(logs.c.type, func.sum(logs.c.amount)), wanted).group_by(logs.c.type)
    return {kind: int(amount) for kind, amount in session.execute(query)}


def _matching(query: Select[Any], wanted: LineFilter) -> Select[Any]:
    if wanted.user_ids is not None:
        query = query.where(logs.c.user_id.in_(wanted.user_ids))
    if wanted.type:
        query = query.where(logs.c.type == wanted.type)
        query = query if wanted.type == LogType.FEATURE_USAGE else query.where(_NO_USE)
    if wanted.since is not None:
        query = query.where(logs.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(logs.c.created_at < wanted.until)
    return query
