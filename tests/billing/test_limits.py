"""A plan's limits: counted by the billing month, never exceeded, -1 for as often as one likes."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from sqlmodel import col, update

from nestpay.billing import limits
from nestpay.billing.limits import Allowance
from nestpay.domain.errors import IdempotencyMismatch, InvalidAmount, LimitReached, NotFound
from nestpay.store.session import transaction
from nestpay.store.tables import FeatureCounterRow, PlanRow
from tests import builders
from tests.billing.people import outcomes_of
from tests.billing.test_credits import subscribe
from tests.shop import Shop

CHATS, PDFS = "chats_per_month", "pdfs_per_chat"


def subscribed(shop: Shop, key: tuple[str, str] = ("pro", "month"), **details: Any) -> str:
    """Ada's plan allows 5 chats a month, 10 files in each, and as many images as she likes."""
    allowed = {"monthly_credits": 1000, "limits": {CHATS: 5, PDFS: 10, "images_per_month": -1}}
    with transaction() as session:
        session.execute(update(PlanRow).where(col(PlanRow.id) == shop.pro.plan_id).values(benefits=allowed))
    subscribe(shop, key, **details)
    return shop.user_id


def test_a_limit_is_used_up_and_then_refused_without_counting(shop: Shop) -> None:
    ada = subscribed(shop)
    assert [limits.count(ada, CHATS).used for _ in range(4)] == [1, 2, 3, 4]
    with pytest.raises(LimitReached) as refusal:
        limits.count(ada, CHATS, 2)
    assert refusal.value.values == {"limit": 5, "name": CHATS}
    assert limits.count(ada, CHATS).left == 0
    assert limits.allowance(ada, CHATS).used == 5


def test_unlimited_is_counted_and_never_refused(shop: Shop) -> None:
    ada = subscribed(shop)
    assert limits.count(ada, "images_per_month", 1000).left is None
    assert limits.allowance(ada, "images_per_month").used == 1000


def test_what_is_not_counted_is_compared(shop: Shop) -> None:
    ada = subscribed(shop)
    limits.check(ada, PDFS, 10)
    with pytest.raises(LimitReached):
        limits.check(ada, PDFS, 11)
    assert limits.allowance(ada, PDFS) == Allowance(PDFS, 10, 0, None)
    limits.check(ada, "images_per_month", 10**9)


def test_without_a_plan_and_for_what_the_plan_does_not_name_there_is_nothing(shop: Shop) -> None:
    for name in (CHATS, PDFS):
        assert limits.allowance(shop.user_id, name).left == 0
    with pytest.raises(LimitReached):
        limits.count(shop.user_id, CHATS)
    ada = subscribed(shop)
    with pytest.raises(LimitReached):
        limits.count(ada, "dances_per_month")
    assert builders.counts(FeatureCounterRow) == (0,)


def test_counting_begins_anew_with_each_billing_month_also_inside_a_year(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    ada = subscribed(shop, ("pro", "year"), current_period_end=datetime(2028, 1, 31, tzinfo=UTC))
    days = [datetime(2027, 2, 28, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC), datetime(2027, 4, 30, tzinfo=UTC)]
    for day in days:
        before = limits.count(ada, CHATS, 5)
        assert (before.used, before.resets_at) == (5, day)
        clock.move_to(day)
        assert limits.allowance(ada, CHATS).used == 0


def test_sixteen_at_once_never_exceed_a_limit(shop: Shop) -> None:
    ada = subscribed(shop)
    outcomes = outcomes_of(lambda: limits.count(ada, CHATS), 16)
    assert sum(isinstance(each, Allowance) for each in outcomes) == 5
    assert all(isinstance(each, Allowance | LimitReached) for each in outcomes)
    assert limits.allowance(ada, CHATS).used == 5


def test_a_key_counts_once_and_keeps_its_first_answer(shop: Shop) -> None:
    ada = subscribed(shop)
    first = limits.count(ada, CHATS, 2, key="k")
    limits.count(ada, CHATS, 3, key="other")
    assert limits.count(ada, CHATS, 2, key="k") == first
    with pytest.raises(IdempotencyMismatch):
        limits.count(ada, CHATS, 1, key="k")
    assert limits.allowance(ada, CHATS).used == 5


def test_a_refused_count_leaves_its_key_free(shop: Shop) -> None:
    with pytest.raises(LimitReached):
        limits.count(shop.user_id, CHATS, key="k")
    assert limits.count(subscribed(shop), CHATS, key="k").used == 1


def test_sixteen_with_one_key_count_once(shop: Shop) -> None:
    ada = subscribed(shop)
    assert len(set(outcomes_of(lambda: limits.count(ada, CHATS, key="k"), 16))) == 1
    assert limits.allowance(ada, CHATS).used == 1


@pytest.mark.parametrize("number", [0, -1, 1.5, True])
def test_a_number_that_makes_no_sense_counts_nothing(shop: Shop, number: Any) -> None:
    ada = subscribed(shop)
    with pytest.raises(InvalidAmount):
        limits.count(ada, CHATS, number)
    assert builders.counts(FeatureCounterRow) == (0,)


def test_somebody_unknown_uses_nothing(shop: Shop) -> None:
    with pytest.raises(NotFound):
        limits.count("nobody", CHATS)
