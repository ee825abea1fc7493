"""Answers that were given before, by whom they were given to and the key of the request."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from nestpay.store.tables import IdempotencyRow


def answer_to(session: Session, scope: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """The first request with this key, and its answer."""
    row = session.get(IdempotencyRow, (scope, key))
    return (row.request, row.answer) if row else None


def remember(session: Session, scope: str, key: str, request: str, answer: dict[str, Any], now: datetime) -> None:
    """Keep the answer to a request. The key must be new, which the caller's lock makes sure of."""
    session.add(IdempotencyRow(scope=scope, key=key, request=request, answer=answer, created_at=now))


def forget(session: Session, scope: str, key: str) -> bool:
    """Take an answer back, since what it said did not come about. Returns whether there was one."""
    row = session.get(IdempotencyRow, (scope, key))
    if row is None:
        return False
    session.delete(row)
    return True
