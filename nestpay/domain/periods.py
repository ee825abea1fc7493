"""Billing periods: half-open intervals of UTC, counted from the original anchor and clamped to month ends.

31 January plus one month is 28 (or 29) February, plus two months 31 March: never counted from the clamped day.
"""

import calendar
from datetime import datetime, timedelta
from enum import StrEnum

RENEWAL_GRACE = timedelta(days=3)
"""How long a period's credits outlive it, because the renewal's invoice is paid an hour or more after its end."""

_MONTHS_A_YEAR = 12


class Interval(StrEnum):
    """How often a price is paid."""

    MONTH = "month"
    YEAR = "year"
    ONCE = "once"


def add_months(anchor: datetime, months: int) -> datetime:
    """`anchor` moved by whole months (also negative), its day clamped to the target month's last."""
    index = anchor.year * _MONTHS_A_YEAR + anchor.month - 1 + months
    year, month = divmod(index, _MONTHS_A_YEAR)
    last_day = calendar.monthrange(year, month + 1)[1]
    return anchor.replace(year=year, month=month + 1, day=min(anchor.day, last_day))


def months_of(interval: Interval, count: int = 1) -> int:
    """Months in `count` intervals; 0 for a price that is paid once."""
    return {Interval.MONTH: 1, Interval.YEAR: _MONTHS_A_YEAR, Interval.ONCE: 0}[interval] * count


def period_start(anchor: datetime, interval: Interval, index: int, count: int = 1) -> datetime:
    """Start of the period number `index` (0 is the first); the period ends where number `index + 1` starts."""
    return add_months(anchor, index * months_of(interval, count))
