"""The inbox's rows: claimed by one worker at a time, settled by one read."""

from datetime import UTC, datetime, timedelta

import pytest

from nestpay.domain.facts import ProviderEvent
from nestpay.store import events
from nestpay.store.events import DONE, FAILED, IGNORED, RECEIVED, Arrival
from nestpay.store.session import transaction
from nestpay.store.tables import WebhookEventRow
from tests import builders

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2027, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def event(name: str, about: str = "sub_1", seconds: int = 0) -> ProviderEvent:
    return ProviderEvent(
        provider="stripe",
        id=name,
        type="customer.subscription.updated",
        livemode=False,
        api_version="",
        object_id=about,
        occurred_at=NOW + timedelta(seconds=seconds),
        payload="{}",
        body={},
    )


def store(*arrivals: Arrival, at: datetime = NOW) -> set[tuple[str, str]]:
    with transaction() as session:
        return events.insert_new(session, arrivals, at, at + MINUTE)


def claim(owner: str, limit: int = 64, now: datetime = NOW) -> list[events.Claimed]:
    with transaction() as session:
        return events.claim(session, owner, limit, now, now + MINUTE)


def statuses() -> dict[str, str]:
    return {row.event_id: row.status for row in builders.rows_of(WebhookEventRow)}


def test_only_the_new_ones_of_a_group_are_told() -> None:
    assert store(Arrival(event("a"), RECEIVED)) == {("stripe", "a")}
    assert store(Arrival(event("a"), DONE), Arrival(event("b"), DONE)) == {("stripe", "b")}
    assert statuses() == {"a": RECEIVED, "b": DONE}


def test_an_event_that_is_twice_in_a_group_is_stored_once_as_it_came_first() -> None:
    assert store(Arrival(event("a"), RECEIVED), Arrival(event("a"), DONE)) == {("stripe", "a")}
    assert statuses() == {"a": RECEIVED}


def test_what_is_finished_is_never_claimed() -> None:
    store(*(Arrival(event(status), status) for status in (RECEIVED, DONE, IGNORED, FAILED)))
    assert [each.object_id for each in claim("w")] == ["sub_1"]
    assert claim("w", now=NOW + timedelta(seconds=59)) == []
    assert len(claim("w", now=NOW + MINUTE)) == 2  # the failed one is due, and the first claim's lease is over


def test_a_set_is_claimed_by_one_worker_in_the_order_of_what_happened() -> None:
    store(*(Arrival(event(f"e{number}", f"sub_{number}", -number), RECEIVED) for number in range(5)))
    first, second = claim("one", 3), claim("two", 3)
    assert (len(first), len(second)) == (3, 2)
    assert not {each.id for each in first} & {each.id for each in second}
    assert [each.object_id for each in first] == sorted((each.object_id for each in first), reverse=True)


def test_only_who_holds_the_claim_can_finish_or_fail_it() -> None:
    store(Arrival(event("a"), RECEIVED))
    (lost,) = claim("slow")
    (held,) = claim("fast", now=NOW + MINUTE)
    with transaction() as session:
        assert events.finish(session, [lost], "slow", DONE, NOW) == 0
        events.fail(session, lost, "slow", events.Failure("too late"), None)
    assert statuses() == {"a": "processing"}
    with transaction() as session:
        assert events.finish(session, [held], "fast", DONE, NOW) == 1
    assert statuses() == {"a": DONE}
    assert (lost.attempts, held.attempts) == (1, 2)


def test_a_read_answers_for_what_was_stored_before_it_and_for_nothing_later() -> None:
    store(
        Arrival(event("before"), RECEIVED), Arrival(event("failed"), FAILED), Arrival(event("other", "sub_2"), RECEIVED)
    )
    store(Arrival(event("after"), RECEIVED), at=NOW + MINUTE)
    with transaction() as session:
        events.settle_object(session, "stripe", "sub_1", NOW, NOW + MINUTE)
    assert statuses() == {"before": DONE, "failed": DONE, "other": RECEIVED, "after": RECEIVED}
