"""Drips come on the anchor's day each month, or on the month's last, and cover a paid year without gap or overlap."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.drips import Drip, DripStatus, monthly, months_between
from nestpay.domain.periods import add_months

INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone


def drips(anchor: datetime, *, start: datetime | None = None, months: int = 12) -> tuple[Drip, ...]:
    """The drips of a year (or so many months) that began at `start`."""
    names = count()
    began = start or anchor
    return monthly(
        subscription_id="sub",
        user_id="ada",
        cause="order",
        order_id="order",
        amount=1000,
        anchor=anchor,
        start=began,
        months=months,
        until=add_months(anchor, months_between(anchor, began) + months),
        new_id=lambda: f"id-{next(names)}",
    )


def days(found: tuple[Drip, ...]) -> list[tuple[int, int]]:
    return [(drip.due_at.month, drip.due_at.day) for drip in found]


def test_a_year_has_eleven_drips_since_the_first_month_came_with_the_money() -> None:
    found = drips(datetime(2027, 4, 1, 12, tzinfo=UTC))
    assert days(found) == [(5, 1), (6, 1), (7, 1), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1), (1, 1), (2, 1), (3, 1)]
    assert {drip.amount for drip in found} == {1000}
    assert all(drip.status is DripStatus.PENDING for drip in found)


def test_a_year_from_the_31st_drips_on_each_months_last_day() -> None:
    found = drips(datetime(2027, 1, 31, tzinfo=UTC))
    assert days(found)[:5] == [(2, 28), (3, 31), (4, 30), (5, 31), (6, 30)]


def test_a_year_that_began_by_a_change_counts_from_that_day_whatever_the_anchor_was_before() -> None:
    began = datetime(2028, 2, 1, 22, 24, tzinfo=UTC)
    before, after = drips(datetime(2027, 12, 30, 10, 17, tzinfo=UTC), start=began), drips(began)
    assert days(before)[:3] == days(after)[:3] == [(3, 1), (4, 1), (5, 1)]


def test_a_leap_year_has_a_29th_of_february() -> None:
    assert days(drips(datetime(2027, 8, 31, tzinfo=UTC)))[5] == (2, 29)


def test_a_year_from_the_29th_of_february_keeps_its_day_in_the_months_that_have_it() -> None:
    anchor = datetime(2028, 2, 29, tzinfo=UTC)
    assert days(drips(anchor)) == [(month % 12 + 1, 29) for month in range(2, 13)][:11]
    following = drips(anchor, start=datetime(2029, 2, 28, tzinfo=UTC))
    assert days(following)[0] == (3, 29)
    assert len(following) == 11


def test_a_month_has_no_drip() -> None:
    assert drips(datetime(2027, 4, 1, tzinfo=UTC), months=1) == ()


def test_nothing_drips_from_the_end_of_the_period_on() -> None:
    anchor = datetime(2027, 4, 1, tzinfo=UTC)
    found = monthly(
        subscription_id="sub",
        user_id="ada",
        cause="order",
        order_id=None,
        amount=1,
        anchor=anchor,
        start=anchor,
        months=12,
        until=datetime(2027, 6, 1, tzinfo=UTC),
        new_id=lambda: "id",
    )
    assert days(found) == [(5, 1)]


@given(INSTANTS, st.integers(0, 40))
def test_each_drip_ends_when_the_next_is_due_and_the_last_with_the_period(anchor: datetime, years: int) -> None:
    start = add_months(anchor, 12 * years)
    found = drips(anchor, start=start)
    assert len(found) == 11
    assert [drip.ends_at for drip in found[:-1]] == [drip.due_at for drip in found[1:]]
    assert found[0].due_at == add_months(anchor, 12 * years + 1)
    assert found[-1].ends_at == add_months(anchor, 12 * (years + 1))
    assert all(timedelta(days=28) <= drip.ends_at - drip.due_at <= timedelta(days=31) for drip in found)


@given(INSTANTS)
def test_every_drip_has_a_key_of_its_own(anchor: datetime) -> None:
    assert len({drip.key for drip in drips(anchor)}) == 11


@given(INSTANTS, st.integers(-30, 400))
def test_whole_months_between_are_counted_back_from_a_month_end_too(anchor: datetime, months: int) -> None:
    assert months_between(anchor, add_months(anchor, months)) == months


@given(INSTANTS, st.integers(0, 4000))
def test_so_many_months_have_passed_and_not_one_more(anchor: datetime, passed: int) -> None:
    moment = anchor + timedelta(days=passed)
    months = months_between(anchor, moment)
    assert add_months(anchor, months) <= moment < add_months(anchor, months + 1)


@pytest.mark.parametrize(("moment", "months"), [((2027, 2, 27), 0), ((2027, 2, 28), 1), ((2027, 3, 30), 1)])
def test_the_month_end_counts_for_the_31st(moment: tuple[int, int, int], months: int) -> None:
    assert months_between(datetime(2027, 1, 31, tzinfo=UTC), datetime(*moment, tzinfo=UTC)) == months
