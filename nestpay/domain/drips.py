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
    new_id: Callable[[], str],
) -> tuple[Drip, ...]:
    """The drips of a paid period of `months` months that began at `start`; the first month was granted with the money."""
    offset = months_between(anchor, start)
    return tuple(
        Drip(
            id=new_id(),
            subscription_id=subscription_id,
            user_id=user_id,
            cause=cause,
            order_id=order_id,
            index=index,
            amount=amount,
            due_at=add_months(anchor, offset + index),
            ends_at=add_months(anchor, offset + index + 1),
        )
        for index in range(1, months)
    )
