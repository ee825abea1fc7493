"""Looks into the outbox for those who watch it: pages by keyset, one mail, and what did not leave since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session, SQLModel

from nestpay.store.tables import EmailRow

emails = SQLModel.metadata.tables[EmailRow.__tablename__]
TROUBLE, TROUBLED = "trouble", ("failed", "dead")
# Written out as the partial index has it: SQLite takes an index only for the very condition it was made with.
_IN_TROUBLE = text("status in ('failed', 'dead')")
_LISTED = [column for column in emails.c if column.name != "context"]


@dataclass(frozen=True, slots=True)
class MailFilter:
    """Which mails are meant; what is empty does not matter. `recipient` is a whole address."""

    status: str = ""
    template: str = ""
    recipient: str = ""


def page(session: Session, wanted: MailFilter, *, older: str | None, newer: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit` mails without their values, the newest first, on one side of an id."""
    query = select(*_LISTED).where(*_conditions(wanted))
    if newer:
        return session.execute(query.where(emails.c.id > newer).order_by(emails.c.id).limit(limit)).all()[::-1]
    if older:
        query = query.where(emails.c.id < older)
    return session.execute(query.order_by(emails.c.id.desc()).limit(limit)).all()


def by_id(session: Session, mail_id: str) -> EmailRow | None:
    """One mail with its values."""
    return session.get(EmailRow, mail_id)


def trouble(session: Session) -> tuple[int, int, datetime | None]:
    """How many mails failed and were given up, and since when the oldest of them waits."""
    per_status = select(emails.c.status, func.count(), func.min(emails.c.created_at)).where(_IN_TROUBLE)
    rows = {row[0]: row for row in session.execute(per_status.group_by(emails.c.status))}
    oldest = min((row[2] for row in rows.values()), default=None)
    return (rows["failed"][1] if "failed" in rows else 0, rows["dead"][1] if "dead" in rows else 0, oldest)


def _conditions(wanted: MailFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.status in (TROUBLE, *TROUBLED):
        found.append(_IN_TROUBLE)
    if wanted.status and wanted.status != TROUBLE:
        found.append(emails.c.status == wanted.status)
    if wanted.template:
        found.append(emails.c.template == wanted.template)
    if wanted.recipient:
        found.append(emails.c.recipient == wanted.recipient)
    return found
