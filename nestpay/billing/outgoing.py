"""Tells other programs what happened: events of the outbox become deliveries, which are signed, sent and tried again."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from nestpay import hooks, queue
from nestpay.billing import credits, entitlements
from nestpay.billing.clock import real_now
from nestpay.domain.letters import Letter
from nestpay.domain.outgoing import Happening, OutgoingType
from nestpay.domain.standard_webhooks import secret_of, signed_headers
from nestpay.settings import DEFAULT_LOCALE, get_settings
from nestpay.store import emails, endpoints
from nestpay.store import outgoing as store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import OutgoingDeliveryRow, OutgoingEndpointRow, OutgoingEventRow

JOB = "outgoing"
OLD_SECRET_LIFE = timedelta(hours=24)
"""After a rotation messages are signed with both secrets this long."""

PATIENCE = timedelta(days=5)
"""An endpoint that has failed for so long without one success is switched off."""

_WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
_SET = 16
_AT_ONCE = 8
_LEASE = timedelta(minutes=2)
_GONE = 410

log = structlog.get_logger(__name__)


def wake() -> None:
    """Let a worker look at the outbox."""
    queue.enqueue(JOB)


store.ring_with(wake)


def work() -> int:
    """Give waiting events to their endpoints and send a set of what is due. Returns how much was done."""
    return tell_waiting() + deliver_due()


def tell_waiting(limit: int = 200) -> int:
    """Make a delivery of each waiting event for each endpoint that wishes for its type. Returns how many events.

    Whose orders, subscriptions or credits changed among them gets one `customer.state_changed` as well.
    """
    with reading() as session:
        found = store.untold(session, limit)
        listening = endpoints.active(session)
    if not found:
        return 0
    wants_states = any(_wants(row, OutgoingType.CUSTOMER_STATE_CHANGED) for row in listening)
    users = sorted({each.user_id for each in found if each.user_id}) if wants_states else []
    states = {user_id: customer_state(user_id) for user_id in users}
    now = real_now()
    with transaction() as session:
        taken = store.mark_told(session, [each.id for each in found], now)
        told = [each for each in found if each.id in taken]
        pairs = [(each.id, row.id) for each in told for row in listening if _wants(row, each.type)]
        changed = sorted({each.user_id for each in told if each.user_id} & states.keys())
        news = [Happening(OutgoingType.CUSTOMER_STATE_CHANGED, user_id, states[user_id]) for user_id in changed]
        ids = store.record(session, news, now, told_at=now)
        wanting = [row.id for row in listening if _wants(row, OutgoingType.CUSTOMER_STATE_CHANGED)]
        pairs += [(event_id, endpoint_id) for event_id in ids for endpoint_id in wanting]
        store.add_deliveries(session, pairs, now)
    return len(found)


def deliver_due() -> int:
    """Send a set of due deliveries, several at once. Returns how many were tried."""
    now = real_now()
    with transaction() as session:
        claimed = store.claim(session, _SET, now, now + _LEASE)
    if claimed:
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="nestpay-outgoing") as pool:
            list(pool.map(lambda each: _deliver(*each), claimed))
    return len(claimed)


def customer_state(user_id: str) -> dict[str, Any]:
    """What `customer.state_changed` carries: plan, status, credits and everything that may be used, as they are now."""
    held = credits.get_user_benefits(user_id)
    dates = {"current_period_end": held.current_period_end, "next_credit_date": held.next_credit_date}
    return {
        "user_id": user_id,
        "plan_id": held.active_plan_id,
        "plan": held.plan_title,
        "subscription_status": held.subscription_status,
        **{name: instant.isoformat().replace("+00:00", "Z") if instant else None for name, instant in dates.items()},
        "credits": {
            "total": held.total_available_credits,
            "subscription": held.subscription_credits_balance,
            "one_time": held.one_time_credits_balance,
            "held": held.held_credits,
            "debt": held.debt,
        },
        "entitlements": list(entitlements.all_of(user_id)),
    }


def secrets_of(row: OutgoingEndpointRow, now: datetime) -> tuple[str, ...]:
    """The secrets that messages to an endpoint are signed with now: its own, and for a while the one before."""
    house = get_settings().secret_key.get_secret_value()
    is_fresh = row.rotated_at is not None and now < row.rotated_at + OLD_SECRET_LIFE
    versions = (row.secret_version, row.secret_version - 1) if is_fresh else (row.secret_version,)
    return tuple(secret_of(house, row.id, version) for version in versions)


def forget_old(step: int = 500) -> int:
    """Take away events older than EVENT_PAYLOAD_DAYS, with their log. Returns how many."""
    before, total = real_now() - timedelta(days=get_settings().event_payload_days), 0
    while True:
        with transaction() as session:
            gone = store.forget_before(session, before, step)
        total += gone
        if gone < step:
            return total


def _wants(row: OutgoingEndpointRow, kind: str) -> bool:
    return kind in row.types


def _deliver(delivery: OutgoingDeliveryRow, event: OutgoingEventRow, endpoint: OutgoingEndpointRow) -> None:
    now = real_now()
    body = message(event)
    headers = signed_headers(secrets_of(endpoint, now), f"msg_{event.id}", int(now.timestamp()), body)
    headers["User-Agent"] = "nestpay-webhooks/1"
    try:
        answer = hooks.post(endpoint.url, body, headers, public_only=get_settings().mode == "live")
    except hooks.NotReached as trouble:
        _fail(delivery, endpoint, None, str(trouble), 0)
        return
    if not answer.is_good:
        _fail(delivery, endpoint, answer.status, answer.text, answer.took_ms)
        return
    with transaction() as session:
        store.finish(session, delivery, status="delivered", **_seen(answer.status, answer.text, answer.took_ms))
        if endpoint.failing_since:
            endpoints.change(session, endpoint.id, failing_since=None)


def message(event: OutgoingEventRow) -> bytes:
    """The body that is sent for an event, the same at each attempt."""
    at = event.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"type": event.type, "timestamp": at, "data": event.data}, separators=(",", ":")).encode()


def _seen(status: int | None, text: str, took_ms: int) -> dict[str, Any]:
    return {"response_status": status, "response": text, "took_ms": took_ms, "attempted_at": real_now()}


def _fail(
    delivery: OutgoingDeliveryRow, endpoint: OutgoingEndpointRow, status: int | None, text: str, took_ms: int
) -> None:
    """Try again later, or never; an endpoint that says it is gone, or has failed for days, is switched off."""
    now = real_now()
    is_last = delivery.attempts > len(_WAITS)
    wait = _WAITS[min(delivery.attempts, len(_WAITS)) - 1]
    log.warning(
        "outgoing.failed", endpoint=endpoint.id, delivery=delivery.id, status=status, attempts=delivery.attempts
    )
    with transaction() as session:
        ending = {"status": "dead"} if is_last else {"status": "failed", "next_attempt_at": now + wait}
        if not store.finish(session, delivery, **ending, **_seen(status, text, took_ms)):
            return
        since = endpoints.note_failing(session, endpoint.id, now)
        if status == _GONE or now - since >= PATIENCE:
            reason = f"HTTP {status}" if status else text
            endpoints.change(session, endpoint.id, status="disabled", reason=reason)
            emails.enqueue(session, _switched_off(endpoint, reason, now), now)
            queue.enqueue("outbox")
    if not is_last:
        queue.enqueue_later(JOB, wait.total_seconds())


def _switched_off(endpoint: OutgoingEndpointRow, reason: str, now: datetime) -> list[Letter]:
    """The mail to the operator; none without an address."""
    admin = get_settings().admin_email
    letter = Letter(
        dedupe_key=f"endpoint_disabled:{endpoint.id}:{now.date()}",
        recipient=admin,
        template="endpoint_disabled",
        locale=DEFAULT_LOCALE,
        context={"endpoint": endpoint.url, "reason": reason},
    )
    return [letter] if admin else []
