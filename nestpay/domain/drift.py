"""Whether the provider's copy of a price is still what ours says."""

from dataclasses import dataclass
from enum import StrEnum

from nestpay.domain.periods import Interval


class Drift(StrEnum):
    """What differs. Only a price with none of these is sold."""

    NONE = ""
    GONE = "gone"
    INACTIVE = "inactive"
    AMOUNT = "amount"
    INTERVAL = "interval"
    COUPON = "coupon"


@dataclass(frozen=True, slots=True)
class Copy:
    """What both sides say of one price, in minor units."""

    currency: str
    amount_minor: int
    interval: Interval


def drift(ours: Copy, theirs: Copy | None, *, is_active: bool = True, has_coupon: bool = True) -> Drift:
    """The gravest difference. `theirs` is None when the provider does not know the price; `has_coupon` is False when
    the coupon that ours is sold with cannot be used any more."""
    if theirs is None:
        return Drift.GONE
    if not is_active:
        return Drift.INACTIVE
    if (ours.currency, ours.amount_minor) != (theirs.currency, theirs.amount_minor):
        return Drift.AMOUNT
    if ours.interval is not theirs.interval:
        return Drift.INTERVAL
    return Drift.NONE if has_coupon else Drift.COUPON
