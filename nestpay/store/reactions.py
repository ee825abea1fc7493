"""Reactions of extensions to facts: written with what a fact changed, claimed in sets under a lease, never lost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from nestpay.store import bulk, claims
from nestpay.store.columns import new_id
from nestpay.store.tables import ReactionRow

_reactions = SQLModel.metadata.tables[ReactionRow.__tablename__]
_WAITING = ("waiting", "running", "failed")


def add(session: Session, wanted: Sequence[tuple[str, str, dict[str, Any], str | None]], now: datetime) -> None:
    """Remember who is to hear what: listener, kind of fact, the fact as JSON, and the user whom it changed."""
    rows = [
        {
            "id": new_id(),
            "listener": listener,
            "fact": fact,
            "payload": payload,
            "user_id": user_id,
            "status": "waiting",
            "attempts": 0,
            "error": "",
            "next_attempt_at": now,
            "created_at": now,
            "done_at": None,
        }
        for listener, fact, payload, user_id in wanted
    ]
    bulk.insert_all(session, _reactions, rows)


def claim(session: Session, limit: int, now: datetime, lease_until: datetime) -> list[ReactionRow]:
    """Take up to `limit` that are due, the oldest first; one whose worker died comes back when its lease is over."""
    ids = claims.take_due(session, _reactions, _WAITING, limit, now, lease_until, status="running")
    if not ids:
        return []
    rows = session.execute(select(_reactions).where(_reactions.c.id.in_(ids)).order_by(_reactions.c.id)).mappings()
    return [ReactionRow(**row) for row in rows]


def finish(session: Session, claimed: ReactionRow, now: datetime) -> None:
    """Note that it was heard, unless somebody has claimed it since."""
    _end(session, claimed, status="done", error="", done_at=now)


def fail(session: Session, claimed: ReactionRow, error: str, retry_at: datetime | None) -> None:
    """Note why it was not heard, and when to try again; None gives it up."""
    if retry_at is None:
        return _end(session, claimed, status="dead", error=error)
    return _end(session, claimed, status="failed", error=error, next_attempt_at=retry_at)


def _end(session: Session, claimed: ReactionRow, **values: Any) -> None:
    claims.let_go(session, _reactions, claimed.id, "running", claimed.attempts, **values)
