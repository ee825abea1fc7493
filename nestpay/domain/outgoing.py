"""What we tell other programs: which change of a row is which event, and what the event carries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from nestpay.domain.ledger import LogLine, LogType
from nestpay.domain.orders import Order, OrderStatus, OrderType, number
from nestpay.domain.subscriptions import ENDED, Subscription, SubscriptionStatus


class OutgoingType(StrEnum):
    """Every type that an endpoint may wish to hear of."""

    ORDER_CREATED = "order.created"
    ORDER_PAID = "order.paid"
    ORDER_FAILED = "order.failed"
    ORDER_CANCELED = "order.canceled"
    ORDER_REFUNDED = "order.refunded"
    ORDER_DISPUTED = "order.disputed"
    SUBSCRIPTION_CREATED = "subscription.created"
    SUBSCRIPTION_ACTIVATED = "subscription.activated"
    SUBSCRIPTION_RENEWED = "subscription.renewed"
    SUBSCRIPTION_UPDATED = "subscription.updated"
    SUBSCRIPTION_CANCELED = "subscription.canceled"
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    SUBSCRIPTION_PAUSED = "subscription.paused"
    SUBSCRIPTION_PAST_DUE = "subscription.past_due"
    SUBSCRIPTION_ENDED = "subscription.ended"
    CREDITS_GRANTED = "credits.granted"
    CREDITS_SPENT = "credits.spent"
    CREDITS_HELD = "credits.held"
    CREDITS_RELEASED = "credits.released"
    CREDITS_REVOKED = "credits.revoked"
    CREDITS_EXPIRED = "credits.expired"
    CREDITS_ADJUSTED = "credits.adjusted"
    CUSTOMER_STATE_CHANGED = "customer.state_changed"


TEST = "endpoint.test"
"""The type of the event that an admin sends to see whether an endpoint answers; nobody has to wish for it."""

_ORDER_BECAME = {
    OrderStatus.SUCCEEDED: OutgoingType.ORDER_PAID,
    OrderStatus.FAILED: OutgoingType.ORDER_FAILED,
    OrderStatus.CANCELED: OutgoingType.ORDER_CANCELED,
    OrderStatus.DISPUTED: OutgoingType.ORDER_DISPUTED,
}
_SUBSCRIPTION_BECAME = {
    SubscriptionStatus.ACTIVE: OutgoingType.SUBSCRIPTION_ACTIVATED,
    SubscriptionStatus.TRIALING: OutgoingType.SUBSCRIPTION_ACTIVATED,
    SubscriptionStatus.PAUSED: OutgoingType.SUBSCRIPTION_PAUSED,
    SubscriptionStatus.PAST_DUE: OutgoingType.SUBSCRIPTION_PAST_DUE,
    SubscriptionStatus.UNPAID: OutgoingType.SUBSCRIPTION_PAST_DUE,
    **dict.fromkeys(ENDED, OutgoingType.SUBSCRIPTION_ENDED),
}
_GRANTS = (
    LogType.ONE_TIME_PURCHASE,
    LogType.SUBSCRIPTION_GRANT,
    LogType.SIGNUP_BONUS,
    LogType.SUBSCRIPTION_DRIP,
    LogType.ROLLOVER,
    LogType.PROMOTION,
)
_LINE_IS = {
    **dict.fromkeys(_GRANTS, OutgoingType.CREDITS_GRANTED),
    **dict.fromkeys((LogType.FEATURE_USAGE, LogType.SEAT_USAGE, LogType.HOLD_SETTLE), OutgoingType.CREDITS_SPENT),
    **dict.fromkeys((LogType.REFUND_REVOKE, LogType.SUBSCRIPTION_CANCEL_REVOKE), OutgoingType.CREDITS_REVOKED),
    **dict.fromkeys((LogType.EXPIRE, LogType.PERIOD_RESET), OutgoingType.CREDITS_EXPIRED),
    LogType.HOLD: OutgoingType.CREDITS_HELD,
    LogType.HOLD_RELEASE: OutgoingType.CREDITS_RELEASED,
}
"""Every other line of the log is an adjustment."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event before it is stored. `data` is JSON: money in minor units, instants ISO 8601 in UTC."""

    type: OutgoingType
    user_id: str
    data: dict[str, Any]


def of_order(before: Order | None, after: Order) -> Iterator[Happening]:
    """What a change of an order tells. A refund's own row tells nothing: the order that it refunds does."""
    if after.type is OrderType.REFUND:
        return
    if before is None:
        yield Happening(OutgoingType.ORDER_CREATED, after.user_id, order_data(after))
    if (before is None or before.status is not after.status) and after.status in _ORDER_BECAME:
        yield Happening(_ORDER_BECAME[after.status], after.user_id, order_data(after))
    if before is not None and before.amount_refunded != after.amount_refunded:
        yield Happening(OutgoingType.ORDER_REFUNDED, after.user_id, order_data(after))


def of_subscription(before: Subscription | None, after: Subscription) -> Iterator[Happening]:
    """What a change of a subscription tells: what its status became, and otherwise what else is new about it."""

    def told(kind: OutgoingType) -> Happening:
        return Happening(kind, after.user_id, subscription_data(after))

    if before is None:
        yield told(OutgoingType.SUBSCRIPTION_CREATED)
    became = _SUBSCRIPTION_BECAME.get(after.status)
    was = _SUBSCRIPTION_BECAME.get(before.status) if before else None
    if became and became is not was:
        yield told(became)
    if before is None or became is OutgoingType.SUBSCRIPTION_ENDED:
        return
    if before.current_period_start and _is_later(after.current_period_start, before.current_period_start):
        yield told(OutgoingType.SUBSCRIPTION_RENEWED)
    if (before.price_id, before.quantity) != (after.price_id, after.quantity):
        yield told(OutgoingType.SUBSCRIPTION_UPDATED)
    if (before.cancels_at is None) != (after.cancels_at is None):
        yield told(OutgoingType.SUBSCRIPTION_CANCELED if after.cancels_at else OutgoingType.SUBSCRIPTION_RESUMED)


def of_line(line: LogLine) -> Happening:
    """What a line of the credit log tells."""
    return Happening(_LINE_IS.get(line.type, OutgoingType.CREDITS_ADJUSTED), line.user_id, line_data(line))


def order_data(order: Order) -> dict[str, Any]:
    """An order as events carry it. Amounts are minor units of `currency`."""
    return {
        "id": order.id,
        "number": number(order.id),
        "user_id": order.user_id,
        "provider": order.provider,
        "type": str(order.type),
        "status": str(order.status),
        "plan_id": order.plan_id,
        "price_id": order.price_id,
        "subscription_id": order.subscription_id,
        "quantity": order.quantity,
        "currency": order.currency,
        "amount_subtotal": order.amount_subtotal,
        "amount_discount": order.amount_discount,
        "amount_tax": order.amount_tax,
        "amount_total": order.amount_total,
        "amount_refunded": order.amount_refunded,
        "description": order.description,
        "granted": order.granted,
        "created_at": _text(order.created_at),
        "paid_at": _text(order.paid_at),
    }


def subscription_data(subscription: Subscription) -> dict[str, Any]:
    """A subscription as events carry it."""
    return {
        "id": subscription.id,
        "user_id": subscription.user_id,
        "provider": subscription.provider,
        "provider_subscription_id": subscription.provider_subscription_id,
        "status": str(subscription.status),
        "plan_id": subscription.plan_id,
        "price_id": subscription.price_id,
        "quantity": subscription.quantity,
        "current_period_start": _text(subscription.current_period_start),
        "current_period_end": _text(subscription.current_period_end),
        "cancels_at": _text(subscription.cancels_at),
        "ended_at": _text(subscription.ended_at),
        "trial_end": _text(subscription.trial_end),
        "created_at": _text(subscription.created_at),
    }


def line_data(line: LogLine) -> dict[str, Any]:
    """A line of the credit log as events carry it: what moved, and both balances after it."""
    return {
        "id": line.id,
        "user_id": line.user_id,
        "seq": line.seq,
        "type": str(line.type),
        "amount": line.amount,
        "subscription_balance_after": line.subscription_balance_after,
        "one_time_balance_after": line.one_time_balance_after,
        "feature": line.feature,
        "order_id": line.order_id,
        "created_at": _text(line.created_at),
    }


def _is_later(new: datetime | None, old: datetime) -> bool:
    return new is not None and new > old


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None
