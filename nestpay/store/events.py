"""The webhook inbox: every delivery is stored once, claimed in sets under a lease, and never thrown away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session, SQLModel

from nestpay.domain.facts import ProviderEvent
from nestpay.store import bulk, claims
from nestpay.store.columns import new_id
from nestpay.store.tables import WebhookEventRow

events = SQLModel.metadata.tables[WebhookEventRow.__tablename__]
RECEIVED, PROCESSING, DONE, IGNORED, FAILED, DEAD = "received", "processing", "done", "ignored", "failed", "dead"
_WAITING = (RECEIVED, PROCESSING, FAILED)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an event could not be applied: the reason in a sentence, and where in the code when that helps."""

    reason: str
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One verified delivery and the status it is stored with. `failure` says why when it is not simply fine."""

    event: ProviderEvent
    status: str
    failure: Failure = Failure("")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A stored event that this worker may work on; `attempts` is the claim's fence."""

    id: str
    provider: str
    payload: str
    object_id: str
    attempts: int
    received_at: datetime


def insert_new(session: Session, arrivals: Sequence[Arrival], now: datetime, due: datetime) -> set[tuple[str, str]]:
    """Store those that were never seen. Returns the (provider, event id) of the new ones; a repetition changes nothing.

    Failed ones are due at `due`, the others at once.
    """
    rows = {(arrival.event.provider, arrival.event.id): _row(arrival, now, due) for arrival in reversed(arrivals)}
    return bulk.insert_new(session, events, list(rows.values()), once_per=("provider", "event_id"))


def _row(arrival: Arrival, now: datetime, due: datetime) -> dict[str, object]:
    event = arrival.event
    return {
        "id": new_id(),
        "provider": event.provider,
        "event_id": event.id,
        "type": event.type,
        "livemode": event.livemode,
        "api_version": event.api_version,
        "object_id": event.object_id,
        "payload": event.payload,
        "status": arrival.status,
        "attempts": int(arrival.status == FAILED),
        "next_attempt_at": due if arrival.status == FAILED else now,
        "lease_owner": "",
        "error": arrival.failure.reason,
        "trace": arrival.failure.trace,
        "occurred_at": event.occurred_at,
        "received_at": now,
        "done_at": now if arrival.status in (DONE, IGNORED) else None,
    }


def fail_new(session: Session, failures: Mapping[tuple[str, str], Failure], due: datetime) -> None:
    """Turn events that were just stored as done into failed ones, with the reason."""
    for (provider, event_id), failure in failures.items():
        session.execute(
            update(events)
            .where(events.c.provider == provider, events.c.event_id == event_id)
            .values(
                status=FAILED,
                error=failure.reason,
                trace=failure.trace,
                attempts=1,
                next_attempt_at=due,
                done_at=None,
            )
        )


def claim(session: Session, owner: str, limit: int, now: datetime, lease_until: datetime) -> list[Claimed]:
    """Take up to `limit` waiting events that are due, oldest first; one whose worker died comes back by itself."""
    taken = {"status": PROCESSING, "lease_owner": owner}
    ids = claims.take_due(session, events, _WAITING, limit, now, lease_until, **taken)
    if not ids:
        return []
    columns = [events.c[name] for name in Claimed.__dataclass_fields__]
    rows = session.execute(select(*columns).where(events.c.id.in_(ids)).order_by(events.c.occurred_at, events.c.id))
    return [Claimed(*row) for row in rows]


def claim_one(session: Session, event_row: str, owner: str, now: datetime, lease_until: datetime) -> Claimed | None:
    """Take one event up, whatever became of it before; None while somebody works on it."""
    columns = [events.c[name] for name in Claimed.__dataclass_fields__]
    taken = (
        update(events)
        .where(
            events.c.id == event_row,
            or_(events.c.status != PROCESSING, events.c.next_attempt_at <= now),
        )
        .values(
            status=PROCESSING,
            lease_owner=owner,
            attempts=events.c.attempts + 1,
            next_attempt_at=lease_until,
            done_at=None,
        )
    )
    row = session.execute(taken.returning(*columns)).first()
    return Claimed(*row) if row else None


def finish(session: Session, claimed: Iterable[Claimed], owner: str, status: str, now: datetime) -> int:
    """Mark claimed events as done or ignored. Returns how many were still ours."""
    ids = [each.id for each in claimed]
    if not ids:
        return 0
    statement = (
        update(events)
        .where(events.c.id.in_(ids), events.c.lease_owner == owner, events.c.status == PROCESSING)
        .values(status=status, done_at=now, error="", trace="", lease_owner="")
    )
    return len(session.execute(statement.returning(events.c.id)).all())


def fail(session: Session, claimed: Claimed, owner: str, failure: Failure, retry_at: datetime | None) -> None:
    """Note why a claimed event failed and when to try again; None gives it up until somebody replays it."""
    status = FAILED if retry_at else DEAD
    values: dict[str, object] = {
        "status": status,
        "error": failure.reason,
        "trace": failure.trace,
        "lease_owner": "",
    }
    if retry_at:
        values["next_attempt_at"] = retry_at
    session.execute(
        update(events)
        .where(events.c.id == claimed.id, events.c.lease_owner == owner, events.c.status == PROCESSING)
        .values(values)
    )


def settle_object(session: Session, provider: str, object_id: str, read_at: datetime, now: datetime) -> None:
    """A read of the object that began at `read_at` answers every event about it that was stored before."""
    session.execute(
        update(events)
        .where(
            events.c.provider == provider,
            events.c.object_id == object_id,
            events.c.received_at <= read_at,
            events.c.status.in_(_WAITING),
        )
        .values(status=DONE, done_at=now, error="", trace="", lease_owner="")
    )


def payloads(session: Session, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What was stored under these (provider, event id)."""
    query = select(events.c.provider, events.c.event_id, events.c.payload).where(
        events.c.event_id.in_([event_id for _, event_id in keys])
    )
    found = {(provider, event_id): payload for provider, event_id, payload in session.execute(query)}
    return {key: found[key] for key in keys if key in found}


def remark(session: Session, provider: str, event_id: str, text: str) -> None:
    """Write a remark beside an event that has none."""
    session.execute(
        update(events)
        .where(events.c.provider == provider, events.c.event_id == event_id, events.c.error == "")
        .values(error=text)
    )


def known_ids(session: Session, provider: str, event_ids: Sequence[str]) -> set[str]:
    """Which of these events are in the inbox."""
    query = select(events.c.event_id).where(events.c.provider == provider, events.c.event_id.in_(event_ids))
    return set(session.scalars(query))
