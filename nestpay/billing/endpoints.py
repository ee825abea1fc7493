"""What an admin does about endpoints: add, change, test, rotate and remove them, and look at their deliveries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nestpay import hooks
from nestpay.billing import outgoing
from nestpay.billing.clock import real_now
from nestpay.billing.paging import Page, page_from, read_mark
from nestpay.domain.errors import AddressForbidden, EndpointOff, NotFound, Refused
from nestpay.domain.outgoing import TEST, OutgoingType
from nestpay.domain.standard_webhooks import secret_of
from nestpay.settings import get_settings
from nestpay.store import audit
from nestpay.store import endpoints as store
from nestpay.store import outgoing as outbox
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import OutgoingDeliveryRow, OutgoingEndpointRow, OutgoingEventRow

MOST_ENDPOINTS = 20
TYPES = tuple(str(each) for each in OutgoingType)
_LONGEST_DESCRIPTION = 200


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint as a list shows it; never its secret. `failing_since` is UTC, `waiting` counts deliveries."""

    id: str
    url: str
    description: str
    types: tuple[str, ...]
    is_active: bool
    reason: str
    failing_since: datetime | None
    waiting: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewEndpoint:
    """An endpoint and its secret, which is shown now and never again."""

    view: EndpointView
    secret: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery in the log: `queued|sending|delivered|failed|dead`, how often it was tried, and the last answer.

    `response_status` is 0 when no answer came; instants are UTC, `body` is the JSON that is sent.
    """

    id: str
    event_id: str
    type: str
    status: str
    attempts: int
    response_status: int
    response: str
    took_ms: int
    created_at: datetime
    attempted_at: datetime | None
    next_attempt_at: datetime | None
    body: str


def every() -> tuple[EndpointView, ...]:
    """All endpoints, the oldest first."""
    with reading() as session:
        waiting = store.waiting(session)
        return tuple(_view(row, waiting.get(row.id, 0)) for row in store.every(session))


def add(url: str, types: Iterable[str], *, description: str = "", by: str) -> NewEndpoint:
    """Let an address hear of `types` (of TYPES) from now on; `by` is the admin's id.

    Raises AddressForbidden, and Refused: no type or an unknown one, or too many endpoints.
    """
    now = real_now()
    row = OutgoingEndpointRow(id=new_id(), created_at=now, **_checked(url, types, description))
    with transaction() as session:
        if len(store.every(session)) >= MOST_ENDPOINTS:
            raise Refused("There are {most} endpoints already. Remove one first.", most=MOST_ENDPOINTS)
        store.add(session, row)
        audit.append(session, actor_id=by, action="endpoint.add", subject=row.id, at=now, after=_audited(row))
    return NewEndpoint(_view(row, 0), _secret(row))


def change(endpoint_id: str, url: str, types: Iterable[str], *, description: str = "", by: str) -> None:
    """Change where an endpoint is and what it hears of. Raises NotFound, and what `add` raises."""
    wanted = _checked(url, types, description)
    with transaction() as session:
        row = _existing(store.by_id(session, endpoint_id))
        before = _audited(row)
        store.change(session, endpoint_id, **wanted)
        audit.append(
            session,
            actor_id=by,
            action="endpoint.change",
            subject=endpoint_id,
            at=real_now(),
            before=before,
            after=wanted,
        )


def rotate(endpoint_id: str, *, by: str) -> str:
    """Give an endpoint a new secret and return it, once. The old one is signed with as well for a day. Raises NotFound."""
    now = real_now()
    with transaction() as session:
        row = _existing(store.by_id(session, endpoint_id))
        version = row.secret_version + 1
        store.change(session, endpoint_id, secret_version=version, rotated_at=now)
        audit.append(session, actor_id=by, action="endpoint.rotate", subject=endpoint_id, at=now)
    return secret_of(get_settings().secret_key.get_secret_value(), endpoint_id, version)


def switch(endpoint_id: str, *, on: bool, by: str) -> None:
    """Let an endpoint listen again, or no more. What waits for it is sent once it listens again. Raises NotFound."""
    now = real_now()
    with transaction() as session:
        _existing(store.by_id(session, endpoint_id))
        status = "active" if on else "disabled"
        store.change(session, endpoint_id, status=status, reason="", failing_since=None)
        audit.append(
            session, actor_id=by, action="endpoint.switch", subject=endpoint_id, at=now, after={"status": status}
        )
    outgoing.wake()


def remove(endpoint_id: str, *, by: str) -> None:
    """Take an endpoint away, with its log. Raises NotFound."""
    with transaction() as session:
        row = _existing(store.by_id(session, endpoint_id))
        store.remove(session, row)
        audit.append(
            session, actor_id=by, action="endpoint.remove", subject=endpoint_id, at=real_now(), before=_audited(row)
        )


def send_test(endpoint_id: str, *, by: str) -> DeliveryView:
    """Send an endpoint a test event now, and tell what it answered. Raises NotFound, EndpointOff."""
    now = real_now()
    with transaction() as session:
        row = _existing(store.by_id(session, endpoint_id))
        if row.status != "active":
            raise EndpointOff
        event = OutgoingEventRow(type=TEST, data={"endpoint_id": row.id}, created_at=now, told_at=now)
        session.add(event)
        session.flush()
        outbox.add_deliveries(session, [(event.id, endpoint_id)], now)
        audit.append(session, actor_id=by, action="endpoint.test", subject=endpoint_id, at=now)
    outgoing.deliver_due()
    return deliveries(endpoint_id, limit=1).rows[0]


def deliveries(endpoint_id: str, *, after: str | None = None, limit: int = 20) -> Page[DeliveryView]:
    """A page of what was sent to an endpoint, the newest first. Raises NotFound for a mark of no page."""
    mark = read_mark(after)
    if mark and not (mark.key.isalnum() and mark.key.isascii()):
        raise NotFound
    is_older = mark is not None and mark.direction == "older"
    with reading() as session:
        found = store.deliveries_of(
            session,
            endpoint_id,
            before=mark.key if mark and is_older else None,
            after=mark.key if mark and not is_older else None,
            limit=limit + 1,
        )
    return page_from(found, mark, limit, lambda pair: pair[0].id, lambda pair: _delivery(*pair))


def redeliver(delivery_id: str, *, by: str) -> DeliveryView:
    """Send a delivery again now, and tell what came of it. Raises NotFound, Refused when its endpoint is switched off."""
    now = real_now()
    with transaction() as session:
        found = store.delivery(session, delivery_id)
        if found is None:
            raise NotFound
        endpoint = _existing(store.by_id(session, found[0].endpoint_id))
        if endpoint.status != "active":
            raise EndpointOff
        store.send_again(session, delivery_id, now)
        audit.append(session, actor_id=by, action="endpoint.redeliver", subject=delivery_id, at=now)
    outgoing.deliver_due()
    with reading() as session:
        again = store.delivery(session, delivery_id)
    return _delivery(*(again or found))


def _checked(url: str, types: Iterable[str], description: str) -> dict[str, Any]:
    wanted = sorted(set(types))
    if not wanted or not set(wanted) <= set(TYPES):
        raise Refused("An endpoint hears of at least one of the types that there are.")
    try:
        hooks.check_address(url.strip(), public_only=get_settings().mode == "live")
    except hooks.Forbidden:
        raise AddressForbidden from None
    known_as = "".join(letter for letter in description if letter.isprintable()).strip()[:_LONGEST_DESCRIPTION]
    return {"url": url.strip(), "types": wanted, "description": known_as}


def _existing(row: OutgoingEndpointRow | None) -> OutgoingEndpointRow:
    if row is None:
        raise NotFound
    return row


def _secret(row: OutgoingEndpointRow) -> str:
    return secret_of(get_settings().secret_key.get_secret_value(), row.id, row.secret_version)


def _audited(row: OutgoingEndpointRow) -> dict[str, Any]:
    return {"url": row.url, "types": row.types, "description": row.description}


def _view(row: OutgoingEndpointRow, waiting: int) -> EndpointView:
    return EndpointView(
        id=row.id,
        url=row.url,
        description=row.description,
        types=tuple(row.types),
        is_active=row.status == "active",
        reason=row.reason,
        failing_since=row.failing_since,
        waiting=waiting,
        created_at=row.created_at,
    )


def _delivery(row: OutgoingDeliveryRow, event: OutgoingEventRow) -> DeliveryView:
    return DeliveryView(
        id=row.id,
        event_id=f"msg_{event.id}",
        type=event.type,
        status=row.status,
        attempts=row.attempts,
        response_status=row.response_status or 0,
        response=row.response,
        took_ms=row.took_ms or 0,
        created_at=row.created_at,
        attempted_at=row.attempted_at,
        next_attempt_at=row.next_attempt_at if row.status in ("queued", "failed") else None,
        body=outgoing.message(event).decode(),
    )
