"""The range of a report: whole days of UTC, cut into days, weeks (from Monday) or months."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from nestpay.domain.errors import InvalidSpan

LONGEST_DAYS = 3660
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
_DEFAULT_DAYS = 30
_DECEMBER = 12


class Step(StrEnum):
    """How long one line of a report is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Span:
    """From the first day to the last, both included."""

    first: date
    last: date
    step: Step = Step.DAY

    @property
    def start(self) -> datetime:
        """The instant it begins at (UTC)."""
        return datetime.combine(self.first, time(), UTC)

    @property
    def end(self) -> datetime:
        """The instant after it (UTC)."""
        return datetime.combine(self.last + timedelta(days=1), time(), UTC)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def part_of(self, day: date) -> date:
        """The first day of the part that `day` falls into; the range's own first day for the first part."""
        if self.step is Step.WEEK:
            day -= timedelta(days=day.weekday())
        elif self.step is Step.MONTH:
            day = day.replace(day=1)
        return max(day, self.first)

    def parts(self) -> Iterator[date]:
        """The first day of every part, in order."""
        day = self.first
        while day <= self.last:
            yield day
            day = self._next(day)

    def _next(self, day: date) -> date:
        if self.step is Step.WEEK:
            return day + timedelta(days=7 - day.weekday())
        if self.step is Step.MONTH:
            is_last = day.month == _DECEMBER
            return date(day.year + is_last, 1 if is_last else day.month + 1, 1)
        return day + timedelta(days=1)


def read_span(first: str, last: str, step: str, today: date) -> Span:
    """A range as somebody typed it: dates as 2027-02-01, left out for the thirty days up to `today`.

    Raises InvalidSpan for what is no date, ends before it begins, or is longer than ten years.
    """
    try:
        until = date.fromisoformat(last) if last else today
        since = date.fromisoformat(first) if first else until - timedelta(days=_DEFAULT_DAYS - 1)
        span = Span(since, until, Step(step or Step.DAY))
    except (ValueError, OverflowError):
        raise InvalidSpan from None
    if not _FIRST_YEAR <= since.year <= until.year <= _LAST_YEAR or not 0 < span.days <= LONGEST_DAYS:
        raise InvalidSpan
    return span
