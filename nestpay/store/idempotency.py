"""Answers that were given before, by whom they were given to and the key of the request."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel

from nestpay.store.ledger import insert_for
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


def reserve(
    session: Session, scope: str, key: str, request: str, now: datetime, *, taken_over_before: datetime
) -> tuple[str, dict[str, Any]] | None:
    """Begin a request whose answer comes later: None when it is the caller's to carry out.

    Otherwise the first request with this key and its answer, which is empty while it is under way. An empty one that
    began before `taken_over_before` is taken over.
    """
    table = SQLModel.metadata.tables[IdempotencyRow.__tablename__]
    values = {"scope": scope, "key": key, "request": request, "answer": {}, "created_at": now}
    statement = insert_for(session, table).values(values).on_conflict_do_nothing(index_elements=["scope", "key"])
    if session.execute(statement.returning(table.c.key)).first():
        return None
    row = session.get(IdempotencyRow, (scope, key), with_for_update=True)
    if row is None or (row.answer == {} and row.request == request and row.created_at < taken_over_before):
        session.merge(IdempotencyRow(**values))
        return None
    return row.request, row.answer


def fill(session: Session, scope: str, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer to a request that was reserved."""
    row = session.get(IdempotencyRow, (scope, key))
    if row is not None:
        row.answer = answer
