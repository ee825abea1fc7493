"""Who runs low is told once, who has nothing left once more, and nobody is told twice."""

from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import credits, holds
from nestpay.domain.errors import NotEnoughCredits
from nestpay.settings import reset_settings
from nestpay.store.tables import EmailRow
from tests import builders
from tests.billing.people import outcomes_of
from tests.shop import FIRST_OF_FEBRUARY, Shop


def told() -> list[tuple[str, int]]:
    """The notices so far, with how much was left."""
    rows = [row for row in builders.rows_of(EmailRow) if row.template in ("low_balance", "credits_used_up")]
    return [(row.template, row.context["credits"]) for row in rows]


@pytest.fixture
def ada(shop: Shop) -> str:
    """Ada has 100 credits; below 20 she is told."""
    builders.give_credits(shop.user_id, 100)
    return shop.user_id


def test_falling_below_the_mark_is_told_once_and_using_it_up_once_more(ada: str) -> None:
    for number, amount in enumerate([80, 1, 1, 18]):
        credits.spend(ada, amount, key=f"k{number}")
    assert told() == [("low_balance", 19), ("credits_used_up", 0)]


def test_who_uses_all_at_once_is_told_that_nothing_is_left(ada: str) -> None:
    credits.spend(ada, 100, key="k")
    assert told() == [("credits_used_up", 0)]


def test_whoever_has_enough_again_is_told_again_when_it_runs_low(ada: str) -> None:
    credits.spend(ada, 90, key="k1")
    builders.give_credits(ada, 100)
    credits.spend(ada, 95, key="k2")
    assert told() == [("low_balance", 10), ("low_balance", 15)]


def test_a_repeated_or_refused_spend_tells_nothing(ada: str) -> None:
    for _ in range(2):
        credits.spend(ada, 90, key="k")
    with pytest.raises(NotEnoughCredits):
        credits.spend(ada, 11, key="too much")
    assert told() == [("low_balance", 10)]


def test_sixteen_spenders_who_cross_together_are_told_once(ada: str) -> None:
    numbers = iter(range(16))
    outcomes_of(lambda: credits.spend(ada, 6, key=f"k{next(numbers)}"), 16)
    assert [template for template, _ in told()] == ["low_balance"]


def test_a_hold_tells_nothing_until_the_work_has_cost_something(ada: str) -> None:
    held = holds.hold(ada, 95, key="work")
    assert told() == []
    holds.release(ada, held.id)
    other = holds.hold(ada, 95, key="more work")
    credits.spend(ada, 1, key="k")
    assert told() == []
    holds.settle(ada, other.id, 90)
    assert told() == [("low_balance", 9)]


def test_what_expired_is_noticed_by_the_next_who_wants_to_spend(shop: Shop, clock: time_machine.Traveller) -> None:
    builders.give_credits(shop.user_id, 100, expires_at=FIRST_OF_FEBRUARY + timedelta(days=1))
    builders.give_credits(shop.user_id, 5)
    clock.shift(timedelta(days=2))
    with pytest.raises(NotEnoughCredits):
        credits.spend(shop.user_id, 6, key="k")
    assert told() == [("low_balance", 5)]
    assert credits.history(shop.user_id).rows[0].type == "expire"


def test_an_operator_may_tell_nobody(ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOW_BALANCE_CREDITS", "0")
    reset_settings()
    credits.spend(ada, 100, key="k")
    assert told() == []
