"""What an admin sees of the inbox: its events, what went wrong and since when, and deliveries that were refused."""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from nestpay.billing.clock import real_now
from nestpay.billing.paging import Page, page_from, read_mark, sides_of
from nestpay.billing.typed import clean, first_instant, last_instant, one_of
from nestpay.domain.errors import InvalidSpan, NotFound
from nestpay.store import event_desk as store
from nestpay.store import refused
from nestpay.store.event_desk import TROUBLE, EventFilter
from nestpay.store.session import reading

__all__ = ["STATUSES", "Event", "EventFilter", "Health", "Refused", "events", "health", "one", "types", "wanted"]

STATUSES = (TROUBLE, "received", "processing", "done", "ignored", "failed", "dead")
ALARM_AFTER = timedelta(minutes=30)
"""Until then a failed event may heal by itself; afterwards somebody should look."""
_REFUSED_DAYS = 30
_NEWEST = 500


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery. Instants are UTC; `payload` and `trace` are only there when one event is asked for."""

    id: str
    provider: str
    event_id: str
    type: str
    object_id: str
    status: str
    attempts: int
    error: str
    livemode: bool
    api_version: str
    occurred_at: datetime
    received_at: datetime
    done_at: datetime | None
    next_attempt_at: datetime | None
    payload: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Deliveries of a provider on one day (UTC) whose signature did not fit."""

    provider: str
    day: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """How the inbox is. `is_alarming` when something failed longer ago than half an hour."""

    waiting: int
    failed: int
    dead: int
    oldest: datetime | None
    is_alarming: bool
    refused: tuple[Refused, ...]


def wanted(
    *, status: str = "", type: str = "", provider: str = "", about: str = "", first: str = "", last: str = ""
) -> EventFilter:
    """A filter as somebody typed it; dates as 2027-02-01. Raises Unreadable, and InvalidSpan for an end before the start."""
    since, until = first_instant(first), last_instant(last)
    if since and until and until <= since:
        raise InvalidSpan
    return EventFilter(one_of(status, STATUSES), clean(type), clean(provider), clean(about), since, until)


def events(of: EventFilter, *, after: str | None = None, limit: int = 25) -> Page[Event]:
    """Events by keyset, the newest first. Raises NotFound for a mark that no page gave out."""
    mark = read_mark(clean(after))
    older, newer = sides_of(mark)
    with reading() as session:
        found = store.page(session, of, older=older, newer=newer, limit=limit + 1)
    return page_from(found, mark, limit, key=lambda row: row.id, show=_event)


def one(event_row: str) -> Event:
    """One event with what it said and where it failed. Raises NotFound."""
    with reading() as session:
        row = store.by_id(session, clean(event_row))
    if row is None:
        raise NotFound
    return replace(_event(row), payload=_readable(row.payload), trace=row.trace)


def types() -> tuple[str, ...]:
    """The types among the newest 500 events."""
    with reading() as session:
        return tuple(store.types(session, _NEWEST))


def health() -> Health:
    """What waits, what failed and since when, and what was refused in the last thirty days."""
    now = real_now()
    with reading() as session:
        found = store.trouble(session)
        bad = refused.since(session, f"{now - timedelta(days=_REFUSED_DAYS):%Y-%m-%d}")
    return Health(
        waiting=found.waiting,
        failed=found.failed,
        dead=found.dead,
        oldest=found.oldest,
        is_alarming=found.oldest is not None and now - found.oldest > ALARM_AFTER,
        refused=tuple(Refused(row.provider, row.day, row.count, row.last_at) for row in bad),
    )


def _event(row: Any) -> Event:
    return Event(
        id=row.id,
        provider=row.provider,
        event_id=row.event_id,
        type=row.type,
        object_id=row.object_id,
        status=row.status,
        attempts=row.attempts,
        error=row.error,
        livemode=row.livemode,
        api_version=row.api_version,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        done_at=row.done_at,
        next_attempt_at=row.next_attempt_at if row.status == "failed" else None,
    )


def _readable(payload: str) -> str:
    """JSON with its lines; anything else as it came."""
    try:
        return json.dumps(json.loads(payload), indent=2, ensure_ascii=False)
    except ValueError:
        return payload
