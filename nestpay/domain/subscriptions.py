"""A subscription as we keep it, and what its status means."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class SubscriptionStatus(StrEnum):
    """Stripe's eight, and `pending` while the provider does not know it yet or we have not read it yet."""

    PENDING = "pending"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    PAUSED = "paused"


class CancelReason(StrEnum):
    """Why a customer leaves. Source: Stripe, Subscription.cancellation_details.feedback."""

    TOO_EXPENSIVE = "too_expensive"
    UNUSED = "unused"
    MISSING_FEATURES = "missing_features"
    LOW_QUALITY = "low_quality"
    TOO_COMPLEX = "too_complex"
    CUSTOMER_SERVICE = "customer_service"
    SWITCHED_SERVICE = "switched_service"
    OTHER = "other"


ENDED = frozenset({SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED})
"""Nothing comes after these."""

LIVE = frozenset(
    {
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.UNPAID,
        SubscriptionStatus.PAUSED,
    }
)
"""One of these per sales group is enough: a second checkout is refused."""


SUCCESSOR_OF = "successor_of"
"""In a subscription's metadata at its provider: our id of the one that it takes over from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One row of `subscriptions`. Instants are UTC, the period is half-open."""

    id: str
    user_id: str
    provider: str
    provider_subscription_id: str
    status: SubscriptionStatus
    created_at: datetime
    updated_at: datetime
    provider_customer_id: str | None = None
    plan_id: str | None = None
    price_id: str | None = None
    quantity: int = 1
    sales_group: str = "plan"
    current_period_start: datetime | None = None
    current_period_end: datetime | None = None
    cancel_at_period_end: bool = False
    cancels_at: datetime | None = None
    canceled_at: datetime | None = None
    ended_at: datetime | None = None
    trial_start: datetime | None = None
    trial_end: datetime | None = None
    anchor_at: datetime | None = None
    past_due_at: datetime | None = None
    paused_at: datetime | None = None
    resumes_at: datetime | None = None
    cancel_reason: str = ""
    cancel_comment: str = ""
    scheduled_price_id: str | None = None
    scheduled_quantity: int | None = None
    scheduled_at: datetime | None = None
    provider_schedule_id: str | None = None
    action_url: str = ""
    """Where the customer confirms or pays what is open: 3D Secure, or an unpaid invoice."""
    successor_id: str | None = None
    watermark: datetime | None = None
    """When the last read of the provider began: it answers every event stored before."""
    provider_metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_of_plan(self) -> bool:
        """Whether it is for a plan. One for a space stands beside it, in a group of its own such as `space:…`."""
        return ":" not in self.sales_group
