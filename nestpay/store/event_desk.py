"""Looks into the inbox for those who watch it: pages by keyset, one event, and how much is in trouble since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session

from nestpay.store.events import DEAD, FAILED, PROCESSING, RECEIVED, events
from nestpay.store.tables import WebhookEventRow

TROUBLED = (FAILED, DEAD)
TROUBLE = "trouble"
"""A filter's word for both."""
# Written out as the partial indexes have it: SQLite takes an index only for the very condition it was made with.
_IN_TROUBLE = text("status in ('failed', 'dead')")
_IS_WAITING = text("status in ('received', 'processing', 'failed')")
_LISTED = [column for column in events.c if column.name not in ("payload", "trace")]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are meant; what is empty does not matter. `type` is how a type begins, `about` an event's or object's id."""

    status: str = ""
    type: str = ""
    provider: str = ""
    about: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many events wait, failed and were given up, and since when the oldest of the last two is there."""

    waiting: int
    failed: int
    dead: int
    oldest: datetime | None


def page(session: Session, wanted: EventFilter, *, older: str | None, newer: str | None, limit: int) -> Sequence[Any]:
    """Up to `limit` events without their content, the newest first, on one side of an id."""
    query = select(*_LISTED).where(*_conditions(wanted))
    if newer:
        rows = session.execute(query.where(events.c.id > newer).order_by(events.c.id).limit(limit)).all()
        return rows[::-1]
    if older:
        query = query.where(events.c.id < older)
    return session.execute(query.order_by(events.c.id.desc()).limit(limit)).all()


def by_id(session: Session, event_row: str) -> WebhookEventRow | None:
    """One event with all it says."""
    return session.get(WebhookEventRow, event_row)


def count(session: Session, wanted: EventFilter, most: int) -> int:
    """How many events are meant, up to `most`."""
    found = select(events.c.id).where(*_conditions(wanted)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def oldest_ids(session: Session, wanted: EventFilter, after: str | None, limit: int) -> list[str]:
    """The ids of events that are meant, the oldest first, from behind an id on."""
    query = select(events.c.id).where(*_conditions(wanted))
    if after:
        query = query.where(events.c.id > after)
    return list(session.scalars(query.order_by(events.c.id).limit(limit)))


def trouble(session: Session) -> Trouble:
    """What does not go well at the moment."""
    counts: dict[str, int] = {}
    for condition in (_IS_WAITING, _IN_TROUBLE):
        per_status = select(events.c.status, func.count()).where(condition).group_by(events.c.status)
        counts |= {row[0]: row[1] for row in session.execute(per_status)}
    oldest = select(events.c.received_at).where(_IN_TROUBLE).order_by(events.c.id).limit(1)
    return Trouble(
        waiting=counts.get(RECEIVED, 0) + counts.get(PROCESSING, 0),
        failed=counts.get(FAILED, 0),
        dead=counts.get(DEAD, 0),
        oldest=session.scalars(oldest).first(),
    )


def types(session: Session, limit: int) -> list[str]:
    """The types among the newest events."""
    newest = select(events.c.type).order_by(events.c.id.desc()).limit(limit).subquery()
    return sorted(session.scalars(select(newest.c.type).distinct()))


def _conditions(wanted: EventFilter) -> list[Any]:
    found: list[Any] = []
    if wanted.status in (TROUBLE, *TROUBLED):
        found.append(_IN_TROUBLE)
    if wanted.status and wanted.status != TROUBLE:
        found.append(events.c.status == wanted.status)
    if wanted.provider:
        found.append(events.c.provider == wanted.provider)
    if wanted.type:
        found.append(events.c.type.startswith(wanted.type, autoescape=True))
    if wanted.about:
        found.append((events.c.event_id == wanted.about) | (events.c.object_id == wanted.about))
    if wanted.since:
        found.append(events.c.received_at >= wanted.since)
    if wanted.until:
        found.append(events.c.received_at < wanted.until)
    return found
