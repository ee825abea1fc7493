"""Applies an event again: with what its provider says now, after showing what that would change.

The look ahead runs the very handlers in a transaction that is taken back, so what is shown is what happens.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nestpay.billing import inbox, mirror
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.handlers import HANDLERS, handle, wanted_by
from nestpay.domain.errors import Conflict, NestpayError, NotFound, PayloadGone, ProviderMissing, StaleDiff
from nestpay.domain.facts import CheckoutFact, Fact, SubscriptionChanged, SubscriptionState
from nestpay.domain.ledger import Stamp
from nestpay.providers import registry
from nestpay.store import audit, changes, event_desk, events
from nestpay.store.columns import new_id
from nestpay.store.event_desk import EventFilter
from nestpay.store.rehearsal import RowChange, Watched, rehearsal
from nestpay.store.session import reading, transaction
from nestpay.store.tables import WebhookEventRow

__all__ = ["Batch", "EventFilter", "Preview", "RowChange", "apply", "count", "preview", "retry", "some"]

_MANY = 10_000
_DIFFERS_EACH_TIME = frozenset({"context", "paid_at", "effective_at", "expires_at", "closed_at", "past_due_at"})


@dataclass(frozen=True, slots=True)
class Preview:
    """What applying an event again would do.

    `said` are the facts by name; `refusal` is why it cannot be applied, "" when it can; `reads_again` are subscriptions
    that are read afterwards; `digest` names this very outcome, so that only what was shown is done.
    """

    said: tuple[str, ...]
    changes: tuple[RowChange, ...]
    reads_again: tuple[str, ...]
    refusal: str
    digest: str


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of a bulk replay: how many were applied and failed, and where to go on; None at the end."""

    done: int
    failed: int
    next: str | None


@dataclass(frozen=True, slots=True)
class _Said:
    """What the provider says now: final facts, and subscriptions as they are."""

    facts: tuple[Fact, ...]
    states: tuple[SubscriptionState, ...]


def preview(event_row: str) -> Preview:
    """Ask the provider and say what would change. Raises NotFound, PayloadGone, MalformedEvent, ProviderTrouble."""
    return _rehearsed(_ask(_stored(event_row)))


def apply(event_row: str, digest: str, *, by: str, ip: str = "") -> str:
    """Do what `preview` showed. Returns the event's status afterwards: done, or failed again.

    Raises StaleDiff when it would change something else by now, Conflict while a worker has the event in hand, and
    what `preview` raises.
    """
    stored = _stored(event_row)
    said = _ask(stored)
    seen = _rehearsed(said)
    if seen.digest != digest:
        raise StaleDiff
    after = {"changes": [f"{change.table} {change.name}".strip() for change in seen.changes]}
    return _take_up(stored, "event.replay", by, ip, said.facts, after)


def retry(event_row: str, *, by: str, ip: str = "") -> str:
    """Apply an event again as it was delivered. Returns its status afterwards. Raises NotFound, PayloadGone, Conflict."""
    return _take_up(_stored(event_row), "event.retry", by, ip, None, {})


def count(wanted: EventFilter) -> int:
    """How many events a bulk replay would take up; counting ends at ten thousand."""
    with reading() as session:
        return event_desk.count(session, wanted, _MANY)


def some(wanted: EventFilter, after: str | None, *, by: str, ip: str = "", limit: int = 10) -> Batch:
    """Apply the next events of a filter again, the oldest first. One whose content is gone counts as failed."""
    with reading() as session:
        ids = event_desk.oldest_ids(session, wanted, after, limit)
    done = sum(_went_well(event_row, by, ip) for event_row in ids)
    return Batch(done, len(ids) - done, ids[-1] if len(ids) == limit else None)


def _went_well(event_row: str, by: str, ip: str) -> bool:
    try:
        return retry(event_row, by=by, ip=ip) not in (events.FAILED, events.DEAD)
    except NestpayError:
        return False


def _stored(event_row: str) -> WebhookEventRow:
    with reading() as session:
        stored = event_desk.by_id(session, event_row)
    if stored is None:
        raise NotFound
    if not stored.payload:
        raise PayloadGone
    return stored


def _ask(stored: WebhookEventRow) -> _Said:
    """What an event's provider says now of what the event was about. What is final stays as it was said."""
    provider = registry.get(stored.provider)
    facts: list[Fact] = []
    states: dict[str, SubscriptionState] = {}
    for fact in provider.translate(provider.parse_event(stored.payload)):
        if isinstance(fact, SubscriptionChanged):
            states[fact.subscription_id] = provider.retrieve_subscription(fact.subscription_id)
        elif isinstance(fact, CheckoutFact):
            facts += _checkout_now(provider, fact)
        if not isinstance(fact, SubscriptionChanged | CheckoutFact):
            facts.append(fact)
    return _Said(tuple(facts), tuple(states.values()))


def _checkout_now(provider: Any, fact: CheckoutFact) -> Sequence[Fact]:
    """A payment page as it is now; one that its provider forgot is believed as it was told."""
    try:
        return provider.retrieve_checkout(fact.session_id).facts or (fact,)
    except ProviderMissing:
        return (fact,)


def _rehearsed(said: _Said) -> Preview:
    final = [fact for fact in said.facts if type(fact) in HANDLERS]
    found: list[RowChange] = []
    again: set[str] = set()
    refusal = ""
    try:
        with rehearsal() as session:
            for part in _tried(session, final, said.states, again):
                found += part
    except NestpayError as error:
        refusal, found = str(error), []
    names = [type(fact).__name__ for fact in said.facts] + ["SubscriptionState" for _ in said.states]
    digest = hashlib.sha256(repr((names, refusal, [_essence(change) for change in found])).encode()).hexdigest()
    return Preview(tuple(names), tuple(found), tuple(sorted(again)), refusal, digest)


def _tried(
    session: Any, final: Sequence[Fact], states: Sequence[SubscriptionState], again: set[str]
) -> Iterator[list[RowChange]]:
    """Let the handlers write, and tell what they wrote."""
    stamp = Stamp(billing_now(), new_id)
    if final:
        wanted = wanted_by(final)
        rows = changes.load(session, wanted, stamp.now)
        watched = Watched(session, sorted(rows.buyers), sorted(wanted.payment_intent_ids))
        for fact in final:
            for change in handle(fact, rows, stamp):
                again.update(subscription_id for _, subscription_id in change.sync)
        rows.flush(session, stamp.now)
        session.flush()
        yield watched.changes()
    for state in states:
        watched = Watched(session, [mirror.whose(session, state)])
        mirror.write_state(session, state, real_now())
        session.flush()
        yield watched.changes()


def _essence(change: RowChange) -> tuple[Any, ...]:
    """A change without what differs each time it is tried: ids of rows that are not there yet, and what begins now."""
    fields = [
        (name, repr(before), repr(after))
        for name, before, after in change.fields
        if not name.endswith("_id") and name not in _DIFFERS_EACH_TIME
    ]
    return change.table, "" if change.is_new else change.row_id, change.name, fields


def _take_up(
    stored: WebhookEventRow, action: str, by: str, ip: str, facts: Sequence[Fact] | None, after: dict[str, Any]
) -> str:
    owner, now = new_id(), real_now()
    with transaction() as session:
        claimed = events.claim_one(session, stored.id, owner, now, now + inbox.LEASE)
        if claimed is None:
            raise Conflict
        audit.append(
            session,
            at=now,
            actor_id=by,
            action=action,
            subject=f"event:{stored.id}",
            before={"status": stored.status, "error": stored.error},
            after={"type": stored.type, **after},
            ip=ip,
        )
    inbox.work_on(claimed, owner, _with_hints(stored, facts))
    with reading() as session:
        left = event_desk.by_id(session, stored.id)
    return left.status if left else events.DONE


def _with_hints(stored: WebhookEventRow, facts: Sequence[Fact] | None) -> Sequence[Fact] | None:
    """The facts as they are now, and the event's own hints that a subscription is to be read again."""
    if facts is None:
        return None
    provider = registry.get(stored.provider)
    hints = [
        fact
        for fact in provider.translate(provider.parse_event(stored.payload))
        if isinstance(fact, SubscriptionChanged)
    ]
    return (*facts, *hints)
