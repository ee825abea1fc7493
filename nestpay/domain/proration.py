"""What a change of plan means: whether it is a step up, what it does to credits, and what it costs by our own estimate.

Credits follow the money: each line of a paid invoice that charges or gives back a part of a period moves the same part
of a month's credits. Nothing is rounded in the customer's favour, so that changing to and fro never earns a credit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from nestpay.domain.money import share
from nestpay.domain.periods import Interval, add_months, months_of


class CreditPolicy(StrEnum):
    """What a change inside a period does to the period's credits.

    `prorate` adds the new plan's part and takes the old plan's back, `keep` leaves them until the next period, `replace`
    ends what is left and gives the new plan's part for the rest of the period.
    """

    PRORATE = "prorate"
    KEEP = "keep"
    REPLACE = "replace"


class CreditMove(StrEnum):
    """What to do with a subscription's credits."""

    NOTHING = "nothing"
    ADD = "add"
    TAKE = "take"
    REPLACE = "replace"
    NEW_PERIOD = "new_period"


@dataclass(frozen=True, slots=True)
class CreditLine:
    """A line of an invoice as credits see it. `credits` are a month's credits of its price times its quantity.

    The sign of `amount` (minor units) says whether the time is charged or given back; the period is half-open UTC.
    """

    amount: int
    proration: bool
    credits: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class CreditChange:
    """One move of `credits`, which belong to the period from `start` to `end` (UTC)."""

    move: CreditMove
    credits: int = 0
    start: datetime | None = None
    end: datetime | None = None

    @property
    def gives(self) -> int:
        """Credits that come at once; negative when they are taken."""
        return -self.credits if self.move is CreditMove.TAKE else self.credits

    def rule(self, policy: CreditPolicy) -> str:
        """How the move is told to the customer: by the plan's policy, or as the new period that it begins."""
        return self.move if self.move is CreditMove.NEW_PERIOD else policy


@dataclass(frozen=True, slots=True)
class Terms:
    """What is paid for: `amount` minor units a piece and interval, `quantity` pieces."""

    amount: int
    quantity: int
    interval: Interval
    interval_count: int = 1

    @property
    def total(self) -> int:
        """Minor units for one interval."""
        return self.amount * self.quantity

    @property
    def months(self) -> int:
        return months_of(self.interval, self.interval_count)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a change would cost by our own arithmetic, in minor units before tax and discounts."""

    given_back: int
    charged: int
    ends_at: datetime

    @property
    def due(self) -> int:
        """What is to be paid now; below zero it goes to the customer's balance."""
        return self.charged - self.given_back


def is_upgrade(held: Terms, wanted: Terms) -> bool:
    """Whether a change is a step up: to longer periods, or dearer by the month within the same interval."""
    if held.months != wanted.months:
        return wanted.months > held.months
    return wanted.total > held.total


def month_of(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The month of credits in which `start` lies, as a half-open interval, the months being counted back from `end`."""
    months = 1
    while add_months(end, -months) > start:
        months += 1
    return add_months(end, -months), add_months(end, 1 - months)


def part_of_month(start: datetime, end: datetime) -> Fraction:
    """How much of its month of credits is left at `start` of a line that goes to `end` (UTC)."""
    month_start, month_end = month_of(start, end)
    return Fraction(_seconds(start, month_end), _seconds(month_start, month_end))


def credits_on_change(lines: Iterable[CreditLine], policy: CreditPolicy) -> CreditChange:
    """What the lines of one paid invoice for a change do to the credits, under the new plan's policy.

    A full period that is charged is a new period, whatever the policy. Credits are whole numbers, rounded down when they
    are given and up when they are taken.
    """
    known = list(lines)
    full = [line for line in known if not line.proration and line.amount > 0 and line.start < line.end]
    if full:
        newest = max(full, key=lambda line: line.end)
        together = sum(line.credits for line in full if (line.start, line.end) == (newest.start, newest.end))
        return CreditChange(CreditMove.NEW_PERIOD, together, newest.start, newest.end)
    parts = [line for line in known if line.proration and line.amount and line.start < line.end]
    if not parts or policy is CreditPolicy.KEEP:
        return CreditChange(CreditMove.NOTHING)
    start = min(line.start for line in parts)
    _, end = month_of(start, max(line.end for line in parts))
    charged = sum(
        (line.credits * part_of_month(line.start, line.end) for line in parts if line.amount > 0), Fraction(0)
    )
    returned = sum(
        (line.credits * part_of_month(line.start, line.end) for line in parts if line.amount < 0), Fraction(0)
    )
    if policy is CreditPolicy.REPLACE and charged:
        return CreditChange(CreditMove.REPLACE, floor(charged), start, end)
    difference = charged - returned
    if difference > 0:
        return CreditChange(CreditMove.ADD if floor(difference) else CreditMove.NOTHING, floor(difference), start, end)
    return CreditChange(CreditMove.TAKE if difference else CreditMove.NOTHING, ceil(-difference), start, end)


def estimate(
    held: Terms, wanted: Terms, *, start: datetime, end: datetime, at: datetime, keeps_period: bool = True
) -> Estimate:
    """What changing at `at` would cost, by the second, inside the period from `start` to `end` (UTC).

    Within the same interval only the rest of the period is charged, unless the provider does not keep the period;
    another interval begins a new period at `at`.
    """
    left, whole = max(0, _seconds(at, end)), _seconds(start, end)
    given_back = share(held.total, left, whole)
    if keeps_period and held.months == wanted.months:
        return Estimate(given_back, share(wanted.total, left, whole), end)
    return Estimate(given_back, wanted.total, add_months(at, wanted.months))


def _seconds(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds())
