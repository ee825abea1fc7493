"""An order: one payment or refund, its amounts and what it granted; and which way its status may go."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from nestpay.domain.facts import BillingReason


class OrderType(StrEnum):
    PURCHASE = "purchase"
    SUBSCRIPTION_INITIAL = "subscription_initial"
    SUBSCRIPTION_RENEWAL = "subscription_renewal"
    SUBSCRIPTION_UPDATE = "subscription_update"
    REFUND = "refund"


class OrderStatus(StrEnum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"
    DISPUTED = "disputed"


PAID = frozenset({OrderStatus.SUCCEEDED, OrderStatus.REFUNDED, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.DISPUTED})
"""The money of these arrived, even if some of it went back later."""
_TYPE_BY_REASON = {
    BillingReason.SUBSCRIPTION_CREATE: OrderType.SUBSCRIPTION_INITIAL,
    BillingReason.SUBSCRIPTION_CYCLE: OrderType.SUBSCRIPTION_RENEWAL,
    BillingReason.SUBSCRIPTION_UPDATE: OrderType.SUBSCRIPTION_UPDATE,
    BillingReason.TRIAL_START: OrderType.SUBSCRIPTION_INITIAL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One row of `orders`. Amounts are minor units of `currency`; instants are UTC."""

    id: str
    user_id: str
    provider: str
    type: OrderType
    status: OrderStatus
    currency: str
    created_at: datetime
    updated_at: datetime
    provider_order_id: str | None = None
    price_id: str | None = None
    plan_id: str | None = None
    subscription_id: str | None = None
    quantity: int = 1
    amount_subtotal: int = 0
    amount_discount: int = 0
    amount_tax: int = 0
    amount_total: int = 0
    amount_refunded: int = 0
    credits_revoked: int = 0
    credits_owed: int = 0
    provider_session_id: str | None = None
    provider_payment_intent_id: str | None = None
    provider_invoice_id: str | None = None
    provider_charge_id: str | None = None
    provider_product_id: str | None = None
    provider_price_id: str | None = None
    provider_subscription_id: str | None = None
    description: str = ""
    service: str = ""
    granted: dict[str, Any] = field(default_factory=dict)
    invoice_url: str = ""
    receipt_url: str = ""
    checkout_url: str = ""
    checkout_expires_at: datetime | None = None
    provider_metadata: dict[str, Any] = field(default_factory=dict)
    paid_at: datetime | None = None

    @property
    def is_paid(self) -> bool:
        """Whether its money arrived, even if some of it went back later."""
        return self.status in PAID


def type_for(reason: BillingReason) -> OrderType:
    """The order type of an invoice with this billing reason."""
    return _TYPE_BY_REASON.get(reason, OrderType.PURCHASE)


def next_status(current: OrderStatus, wanted: OrderStatus) -> OrderStatus:
    """Where a checkout's order goes when told `wanted`: money wins over everything, and only `pending` can end unpaid.

    Told in any order and any number of times the result is the same, except that of two unpaid ends the first stays.
    """
    if current in PAID:
        return current
    if wanted is OrderStatus.SUCCEEDED:
        return wanted
    return wanted if current is OrderStatus.PENDING else current


_INVOICE_RANK = {OrderStatus.PENDING: 0, OrderStatus.FAILED: 1, OrderStatus.CANCELED: 2, OrderStatus.SUCCEEDED: 3}


def next_invoice_status(current: OrderStatus, wanted: OrderStatus) -> OrderStatus:
    """Where an invoice's order goes when told `wanted`: failed, then taken back, then paid, and never the other way."""
    if current in PAID:
        return current
    return max(current, wanted, key=_INVOICE_RANK.__getitem__)


def number(order_id: str) -> str:
    """A short name for people, made of the id's random tail."""
    return f"NP-{order_id[-8:].upper()}"
