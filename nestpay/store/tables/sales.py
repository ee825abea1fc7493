"""Who pays where, what was paid, and what runs on: customers, orders, subscriptions."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.store.columns import instant, json_object, new_id, reference
from nestpay.store.columns import text as text_column


def _one_of(column: str, words: type[OrderStatus] | type[OrderType] | type[SubscriptionStatus]) -> str:
    return f"{column} in ({', '.join(repr(word.value) for word in words)})"


_PAID = text("paid_at is not null")
_OF_REVENUE = ("currency", "paid_at", "type", "plan_id", "amount_total", "amount_tax")
"""All that the revenue reports read of an order, so that they read an index and not the wide rows."""


class CustomerRow(SQLModel, table=True):
    """A user as a provider knows them. A recreated customer retires the old row: late refunds still find their owner."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("provider", "provider_customer_id", name="customers_provider_customer_id"),
        Index(
            "customers_one_live",
            "user_id",
            "provider",
            unique=True,
            postgresql_where=text("retired_at is null"),
            sqlite_where=text("retired_at is null"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id"))
    provider: str
    provider_customer_id: str
    currency: str = ""
    created_at: datetime = Field(sa_column=instant())
    retired_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class OrderRow(SQLModel, table=True):
    """One payment or refund. Amounts are minor units of `currency`; `granted` is a snapshot of what it gave."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("provider", "provider_order_id", "type", name="orders_provider_order_id"),
        CheckConstraint(_one_of("type", OrderType), name="orders_type"),
        CheckConstraint(_one_of("status", OrderStatus), name="orders_status"),
        CheckConstraint("amount_refunded >= 0 and amount_refunded <= amount_total", name="orders_refunded"),
        Index("orders_of_user", "user_id", "created_at", "id"),
        Index("orders_by_status", "status", "created_at", "id"),
        Index("orders_by_type", "type", "created_at", "id"),
        Index("orders_by_plan_id", "plan_id", "created_at", "id"),
        Index("orders_by_provider", "provider", "created_at", "id"),
        Index("orders_by_date", "created_at", "id"),
        Index("orders_by_amount", "amount_total", "id"),
        Index("orders_by_number", text("substr(id, 25)")),
        Index("orders_paid", *_OF_REVENUE, postgresql_where=_PAID, sqlite_where=_PAID),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id", index=False))
    provider: str
    provider_order_id: str | None = None
    type: str
    status: str
    price_id: str | None = Field(default=None, sa_column=reference("prices.id", nullable=True, index=False))
    plan_id: str | None = Field(default=None, sa_column=reference("plans.id", nullable=True, index=False))
    subscription_id: str | None = Field(default=None, sa_column=reference("subscriptions.id", nullable=True))
    quantity: int = 1
    currency: str
    amount_subtotal: int = 0
    amount_discount: int = 0
    amount_tax: int = 0
    amount_total: int = 0
    amount_refunded: int = 0
    credits_revoked: int = 0
    credits_owed: int = 0
    provider_session_id: str | None = Field(default=None, index=True)
    provider_payment_intent_id: str | None = Field(default=None, index=True)
    provider_invoice_id: str | None = Field(default=None, index=True)
    provider_charge_id: str | None = Field(default=None, index=True)
    provider_product_id: str | None = None
    provider_price_id: str | None = None
    provider_subscription_id: str | None = None
    description: str = Field(default="", sa_column=text_column())
    service: str = ""
    granted: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    invoice_url: str = Field(default="", sa_column=text_column())
    receipt_url: str = Field(default="", sa_column=text_column())
    checkout_url: str = Field(default="", sa_column=text_column())
    checkout_expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    provider_metadata: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())
    paid_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class SubscriptionRow(SQLModel, table=True):
    """A subscription as last read from its provider, written only under its lease's fence."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("provider", "provider_subscription_id", name="subscriptions_provider_subscription_id"),
        CheckConstraint(_one_of("status", SubscriptionStatus), name="subscriptions_status"),
        Index("subscriptions_by_status", "status", "created_at", "id"),
        Index("subscriptions_by_plan_id", "plan_id", "created_at", "id"),
        Index("subscriptions_by_provider", "provider", "created_at", "id"),
        Index("subscriptions_by_date", "created_at", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id"))
    provider: str
    provider_subscription_id: str
    provider_customer_id: str | None = None
    plan_id: str | None = Field(default=None, sa_column=reference("plans.id", nullable=True, index=False))
    price_id: str | None = Field(default=None, sa_column=reference("prices.id", nullable=True, index=False))
    status: str
    quantity: int = 1
    sales_group: str = "plan"
    current_period_start: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    current_period_end: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    cancel_at_period_end: bool = False
    cancels_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    canceled_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    trial_start: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    trial_end: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    anchor_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    past_due_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    paused_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    resumes_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    cancel_reason: str = ""
    cancel_comment: str = Field(default="", sa_column=text_column())
    scheduled_price_id: str | None = None
    scheduled_quantity: int | None = None
    scheduled_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    provider_schedule_id: str | None = None
    action_url: str = Field(default="", sa_column=text_column())
    successor_id: str | None = None
    watermark: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    provider_metadata: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())
