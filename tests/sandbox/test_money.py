"""Amounts: decimals by currency, shares that add up, tax that is contained or added, months that end early."""

from datetime import UTC, datetime

import pytest

from nestpay.sandbox import calendar, money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (123450, "usd", "$1,234.50"),
        (500, "jpy", "¥500"),
        (-300, "eur", "-€3.00"),
        (1234, "kwd", "KWD\u00a01.234"),
        (5, "usd", "$0.05"),
    ],
)
def test_an_amount_is_shown_with_the_decimals_of_its_currency(amount: int, currency: str, text: str) -> None:
    assert money.shown(amount, currency) == text


def test_the_parts_of_an_amount_add_up_to_it() -> None:
    assert money.spread(100, [1, 1, 1]) == [33, 34, 33]
    assert sum(money.spread(1001, [333, 333, 335])) == 1001


def test_percentages_round_half_up_without_floats() -> None:
    assert money.percent(1050, "12.5") == 131
    assert money.percent(250, "50.2") == 126


def _month(count: int) -> str:
    anchor = int(datetime(2027, 1, 31, 12, tzinfo=UTC).timestamp())
    return datetime.fromtimestamp(calendar.after(anchor, "month", count), UTC).strftime("%Y-%m-%d")


def test_months_are_counted_from_the_anchor_and_clamped_to_their_ends() -> None:
    assert [_month(count) for count in (1, 2, 3, 13)] == ["2027-02-28", "2027-03-31", "2027-04-30", "2028-02-29"]
