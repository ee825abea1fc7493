"""Billing periods: whole intervals counted from the original anchor, clamped to the ends of months, in UTC."""

import calendar
from datetime import UTC, datetime

SECONDS = {"day": 86400, "week": 7 * 86400}


def after(anchor: int, interval: str, count: int) -> int:
    """The moment `count` intervals after the anchor; 31 January plus one month is the last of February."""
    if interval in SECONDS:
        return anchor + SECONDS[interval] * count
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.year * 12 + start.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def around(anchor: int, interval: str, count: int, moment: int) -> tuple[int, int]:
    """The period, counted from the anchor in steps of `count` intervals, in which `moment` lies."""
    end = next_after(anchor, interval, count, moment)
    length = count * SECONDS.get(interval, 366 * 86400 if interval == "year" else 31 * 86400)
    steps = (end - anchor) // length
    while after(anchor, interval, steps * count) < end:
        steps += 1
    return after(anchor, interval, (steps - 1) * count), end


def next_after(anchor: int, interval: str, count: int, moment: int) -> int:
    """The first end of a period, counted from the anchor in steps of `count` intervals, that lies after `moment`."""
    length = count * SECONDS.get(interval, 366 * 86400 if interval == "year" else 31 * 86400)
    steps = (moment - anchor) // length
    while after(anchor, interval, steps * count) <= moment:
        steps += 1
    return after(anchor, interval, steps * count)
