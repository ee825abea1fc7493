"""A lease is held by one at a time, and a late holder is noticed by its fence."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from nestpay.store import leases
from nestpay.store.session import transaction

pytestmark = pytest.mark.usefixtures("database")
NOW = datetime(2027, 2, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def take(owner: str, now: datetime = NOW) -> int | None:
    with transaction() as session:
        return leases.take(session, "subscription:1", owner, now, now + MINUTE)


def holds(fence: int) -> bool:
    with transaction() as session:
        return leases.holds(session, "subscription:1", fence)


def test_one_holder_at_a_time() -> None:
    assert take("a") == 1
    assert take("b") is None
    assert take("a") is None
    assert holds(1)


def test_of_many_who_want_it_at_once_one_gets_it() -> None:
    with ThreadPoolExecutor(8) as threads:
        fences = list(threads.map(take, "abcdefgh"))
    assert [fence for fence in fences if fence] == [1]


def test_when_it_is_over_the_next_one_gets_a_higher_fence_and_the_late_one_is_noticed() -> None:
    take("a")
    assert take("b", NOW + MINUTE - timedelta(microseconds=1)) is None
    assert take("b", NOW + MINUTE) == 2
    assert not holds(1)
    assert holds(2)


def test_who_gives_it_back_lets_the_next_one_in() -> None:
    fence = take("a")
    assert fence is not None
    with transaction() as session:
        leases.give_back(session, "subscription:1", fence, NOW)
    assert take("b") == 2


def test_a_late_holder_cannot_give_back_what_is_somebody_elses() -> None:
    take("a")
    take("b", NOW + MINUTE)
    with transaction() as session:
        leases.give_back(session, "subscription:1", 1, NOW + MINUTE)
    assert take("c", NOW + MINUTE) is None


def test_a_lease_that_nobody_took_is_held_by_nobody() -> None:
    assert not holds(1)
