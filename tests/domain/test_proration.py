"""Changes of plan: what they cost by the second, and that nobody earns credits by changing to and fro."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.periods import Interval, add_months
from nestpay.domain.proration import (
    CreditLine,
    CreditMove,
    CreditPolicy,
    Terms,
    credits_on_change,
    estimate,
    is_upgrade,
    month_of,
    part_of_month,
)

START, END = datetime(2027, 4, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
HALFWAY = START + (END - START) / 2
PRO, BUSINESS = 1000, 5000

moments = st.integers(min_value=0, max_value=9 * 366 * 86_400).map(lambda back: START + timedelta(seconds=back))
amounts = st.integers(min_value=0, max_value=10_000_000)
credit_amounts = st.integers(min_value=0, max_value=1_000_000)


def month(amount: int, quantity: int = 1) -> Terms:
    return Terms(amount, quantity, Interval.MONTH)


def year(amount: int, quantity: int = 1) -> Terms:
    return Terms(amount, quantity, Interval.YEAR)


def given_back(credits: int, at: datetime = HALFWAY, end: datetime = END) -> CreditLine:
    return CreditLine(-1, True, credits, at, end)


def charged(credits: int, at: datetime = HALFWAY, end: datetime = END) -> CreditLine:
    return CreditLine(1, True, credits, at, end)


# Money, by Stripe's published examples


def test_an_upgrade_from_10_to_20_dollars_halfway_costs_5() -> None:
    # docs.stripe.com/billing/subscriptions/prorations: -5 for unused time, +10 for the remaining time
    found = estimate(month(1000), month(2000), start=START, end=END, at=HALFWAY)
    assert (found.given_back, found.charged, found.due, found.ends_at) == (500, 1000, 500, END)


def test_a_downgrade_from_20_to_10_dollars_halfway_gives_5_back() -> None:
    assert estimate(month(2000), month(1000), start=START, end=END, at=HALFWAY).due == -500


@pytest.mark.parametrize(
    ("at", "end", "unused"),
    [
        (1488568488, 1489449600, 364),  # a month of 28 days, as an answer of Stripe's has it
        (1526487083, 1529161019, 998),  # a month of 31 days
    ],
)
def test_the_unused_time_of_10_dollars_is_what_stripe_answered(at: int, end: int, unused: int) -> None:
    ends = datetime.fromtimestamp(end, UTC)
    found = estimate(month(1000), month(2000), start=add_months(ends, -1), end=ends, at=datetime.fromtimestamp(at, UTC))
    assert found.given_back == unused


def test_two_more_seats_halfway_cost_one_seat() -> None:
    assert estimate(month(1500, 2), month(1500, 4), start=START, end=END, at=HALFWAY).due == 1500


def test_going_yearly_charges_the_whole_year_from_now_less_the_unused_month() -> None:
    found = estimate(month(1900), year(19_000), start=START, end=END, at=HALFWAY)
    assert (found.given_back, found.charged, found.ends_at) == (950, 19_000, add_months(HALFWAY, 12))


@given(amounts, amounts, st.floats(min_value=0, max_value=1))
def test_changing_there_and_back_at_once_costs_nothing(held: int, wanted: int, part: float) -> None:
    at = START + timedelta(seconds=round((END - START).total_seconds() * part))
    there = estimate(month(held), month(wanted), start=START, end=END, at=at)
    back = estimate(month(wanted), month(held), start=START, end=END, at=at)
    assert there.due + back.due == 0


@given(amounts, amounts)
def test_at_the_end_of_a_period_nothing_is_left_to_charge(held: int, wanted: int) -> None:
    assert estimate(month(held), month(wanted), start=START, end=END, at=END).due == 0


# Up or down


def test_dearer_more_seats_and_longer_are_up_and_the_rest_is_down() -> None:
    assert is_upgrade(month(1900), month(7900))
    assert is_upgrade(month(1900, 2), month(1900, 3))
    assert is_upgrade(month(1900), year(19_000))
    assert not is_upgrade(month(7900), month(1900))
    assert not is_upgrade(month(1900, 3), month(1900, 2))
    assert not is_upgrade(year(19_000), month(7900))
    assert not is_upgrade(month(1900), month(1900))


# Credits


def test_an_upgrade_halfway_adds_half_of_the_difference() -> None:
    change = credits_on_change([given_back(PRO), charged(BUSINESS)], CreditPolicy.PRORATE)
    assert (change.move, change.credits, change.gives) == (CreditMove.ADD, 2000, 2000)
    assert (change.start, change.end) == (HALFWAY, END)


def test_a_downgrade_halfway_takes_half_of_the_difference() -> None:
    change = credits_on_change([given_back(BUSINESS), charged(PRO)], CreditPolicy.PRORATE)
    assert (change.move, change.credits, change.gives) == (CreditMove.TAKE, 2000, -2000)


def test_keep_leaves_the_credits_as_they_are() -> None:
    change = credits_on_change([given_back(PRO), charged(BUSINESS)], CreditPolicy.KEEP)
    assert (change.move, change.gives) == (CreditMove.NOTHING, 0)


def test_replace_gives_the_new_plans_part_instead_of_what_is_left() -> None:
    change = credits_on_change([given_back(PRO), charged(BUSINESS)], CreditPolicy.REPLACE)
    assert (change.move, change.credits) == (CreditMove.REPLACE, 2500)


@pytest.mark.parametrize("policy", CreditPolicy)
def test_a_full_period_that_is_charged_is_a_new_period_under_every_policy(policy: CreditPolicy) -> None:
    full = CreditLine(19_000, False, PRO, HALFWAY, add_months(HALFWAY, 12))
    change = credits_on_change([given_back(PRO), full], policy)
    assert (change.move, change.credits, change.start) == (CreditMove.NEW_PERIOD, PRO, HALFWAY)


def test_an_invoice_of_nothing_brings_nothing() -> None:
    trial = CreditLine(0, False, PRO, HALFWAY, END)
    assert credits_on_change([trial], CreditPolicy.PRORATE).move is CreditMove.NOTHING
    assert credits_on_change([], CreditPolicy.PRORATE).move is CreditMove.NOTHING


def test_inside_a_year_only_the_running_month_moves() -> None:
    year_end = datetime(2028, 1, 31, tzinfo=UTC)
    at = datetime(2027, 3, 15, 12, tzinfo=UTC)  # the month from 28 February to 31 March is half over
    change = credits_on_change([given_back(PRO, at, year_end), charged(BUSINESS, at, year_end)], CreditPolicy.PRORATE)
    assert month_of(at, year_end) == (datetime(2027, 2, 28, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC))
    assert (change.credits, change.end) == (2000, datetime(2027, 3, 31, tzinfo=UTC))


@given(moments, st.integers(min_value=1, max_value=24), st.integers(min_value=0, max_value=800 * 86_400))
def test_what_is_left_of_a_month_is_between_nothing_and_all_of_it(end: datetime, months: int, back: int) -> None:
    start = max(add_months(end, -months), end - timedelta(seconds=back))
    if start < end:
        first, last = month_of(start, end)
        assert first <= start < last <= end
        assert 0 < part_of_month(start, end) <= 1


@given(st.lists(st.tuples(credit_amounts, st.integers(min_value=0, max_value=86_400)), min_size=1, max_size=8))
def test_changing_to_and_fro_never_earns_a_credit(steps: list[tuple[int, int]]) -> None:
    """Begin with a plan, change through any others and come back: no more than the first plan's credits were given."""
    first = steps[0][0]
    held, at, balance = first, START, first
    for credits, pause in [*steps[1:], (first, 0)]:
        at += timedelta(seconds=pause)
        balance += credits_on_change([given_back(held, at), charged(credits, at)], CreditPolicy.PRORATE).gives
        held = credits
    highest = max(credits for credits, _ in steps)
    assert balance <= highest
    if all(pause == 0 for _, pause in steps):
        assert balance <= first


@given(credit_amounts, credit_amounts, moments)
def test_the_same_lines_always_do_the_same(held: int, wanted: int, at: datetime) -> None:
    end = add_months(at, 1) - timedelta(seconds=1)
    lines = [given_back(held, at, end), charged(wanted, at, end)]
    assert credits_on_change(lines, CreditPolicy.PRORATE) == credits_on_change(lines[::-1], CreditPolicy.PRORATE)
