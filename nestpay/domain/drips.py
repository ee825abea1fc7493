"""Credits that come monthly out of a longer promise: which, when, and until when. Counted from the original anchor."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from nestpay.domain.periods import add_months


class DripStatus(StrEnum):
    PENDING = "pending"
    GRANTED = "granted"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drip:
    """One row of `credit_drips`: `amount` credits from `due_at` until `ends_at` (UTC). `cause` is what promised them."""

    id: str
    subscription_id: str
    user_id: str
    cause: str
    index: int
    amount: int
    due_at: datetime
    ends_at: datetime
    order_id: str | None = None
    status: DripStatus = DripStatus.PENDING
    closed_at: datetime | None = None

    @property
    def key(self) -> str:
        """The business key that makes it grant once."""
        return f"drip:{self.cause}:{self.index}"


def months_between(anchor: datetime, moment: datetime) -> int:
    """Whole months from `anchor` to `moment`, a month end counting for the anchor's day."""
    months = (moment.year - anchor.year) * 12 + moment.month - anchor.month
    return months if add_months(anchor, months) <= moment else months - 1


def monthly(
    *,
    subscription_id: str,
    user_id: str,
    cause: str,
    order_id: str | None,
    amount: int,
    anchor: datetime,
    start: datetime,
    months: int,
    until: datetime,
    new_id: Callable[[], str],
) -> tuple[Drip, ...]:
    """The drips of a period that began at `start` and ends at `until`, at most `months` of them with the first.

    The first month was granted with the money, so a month's period or a trial has none. An anchor from which no month
    begins at `start` is that of another plan before: the months are counted from `start` then.
    """
    if add_months(anchor, months_between(anchor, start)) != start:
        anchor = start
    offset = months_between(anchor, start)
    due = ((index, add_months(anchor, offset + index)) for index in range(1, months))
    return tuple(
        Drip(
            id=new_id(),
            subscription_id=subscription_id,
            user_id=user_id,
            cause=cause,
            order_id=order_id,
            index=index,
            amount=amount,
            due_at=due_at,
            ends_at=add_months(anchor, offset + index + 1),
        )
        for index, due_at in due
        if due_at < until
    )
