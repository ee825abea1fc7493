"""The inbox: a verified event is stored before it is answered, and applied at once when it needs nobody else.

Events that arrive together share one commit, each standing or falling alone. What must be read again from the
provider, or failed, is worked on later by `work`, in sets under a lease, with backoff, and never thrown away.
"""

import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import TypeVar

import structlog
from anyio import to_thread
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from nestpay import queue, signals
from nestpay.billing import alarm, mirror, reactions, refused, repeats
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.handlers import HANDLERS, handle, wanted_by
from nestpay.domain.errors import BadSignature, NestpayError
from nestpay.domain.facts import Fact, PaymentMade, ProviderEvent, SubscriptionChanged
from nestpay.domain.ledger import Stamp
from nestpay.providers import registry
from nestpay.settings import get_settings
from nestpay.store import changes, emails, events
from nestpay.store.changes import Changes
from nestpay.store.columns import new_id
from nestpay.store.events import Arrival, Claimed, Failure
from nestpay.store.group_commit import MOST_TOGETHER, GroupCommit
from nestpay.store.session import transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
_LONGEST_TRACE = 8_000
_BACKOFF_SECONDS = (2, 10, 60, 300, 1_800, 7_200, 21_600, 43_200, 86_400)

_Key = TypeVar("_Key")


@dataclass(slots=True)
class _Outcome:
    """What a commit leads to once it is there."""

    user_ids: set[str] = field(default_factory=set)
    sync: set[tuple[str, str]] = field(default_factory=set)
    jobs: set[str] = field(default_factory=set)
    failures: dict[tuple[str, str], Failure] = field(default_factory=dict)
    is_waiting: bool = False
    has_letters: bool = False

    def take_up(self, decided: Sequence[tuple[Fact, Changes]], *, has_listeners: bool) -> None:
        """What these changes lead to; `has_listeners`: somebody is to be told of them."""
        for _, change in decided:
            self.user_ids.update(change.user_ids)
            self.sync.update(change.sync)
            self.jobs.update(change.jobs)
            self.has_letters = self.has_letters or bool(change.letters)
        if has_listeners:
            self.jobs.add(reactions.JOB)


async def receive(provider_name: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Verify one delivery and return once it is committed; False when it was known already.

    Raises BadSignature, EndpointClosed, MalformedEvent, NotFound (no such provider); database errors go through, so
    that the provider tries again.
    """
    try:
        event = registry.get(provider_name).verify_event(body, headers, real_now())
    except BadSignature:
        await to_thread.run_sync(refused.note, provider_name)
        raise
    return await _arrivals.submit(event)


def receive_and_wait(provider_name: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """The same for callers on a thread of their own."""
    event = registry.get(provider_name).verify_event(body, headers, real_now())
    return _arrivals.submit_and_wait(event)


def take(event: ProviderEvent) -> bool:
    """Take up an event that was read from the provider itself, as if it had just been delivered; False when known."""
    return _arrivals.submit_and_wait(event)


def apply(facts: Iterable[Fact]) -> None:
    """Act on facts that were learned by asking, exactly as if their event had come. Raises what a handler refuses."""
    final = [fact for fact in facts if type(fact) in HANDLERS]
    try:
        _apply_now(final)
    except IntegrityError:  # a webhook wrote the same rows between our look and our write: now we see them
        _apply_now(final)


def _apply_now(final: Sequence[Fact]) -> None:
    outcome = _Outcome()
    with transaction() as session:
        _decide(session, {None: final}, outcome, raise_failures=True)
    _after_commit(outcome)


def work(limit: int = MOST_TOGETHER) -> int:
    """Take up waiting events that are due. Returns how many were claimed."""
    owner, now = new_id(), real_now()
    with transaction() as session:
        claimed = events.claim(session, owner, limit, now, now + LEASE)
    _work_on(claimed, owner)
    return len(claimed)


def work_on(claimed: Claimed, owner: str, facts: Sequence[Fact] | None = None) -> None:
    """Apply one event that `owner` claimed by hand; `facts` are what its provider says now. A failure is kept with it."""
    _work_on([claimed], owner, known={} if facts is None else {claimed.id: facts})


def stop() -> None:
    """Finish what is being stored and end the inbox's thread."""
    _arrivals.stop()
    refused.write_down()


def _store_group(group: Sequence[ProviderEvent]) -> list[bool | Exception]:
    try:
        return list(_store_together(group))
    except Exception as error:  # noqa: BLE001  one bad member must not fell the others, whatever is wrong with it
        log.warning("inbox.group_split", size=len(group), error=repr(error))
        return [_store_alone(event) for event in group]


def _store_alone(event: ProviderEvent) -> bool:
    """A second try by itself: it sees what somebody wrote in between. What fails then is kept with its reason."""
    try:
        return _store_together([event])[0]
    except Exception as error:  # noqa: BLE001  stored with the event, shown to the admin, tried again
        return _store_failed(event, error)


def _store_together(group: Sequence[ProviderEvent]) -> list[bool]:
    now = real_now()
    read = {_key(event): _read(event) for event in group}
    outcome = _Outcome()
    with transaction() as session:
        new = events.insert_new(session, [arrival for arrival, _ in read.values()], now, now + _backoff(1))
        repeats.note(session, [arrival.event for key, (arrival, _) in read.items() if key not in new])
        fresh = {key: facts for key, (arrival, facts) in read.items() if key in new and arrival.status == events.DONE}
        _decide(session, fresh, outcome)
        events.fail_new(session, outcome.failures, now + _backoff(1))
        outcome.is_waiting = any(arrival.status == events.RECEIVED for key, (arrival, _) in read.items() if key in new)
    for key, failure in outcome.failures.items():
        log.warning("inbox.failed", event_id=key[1], error=failure.reason)
    _after_commit(outcome)
    unseen = set(new)
    answers = []
    for event in group:
        answers.append(_key(event) in unseen)
        unseen.discard(_key(event))
    return answers


def _store_failed(event: ProviderEvent, error: Exception) -> bool:
    """Keep an event that could not be applied, with the reason, in a transaction of its own."""
    now = real_now()
    with transaction() as session:
        arrival = Arrival(event, events.FAILED, _failure(error))
        new = events.insert_new(session, [arrival], now, now + _backoff(1))
    log.warning("inbox.failed", event_id=event.id, error=_reason(error))
    queue.enqueue_later("inbox", _backoff(1).total_seconds())
    return bool(new)


def _read(event: ProviderEvent) -> tuple[Arrival, Sequence[Fact]]:
    """What an event means, and the status it will be stored with."""
    if event.livemode != (get_settings().mode == "live"):
        return Arrival(event, events.IGNORED, Failure("an event of another mode")), ()
    try:
        facts = registry.get(event.provider).translate(event)
    except NestpayError as error:
        return Arrival(event, events.FAILED, _failure(error)), ()
    if not facts:
        return Arrival(event, events.IGNORED), ()
    if all(type(fact) in HANDLERS for fact in facts):
        return Arrival(event, events.DONE), facts
    return Arrival(event, events.RECEIVED), facts


def _decide(
    session: Session,
    facts_by_event: Mapping[_Key, Sequence[Fact]],
    outcome: _Outcome,
    *,
    raise_failures: bool = False,
) -> None:
    """Let each event's facts act on shared rows and write all changes once. An event that fails alone changes nothing.

    It may have failed half done, and others may have seen that half: so they begin anew, from rows that know nothing of it.
    """
    standing = {key: facts for key, facts in facts_by_event.items() if facts}
    stamp = Stamp(billing_now(), new_id)
    while standing:
        rows = changes.load(session, wanted_by(chain.from_iterable(standing.values())), stamp.now)
        failures: dict[_Key, Failure] = {}
        decided: list[tuple[Fact, Changes]] = []
        for key, facts in standing.items():
            try:
                decided += [(fact, change) for fact in facts for change in handle(fact, rows, stamp)]
            except Exception as error:  # recorded with the event, shown to the admin, tried again
                if raise_failures:
                    raise
                failures[key] = _failure(error)
        if not failures:
            rows.flush(session, stamp.now)
            outcome.take_up(decided, has_listeners=reactions.note(session, _heard(decided)))
            return
        outcome.failures.update(failures)  # pyright: ignore[reportCallIssue, reportArgumentType]
        standing = {key: facts for key, facts in standing.items() if key not in failures}


def _heard(decided: Sequence[tuple[Fact, Changes]]) -> list[tuple[Fact, str | None]]:
    """Each fact that changed something, once, and whom it concerns."""
    heard: list[tuple[Fact, str | None]] = []
    for fact, change in decided:
        if change.changes_something and (not heard or heard[-1][0] is not fact):
            heard.append((fact, next(iter(change.user_ids), None)))
    return heard


def _after_commit(outcome: _Outcome) -> None:
    signals.publish(outcome.user_ids)
    if outcome.is_waiting:
        queue.enqueue("inbox")
    if outcome.failures:
        queue.enqueue_later("inbox", _backoff(1).total_seconds())
    asked_at = real_now().isoformat()
    for provider, subscription_id in outcome.sync:
        queue.enqueue("sync_subscription", provider=provider, subscription_id=subscription_id, asked_at=asked_at)
    for name in sorted(outcome.jobs):
        queue.enqueue(name)
    if outcome.has_letters:
        queue.enqueue("outbox")


def _work_on(claimed: Sequence[Claimed], owner: str, known: Mapping[str, Sequence[Fact]] | None = None) -> None:
    to_read_again: dict[tuple[str, str], list[Claimed]] = {}
    then: dict[str, list[Fact]] = {}
    for each in claimed:
        try:
            facts = (known or {}).get(each.id) or _facts_of(each)
            if not facts:
                _pass_over(each, owner)
                continue
            then[each.id] = [fact for fact in facts if type(fact) in HANDLERS]
            if not any(isinstance(fact, SubscriptionChanged) for fact in facts):
                _apply_claimed(each, then[each.id], owner)
        except Exception as error:  # noqa: BLE001  recorded with the event, shown to the admin, tried again
            _fail_claimed([each], owner, error)
            continue
        for fact in facts:
            if isinstance(fact, SubscriptionChanged):
                to_read_again.setdefault((fact.provider, fact.subscription_id), []).append(each)
    for (provider, subscription_id), waiting in to_read_again.items():
        try:
            newest = max(each.received_at for each in waiting)
            mirror.sync(provider, subscription_id, asked_at=newest)
            for each in waiting:
                _apply_claimed(each, then[each.id], owner)
        except Exception as error:  # noqa: BLE001  recorded with the events, shown to the admin, tried again
            _fail_claimed(waiting, owner, error)


def _facts_of(claimed: Claimed) -> Sequence[Fact]:
    provider = registry.get(claimed.provider)
    facts = provider.translate(provider.parse_event(claimed.payload))
    return [provider.read_payment(fact) if isinstance(fact, PaymentMade) else fact for fact in facts]


def _pass_over(claimed: Claimed, owner: str) -> None:
    """An event that means nothing to us, claimed by hand."""
    with transaction() as session:
        events.finish(session, [claimed], owner, events.IGNORED, real_now())


def _apply_claimed(claimed: Claimed, final: Sequence[Fact], owner: str) -> None:
    """Apply a claimed event's final facts and mark it, in one commit. One with none is marked by what was read again."""
    if not final:
        return
    outcome = _Outcome()
    with transaction() as session:
        if not events.finish(session, [claimed], owner, events.DONE, real_now()):
            return
        _decide(session, {None: final}, outcome, raise_failures=True)
    _after_commit(outcome)


def _fail_claimed(claimed: Sequence[Claimed], owner: str, error: Exception) -> None:
    for each in claimed:
        is_last = each.attempts > len(_BACKOFF_SECONDS)
        log.warning("inbox.failed", row=each.id, attempts=each.attempts, error=_reason(error), dead=is_last)
        with transaction() as session:
            retry_at = None if is_last else real_now() + _backoff(each.attempts)
            events.fail(session, each, owner, _failure(error), retry_at)
            if is_last:
                emails.enqueue(session, alarm.grant_failed(each, _reason(error)), real_now())
        queue.enqueue_later("inbox", _backoff(each.attempts).total_seconds())


def _backoff(attempt: int) -> timedelta:
    return timedelta(seconds=_BACKOFF_SECONDS[min(attempt, len(_BACKOFF_SECONDS)) - 1])


def _failure(error: Exception) -> Failure:
    """What is kept of an error: the rules' own ones explain themselves, the others say where they came up."""
    is_ours = isinstance(error, NestpayError)
    return Failure(_reason(error), "" if is_ours else "".join(traceback.format_exception(error))[-_LONGEST_TRACE:])


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, NestpayError) else f"{type(error).__name__}: {error}"


def _key(event: ProviderEvent) -> tuple[str, str]:
    return event.provider, event.id


_arrivals: GroupCommit[ProviderEvent, bool] = GroupCommit("nestpay-inbox", _store_group)
