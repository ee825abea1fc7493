"""Benefits are read from what is stored, and refused when they make no sense."""

import pytest

from nestpay.domain.errors import InvalidAmount
from nestpay.domain.periods import Interval
from nestpay.domain.plans import UNLIMITED, Benefits

EVERYTHING = {
    "one_time_credits": 500,
    "monthly_credits": 1000,
    "total_months": 12,
    "rollover_cap": 200,
    "expires_after_days": 30,
    "limits": {"chats": UNLIMITED, "pdfs": 10},
    "entitlements": ["api"],
    "deliveries": ["ebook"],
    "credits_per_seat": "holder",
    "clawback": "debt",
}


def test_benefits_survive_being_stored_and_read_again() -> None:
    assert Benefits.from_json(EVERYTHING).to_json() == EVERYTHING
    assert Benefits.from_json(Benefits.from_json(EVERYTHING).to_json()) == Benefits.from_json(EVERYTHING)


def test_a_plan_may_promise_nothing() -> None:
    assert Benefits.from_json(None) == Benefits.from_json({}) == Benefits()
    assert Benefits().to_json() == {}


def test_names_that_are_not_known_are_left_alone() -> None:
    assert Benefits.from_json({"monthly_credits": 5, "of_the_future": {"x": 1}}) == Benefits(monthly_credits=5)


@pytest.mark.parametrize("number", [-1, 1.5, "100", True, None])
def test_credits_are_whole_numbers_of_at_least_nothing(number: object) -> None:
    with pytest.raises(InvalidAmount):
        Benefits.from_json({"monthly_credits": number})


def test_a_word_that_does_not_exist_is_the_usual_one() -> None:
    assert Benefits.from_json({"credits_per_seat": "everybody", "clawback": 7}) == Benefits()


def test_seats_share_what_all_of_them_bring_or_the_owner_gets_one_seats_worth() -> None:
    shared, own = (
        Benefits(monthly_credits=100),
        Benefits.from_json({"monthly_credits": 100, "credits_per_seat": "holder"}),
    )
    assert [each.monthly_for(3) for each in (shared, own)] == [300, 100]


def test_one_payment_brings_the_pack_or_the_months_credits() -> None:
    benefits = Benefits(one_time_credits=500, monthly_credits=1000)
    assert benefits.credits_at_once(Interval.ONCE) == 500
    assert benefits.credits_at_once(Interval.MONTH) == benefits.credits_at_once(Interval.YEAR) == 1000
