"""Takes away what nobody needs any more, a few rows at a time, so that no other writer waits for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, delete, select, update

from nestpay.store.tables import IdempotencyRow, OneTimeTokenRow, SessionRow, WebhookEventRow

_SETTLED = ("done", "ignored")


def sessions(session: Session, before: datetime, limit: int) -> int:
    """Remove up to `limit` sessions that ended before `before`. Returns how many."""
    is_over = or_(col(SessionRow.expires_at) < before, col(SessionRow.revoked_at) < before)
    return _remove(session, col(SessionRow.id), is_over, limit)


def one_time_tokens(session: Session, before: datetime, limit: int) -> int:
    """Remove up to `limit` tokens that ran out before `before`. Returns how many."""
    return _remove(session, col(OneTimeTokenRow.id), col(OneTimeTokenRow.expires_at) < before, limit)


def remembered_answers(session: Session, before: datetime, limit: int) -> int:
    """Forget up to `limit` answers that were given before `before`. Returns how many."""
    old = select(IdempotencyRow).where(col(IdempotencyRow.created_at) < before).limit(limit)
    rows = list(session.exec(old))
    for row in rows:
        session.delete(row)
    return len(rows)


def event_payloads(session: Session, before: datetime, limit: int) -> int:
    """Empty the content of up to `limit` settled events received before `before`. Returns how many.

    One that failed keeps its content: it is still to be applied.
    """
    old = (
        select(col(WebhookEventRow.id))
        .where(
            col(WebhookEventRow.received_at) < before,
            col(WebhookEventRow.status).in_(_SETTLED),
            col(WebhookEventRow.payload) != "",
        )
        .order_by(col(WebhookEventRow.received_at))
        .limit(limit)
    )
    ids = list(session.exec(old))
    if ids:
        session.execute(update(WebhookEventRow).where(col(WebhookEventRow.id).in_(ids)).values(payload=""))
    return len(ids)


def _remove(session: Session, key: Any, condition: Any, limit: int) -> int:
    ids = list(session.scalars(select(key).where(condition).limit(limit)))
    if ids:
        session.execute(delete(key.class_).where(key.in_(ids)))
    return len(ids)
