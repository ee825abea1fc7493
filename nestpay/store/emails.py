"""The mail outbox: what is to be sent is a row first, and leaves only after that was committed."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select, update

from nestpay.domain.emails import is_anonymous
from nestpay.domain.letters import Letter
from nestpay.store import bulk, claims
from nestpay.store.columns import new_id
from nestpay.store.tables import EmailRow

_emails = SQLModel.metadata.tables[EmailRow.__tablename__]
_WAITING = ("queued", "sending", "failed")


def enqueue(session: Session, letters: Iterable[Letter], now: datetime) -> None:
    """Put letters into the outbox. One whose `dedupe_key` is there already, or whose account is gone, is left out.

    One that overrules takes the place of another that waits under its key.
    """
    wanted = [letter for letter in letters if not is_anonymous(letter.recipient)]
    wanted.sort(key=lambda letter: not letter.overrules)
    for letter in (letter for letter in wanted if letter.overrules):
        waiting = (col(EmailRow.dedupe_key) == letter.dedupe_key, col(EmailRow.status) == "queued")
        better = {"template": letter.template, "context": letter.context, "next_attempt_at": now}
        other = update(EmailRow).where(*waiting, col(EmailRow.template) != letter.template)
        session.execute(other.values(**better))
    rows = [_row(letter, now) for letter in wanted]
    bulk.insert_all(session, _emails, rows, once_per=("dedupe_key",))


def _row(letter: Letter, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "dedupe_key": letter.dedupe_key,
        "user_id": letter.user_id,
        "recipient": letter.recipient,
        "template": letter.template,
        "locale": letter.locale,
        "context": letter.context,
        "status": "queued",
        "attempts": 0,
        "error": "",
        "next_attempt_at": now + letter.waits,
        "created_at": now,
    }


def claim(session: Session, limit: int, now: datetime, lease_until: datetime) -> list[EmailRow]:
    """Take up to `limit` waiting mails, oldest due first; nobody else takes them before `lease_until`.

    A mail whose earlier lease is over (its sender died) is taken again.
    """
    ids = claims.take_due(session, _emails, _WAITING, limit, now, lease_until, status="sending")
    if not ids:
        return []
    rows = session.exec(select(EmailRow).where(col(EmailRow.id).in_(ids)))
    return sorted(rows, key=lambda row: row.id)


def mark_sent(session: Session, email: EmailRow, now: datetime) -> bool:
    """Note that a claimed mail left. False when the claim was lost meanwhile."""
    return _finish(session, email, status="sent", sent_at=now, error="")


def mark_failed(session: Session, email: EmailRow, error: str, retry_at: datetime | None) -> bool:
    """Note why a claimed mail did not leave, and when to try again; None gives it up. False when the claim was lost."""
    if retry_at is None:
        return _finish(session, email, status="dead", error=error)
    return _finish(session, email, status="failed", error=error, next_attempt_at=retry_at)


def _finish(session: Session, email: EmailRow, **values: Any) -> bool:
    return claims.let_go(session, _emails, email.id, "sending", email.attempts, **values)


def newest(session: Session, user_id: str, template: str) -> EmailRow | None:
    """The newest mail of this template to this user, sent or not."""
    return session.exec(
        select(EmailRow)
        .where(EmailRow.user_id == user_id, EmailRow.template == template)
        .order_by(col(EmailRow.created_at).desc(), col(EmailRow.id).desc())
        .limit(1)
    ).first()
