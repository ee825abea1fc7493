"""Periods are counted from the original anchor and clamped to month ends."""

import calendar
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.periods import Interval, add_months, months_of, period_start

INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone
MONTHS = st.integers(-240, 1200)
INTERVALS = st.sampled_from([Interval.MONTH, Interval.YEAR])


@pytest.mark.parametrize(
    ("months", "expected"), [(0, (2027, 1, 31)), (1, (2027, 2, 28)), (2, (2027, 3, 31)), (3, (2027, 4, 30)), (13, (2028, 2, 29))]
)  # fmt: skip
def test_the_last_of_january_comes_back_to_the_last_of_each_month(months: int, expected: tuple[int, int, int]) -> None:
    assert add_months(datetime(2027, 1, 31, tzinfo=UTC), months) == datetime(*expected, tzinfo=UTC)


def test_a_leap_day_is_kept_for_the_leap_years() -> None:
    anchor = datetime(2028, 2, 29, 12, tzinfo=UTC)
    starts = [period_start(anchor, Interval.YEAR, index) for index in range(5)]
    assert [start.day for start in starts] == [29, 28, 28, 28, 29]


@given(INSTANTS, MONTHS)
def test_the_day_is_the_anchors_or_the_months_last(anchor: datetime, months: int) -> None:
    moved = add_months(anchor, months)
    last = calendar.monthrange(moved.year, moved.month)[1]
    assert moved.day == min(anchor.day, last)
    assert moved.timetz() == anchor.timetz()
    assert (moved.year * 12 + moved.month) - (anchor.year * 12 + anchor.month) == months


@given(INSTANTS, INTERVALS, st.integers(0, 60), st.integers(1, 6))
def test_periods_follow_each_other_without_gap_or_overlap(
    anchor: datetime, interval: Interval, index: int, count: int
) -> None:
    start = period_start(anchor, interval, index, count)
    following = period_start(anchor, interval, index + 1, count)
    months = months_of(interval, count)
    assert timedelta(days=28 * months) <= following - start <= timedelta(days=31 * months)


@given(INSTANTS, INTERVALS)
def test_the_first_period_starts_at_the_anchor(anchor: datetime, interval: Interval) -> None:
    assert period_start(anchor, interval, 0) == anchor


def test_a_year_is_twelve_months_and_a_single_payment_has_no_period() -> None:
    assert [months_of(interval, 2) for interval in (Interval.MONTH, Interval.YEAR, Interval.ONCE)] == [2, 24, 0]
