"""How much of what an order granted its refunds and disputes take back: one sum over both, never counted twice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RefundStatus(StrEnum):
    """Source: Stripe, Refund.status."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


class DisputeStatus(StrEnum):
    """Source: Stripe, Dispute.status."""

    WARNING_NEEDS_RESPONSE = "warning_needs_response"
    WARNING_UNDER_REVIEW = "warning_under_review"
    WARNING_CLOSED = "warning_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


class ClawbackPolicy(StrEnum):
    """What happens when more was spent than may be kept: forget the rest, owe it, or freeze the account."""

    CLAMP = "clamp"
    DEBT = "debt"
    FREEZE = "freeze"


def policy_of(granted: Mapping[str, object]) -> ClawbackPolicy:
    """The policy that an order's snapshot of what it granted names."""
    return ClawbackPolicy(str(granted.get("clawback", ClawbackPolicy.CLAMP)))


_GONE = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED})
_CONTESTED = frozenset({DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One row of `refunds`. Minor units; `watermark` is when the provider said this last."""

    id: str
    provider: str
    provider_refund_id: str
    amount_minor: int
    currency: str
    status: RefundStatus
    watermark: datetime
    created_at: datetime
    updated_at: datetime
    order_id: str | None = None
    provider_payment_intent_id: str | None = None
    provider_charge_id: str | None = None
    reason: str = ""

    @property
    def takes_back(self) -> int:
        """Minor units that are away, or on their way: a failed refund takes nothing."""
        return self.amount_minor if self.status in _GONE else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """One row of `disputes`. Minor units; `watermark` is when the provider said this last."""

    id: str
    provider: str
    provider_dispute_id: str
    amount_minor: int
    currency: str
    status: DisputeStatus
    watermark: datetime
    created_at: datetime
    updated_at: datetime
    order_id: str | None = None
    provider_payment_intent_id: str | None = None
    provider_charge_id: str | None = None
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.status in _CONTESTED

    @property
    def takes_back(self) -> int:
        """Minor units that are contested or lost; a won dispute or a mere inquiry takes nothing."""
        return self.amount_minor if self.is_open or self.status is DisputeStatus.LOST else 0


def money_back(refunds: Iterable[Refund], disputes: Iterable[Dispute], paid: int) -> int:
    """Minor units of an order that are no longer ours: refunds plus disputes, never more than was paid."""
    away = sum(refund.takes_back for refund in refunds) + sum(dispute.takes_back for dispute in disputes)
    return min(paid, away)


def credits_to_revoke(granted: int, back: int, paid: int) -> int:
    """The absolute target: how many of `granted` credits are to be revoked in all when `back` of `paid` went back.

    Rounded up, so that a refund of nearly everything leaves no free credit. Tax is in both and cancels out.
    """
    if paid <= 0 or back <= 0:
        return 0
    return min(granted, -(-granted * back // paid))


@dataclass(frozen=True, slots=True)
class Granted:
    """A lot of an order as its refunds see it: what is left, what went back before, and what ran out with its period.

    What is missing from `amount` was spent. `is_over`: nothing moves in it any more, neither out nor in.
    """

    amount: int
    remaining: int
    revoked: int = 0
    ended: int = 0
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Clawback:
    """The absolute end: credits `revoked` and still `owed` in all, and what to put into (or take from) each lot for it."""

    revoked: int
    owed: int
    moves: tuple[int, ...]


def claw_back(lots: Sequence[Granted], back: int, paid: int) -> Clawback:
    """What is to happen to an order's lots when `back` of `paid` minor units went back.

    Each lot loses its own part, so that it does not matter which of its order's lots were there, or over, when the
    refund was heard of: what ran out unused counts as revoked, what was spent is owed.
    """
    revoked, owed, moves = 0, 0, []
    for lot in lots:
        target = credits_to_revoke(lot.amount, back, paid)
        wanted = min(target, lot.remaining + lot.revoked + lot.ended)
        revoked, owed = revoked + wanted, owed + target - wanted
        moves.append(0 if lot.is_over else lot.revoked - wanted)
    return Clawback(revoked, owed, tuple(moves))
