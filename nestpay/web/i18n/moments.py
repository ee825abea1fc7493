"""How days and moments are written in each language. All times are UTC and say so where the hour matters.

A customer's browser tells some of them anew in its own time zone: see nestpay.web.components.times.
"""

from datetime import date, datetime

from babel.dates import format_date, format_datetime, format_timedelta

_BABEL = {"en": "en_US", "zh": "zh_Hans_CN", "fr": "fr_FR"}


def day(at: datetime | None, locale: str) -> str:
    """A date such as `Mar 5, 2027`, or an empty text for None."""
    return format_date(at, format="medium", locale=_BABEL[locale]) if at else ""


def date_of(day_: date, locale: str) -> str:
    """A calendar day such as `Mar 5, 2027`."""
    return format_date(day_, format="medium", locale=_BABEL[locale])


def moment(at: datetime | None, locale: str) -> str:
    """A date with hour and minute such as `Mar 5, 2027, 14:03 UTC`, or an empty text for None."""
    if at is None:
        return ""
    pattern = "y年M月d日 HH:mm 'UTC'" if locale == "zh" else "d MMM y, HH:mm 'UTC'"
    if locale == "en":
        pattern = "MMM d, y, HH:mm 'UTC'"
    return format_datetime(at, format=pattern, locale=_BABEL[locale])


def stamp(at: datetime | None) -> str:
    """The same moment for a machine: ISO 8601 in UTC, or an empty text for None."""
    return at.isoformat(timespec="seconds") if at else ""


def age(at: datetime | None, now: datetime, locale: str) -> str:
    """How long ago, in the largest unit that fits: `3 hours`; an empty text for None."""
    return format_timedelta(now - at, granularity="minute", threshold=1, locale=_BABEL[locale]) if at else ""
