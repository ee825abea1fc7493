"""Reads the audit log back: by who, what, about what and when, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from nestpay.store.tables import AuditRow, UserRow

_tables = SQLModel.metadata.tables
log, users = _tables[AuditRow.__tablename__], _tables[UserRow.__tablename__]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines are meant; what is empty does not matter. `action` is how an action begins: `plan` or `plan.edit`."""

    actor_id: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def page(session: Session, wanted: AuditFilter, *, older: str | None, newer: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit` lines with their actor's address, the newest first, on one side of an id."""
    query = select(log, users.c.email.label("actor_email")).outerjoin(users, users.c.id == log.c.actor_id)
    query = query.where(*_conditions(wanted))
    if newer:
        return session.execute(query.where(log.c.id > newer).order_by(log.c.id).limit(limit)).all()[::-1]
    if older:
        query = query.where(log.c.id < older)
    return session.execute(query.order_by(log.c.id.desc()).limit(limit)).all()


def actions(session: Session) -> list[str]:
    """Every action that was ever written down."""
    return sorted(session.scalars(select(log.c.action).distinct()))


def _conditions(wanted: AuditFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.actor_id:
        found.append(log.c.actor_id == wanted.actor_id)
    if wanted.action:
        found.append(log.c.action.startswith(wanted.action, autoescape=True))
    if wanted.subject:
        found.append(log.c.subject == wanted.subject)
    if wanted.since:
        found.append(log.c.at >= wanted.since)
    if wanted.until:
        found.append(log.c.at < wanted.until)
    return found
