"""How days and moments are written in each language. All times are UTC and say so where the hour matters."""

from datetime import datetime

from babel.dates import format_date, format_datetime

_BABEL = {"en": "en_US", "zh": "zh_Hans_CN", "fr": "fr_FR"}


def day(at: datetime | None, locale: str) -> str:
    """A date such as `Mar 5, 2027`, or an empty text for None."""
    return format_date(at, format="medium", locale=_BABEL[locale]) if at else ""


def moment(at: datetime | None, locale: str) -> str:
    """A date with hour and minute such as `Mar 5, 2027, 14:03 UTC`, or an empty text for None."""
    if at is None:
        return ""
    pattern = "y年M月d日 HH:mm 'UTC'" if locale == "zh" else "d MMM y, HH:mm 'UTC'"
    if locale == "en":
        pattern = "MMM d, y, HH:mm 'UTC'"
    return format_datetime(at, format=pattern, locale=_BABEL[locale])
