"""After the first payment: money that goes back, steps in a subscription's life, quotes, seats and trials."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from nestpay.domain.refunds import DisputeStatus, RefundStatus
from nestpay.store.columns import instant, new_id, reference
from nestpay.store.columns import text as text_column


def _one_of(column: str, words: type[RefundStatus] | type[DisputeStatus]) -> str:
    return f"{column} in ({', '.join(repr(word.value) for word in words)})"


class RefundRow(SQLModel, table=True):
    """One refund of the provider's, in minor units. Without an order it waits for the one it belongs to."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("provider", "provider_refund_id", name="refunds_provider_refund_id"),
        CheckConstraint("amount_minor >= 0", name="refunds_amount"),
        CheckConstraint(_one_of("status", RefundStatus), name="refunds_status"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    provider: str
    provider_refund_id: str
    order_id: str | None = Field(default=None, sa_column=reference("orders.id", nullable=True))
    provider_payment_intent_id: str | None = Field(default=None, index=True)
    provider_charge_id: str | None = Field(default=None, index=True)
    amount_minor: int
    currency: str
    status: str
    reason: str = ""
    watermark: datetime = Field(sa_column=instant())
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())


class DisputeRow(SQLModel, table=True):
    """One dispute of the provider's, in minor units. Without an order it waits for the one it belongs to."""

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("provider", "provider_dispute_id", name="disputes_provider_dispute_id"),
        CheckConstraint("amount_minor >= 0", name="disputes_amount"),
        CheckConstraint(_one_of("status", DisputeStatus), name="disputes_status"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    provider: str
    provider_dispute_id: str
    order_id: str | None = Field(default=None, sa_column=reference("orders.id", nullable=True))
    provider_payment_intent_id: str | None = Field(default=None, index=True)
    provider_charge_id: str | None = Field(default=None, index=True)
    amount_minor: int
    currency: str
    status: str
    reason: str = ""
    watermark: datetime = Field(sa_column=instant())
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())


class FraudWarningRow(SQLModel, table=True):
    """An early fraud warning of the provider's and what was done about it."""

    __tablename__ = "fraud_warnings"
    __table_args__ = (UniqueConstraint("provider", "provider_warning_id", name="fraud_warnings_provider_warning_id"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    provider: str
    provider_warning_id: str
    order_id: str | None = Field(default=None, sa_column=reference("orders.id", nullable=True))
    provider_payment_intent_id: str | None = Field(default=None, index=True)
    provider_charge_id: str | None = Field(default=None, index=True)
    fraud_type: str = ""
    is_actionable: bool = True
    action: str = ""
    created_at: datetime = Field(sa_column=instant())


class PaymentLinkRow(SQLModel, table=True):
    """What belongs to a payment intent, as far as it is known: its invoice, its charge, its receipt."""

    __tablename__ = "payment_links"

    provider: str = Field(primary_key=True)
    provider_payment_intent_id: str = Field(primary_key=True)
    provider_invoice_id: str = Field(default="", index=True)
    provider_charge_id: str = ""
    receipt_url: str = Field(default="", sa_column=text_column())
    created_at: datetime = Field(sa_column=instant())


_OF_GROWTH = ("currency", "user_id", "at", "mrr_minor_before", "mrr_minor_after", "status_before", "status_after")
"""All that the growth report reads of a step, so that a customer's steps are read in a row."""


class SubscriptionChangeRow(SQLModel, table=True):
    """One step in a subscription's life, only ever added: the metrics are read from here. `mrr_minor` is monthly."""

    __tablename__ = "subscription_changes"
    __table_args__ = (Index("subscription_changes_of_customer", *_OF_GROWTH),)

    id: str = Field(default_factory=new_id, primary_key=True)
    subscription_id: str = Field(sa_column=reference("subscriptions.id"))
    user_id: str = Field(sa_column=reference("users.id", index=False))
    at: datetime = Field(sa_column=instant(index=True))
    reason: str
    note: str = Field(default="", sa_column=text_column())
    currency: str = ""
    status_before: str = ""
    status_after: str = ""
    plan_id_before: str | None = None
    plan_id_after: str | None = None
    price_id_before: str | None = None
    price_id_after: str | None = None
    quantity_before: int = 0
    quantity_after: int = 0
    mrr_minor_before: int = 0
    mrr_minor_after: int = 0


class QuoteRow(SQLModel, table=True):
    """A price that was shown before a change was agreed to: it is what is charged, or the change is refused."""

    __tablename__ = "quotes"
    __table_args__ = (
        CheckConstraint("timing in ('now', 'period_end')", name="quotes_timing"),
        CheckConstraint("status in ('open', 'accepted', 'refused')", name="quotes_status"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id"))
    subscription_id: str = Field(sa_column=reference("subscriptions.id", index=False))
    price_id: str = Field(sa_column=reference("prices.id", index=False))
    quantity: int = 1
    timing: str
    proration_at: datetime = Field(sa_column=instant())
    currency: str
    due_now_minor: int
    next_amount_minor: int
    next_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    credits_now: int = 0
    is_exact: bool = True
    status: str = "open"
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant())


class SeatRow(SQLModel, table=True):
    """Who holds one seat of a subscription. An invited person may have no account yet."""

    __tablename__ = "seats"
    __table_args__ = (
        UniqueConstraint("subscription_id", "email", name="seats_subscription_email"),
        UniqueConstraint("subscription_id", "user_id", name="seats_subscription_user"),
        CheckConstraint("status in ('invited', 'active', 'revoked')", name="seats_status"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    subscription_id: str = Field(sa_column=reference("subscriptions.id"))
    user_id: str | None = Field(default=None, sa_column=reference("users.id", nullable=True))
    email: str
    status: str = "invited"
    token_hash: str | None = Field(default=None, unique=True)
    invited_at: datetime = Field(sa_column=instant())
    accepted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class TrialClaimRow(SQLModel, table=True):
    """That somebody had a trial: by account, by mailbox and, once it is known, by card."""

    __tablename__ = "trial_claims"

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id"))
    mailbox: str = Field(index=True)
    card_fingerprint: str | None = Field(default=None, index=True)
    provider: str
    order_id: str | None = Field(default=None, unique=True)
    provider_subscription_id: str | None = Field(default=None, index=True)
    is_refused: bool = False
    checked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    ends_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    created_at: datetime = Field(sa_column=instant())
