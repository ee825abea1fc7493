"""Creem's words and fields as ours: one table for each kind of word, and readers that forgive what real payloads leave out.

Sources: Creem's npm SDK 1.13, `@creem_io/webhook-types` 1.0, and its documents of April 2026; NEXTY's names for the same.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nestpay.domain.facts import Amounts
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.domain.subscriptions import SubscriptionStatus

PROVIDER = "creem"
Thing = Mapping[str, Any]

STANDS_FOR, TRIAL_PRODUCT = "stands_for", "trial_product"
"""What our metadata calls the product that is sold, and the one that was made of it for the sake of its trial."""

PERIODS: dict[str, tuple[Interval, int]] = {
    "every-month": (Interval.MONTH, 1),
    "every-three-months": (Interval.MONTH, 3),
    "every-six-months": (Interval.MONTH, 6),
    "every-year": (Interval.YEAR, 1),
    "once": (Interval.ONCE, 1),
}
PERIOD_WORDS = {interval: word for word, interval in PERIODS.items()}

TYPES = {
    "recurring": PriceType.RECURRING,
    "onetime": PriceType.ONE_TIME,
    "one_time": PriceType.ONE_TIME,
    "onetime_purchase": PriceType.ONE_TIME,
}
TYPE_WORDS = {PriceType.RECURRING: "recurring", PriceType.ONE_TIME: "onetime"}

SCHEDULED_CANCEL = "scheduled_cancel"
STATUSES = {
    "active": SubscriptionStatus.ACTIVE,
    "trialing": SubscriptionStatus.TRIALING,
    SCHEDULED_CANCEL: SubscriptionStatus.ACTIVE,
    "past_due": SubscriptionStatus.PAST_DUE,
    "unpaid": SubscriptionStatus.UNPAID,
    "paused": SubscriptionStatus.PAUSED,
    "incomplete": SubscriptionStatus.INCOMPLETE,
    "canceled": SubscriptionStatus.CANCELED,
    "expired": SubscriptionStatus.CANCELED,
}
UNKNOWN_STATUS = SubscriptionStatus.PAST_DUE
"""A word that is new to us keeps what was paid for open through the days of grace, while somebody looks."""

REFUND_STATUSES = {"requiresAction": "requires_action"}
_KNOWN_REFUND_STATUSES = frozenset({"pending", "requires_action", "succeeded", "failed", "canceled"})
REFUNDED = frozenset({"refunded"})
INVOICE_STATUSES = {"paid": "paid", "partialRefund": "paid", "refunded": "paid", "pending": "open", "void": "void"}


def id_of(value: Any) -> str | None:
    """The id of a field that holds an id, an expanded object or nothing."""
    if isinstance(value, Mapping):
        return value.get("id")
    return value if isinstance(value, str) and value else None


def thing_of(value: Any) -> Thing:
    """An expanded object; empty when only its id, or nothing, was sent."""
    return value if isinstance(value, Mapping) else {}


def instant(value: Any) -> datetime | None:
    """A moment as UTC: Creem writes ISO text in most objects and milliseconds in transactions, refunds and disputes."""
    if value is None or value == "":
        return None
    if isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC)
    moment = datetime.fromisoformat(str(value))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def metadata_of(thing: Thing) -> dict[str, str]:
    """What we wrote at the checkout, which Creem copies to the subscription."""
    found = thing.get("metadata")
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, Mapping) else {}


def units_of(subscription: Thing) -> int:
    """How many are subscribed to."""
    return max(1, int(_first_item(subscription).get("units") or 1))


def product_id_of(subscription: Thing) -> str | None:
    """The product, which is Creem's price too: one product has one price. One made for a trial stands for another."""
    product_id = id_of(subscription.get("product")) or _first_item(subscription).get("product_id")
    metadata = metadata_of(subscription)
    return metadata[STANDS_FOR] if product_id and metadata.get(TRIAL_PRODUCT) == product_id else product_id


def _first_item(subscription: Thing) -> Thing:
    items = subscription.get("items")
    return thing_of(items[0]) if isinstance(items, list) and items else {}


def item_id_of(subscription: Thing) -> str | None:
    """The id of the one item that a subscription of ours has."""
    return _first_item(subscription).get("id")


def payment_amounts(payment: Thing) -> Amounts:
    """What an order or a transaction came to. Creem states what was paid, its tax and its discount."""
    paid = payment.get("amount_paid")
    total = payment["amount"] if paid is None else paid
    tax, discount = payment.get("tax_amount") or 0, payment.get("discount_amount") or 0
    currency = str(payment["currency"]).lower()
    return Amounts(subtotal=total - tax + discount, discount=discount, tax=tax, total=total, currency=currency)


def list_amounts(product: Thing, units: int) -> Amounts:
    """What a product costs by its list, for events that do not say what was paid."""
    total = (product.get("price") or 0) * units
    currency = str(product.get("currency") or "").lower()
    return Amounts(subtotal=total, discount=0, tax=0, total=total, currency=currency)


def refund_status(word: Any) -> str:
    """A refund's status as ours; a word that is new to us means that the money is on its way."""
    status = REFUND_STATUSES.get(str(word), str(word))
    return status if status in _KNOWN_REFUND_STATUSES else "pending"
