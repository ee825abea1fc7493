"""Credits: the usage row that is the lock, the lots, the append-only log and which lots each line touched."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from nestpay.domain.ledger import GENESIS
from nestpay.store.columns import instant, new_id, reference
from nestpay.store.columns import text as text_column


def _credits() -> Column[int]:
    return Column(BigInteger(), nullable=False, server_default="0")


class UsageRow(SQLModel, table=True):
    """A customer's two balances in credits, not yet net of what expired since the last write. Locked by every writer."""

    __tablename__ = "usage"
    __table_args__ = (
        CheckConstraint("subscription_credits_balance >= 0", name="usage_subscription_balance"),
        CheckConstraint("one_time_credits_balance >= 0", name="usage_one_time_balance"),
    )

    user_id: str = Field(foreign_key="users.id", primary_key=True)
    subscription_credits_balance: int = Field(default=0, sa_column=_credits())
    one_time_credits_balance: int = Field(default=0, sa_column=_credits())
    seq: int = Field(default=0, sa_column=_credits())
    head_hash: str = GENESIS
    updated_at: datetime = Field(sa_column=instant())


class CreditGrantRow(SQLModel, table=True):
    """A lot: credits that came from one source, with what remains. `key` makes its cause grant once."""

    __tablename__ = "credit_grants"
    __table_args__ = (
        UniqueConstraint("key", name="credit_grants_key"),
        CheckConstraint("remaining >= 0 and remaining <= amount", name="credit_grants_remaining"),
        CheckConstraint("pool in ('subscription', 'one_time')", name="credit_grants_pool"),
        Index(
            "credit_grants_open",
            "user_id",
            postgresql_where=text("remaining > 0"),
            sqlite_where=text("remaining > 0"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id", index=False))
    pool: str
    source: str
    key: str
    amount: int = Field(sa_column=_credits())
    remaining: int = Field(sa_column=_credits())
    priority: int = 10
    effective_at: datetime = Field(sa_column=instant())
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    order_id: str | None = Field(default=None, sa_column=reference("orders.id", nullable=True))
    subscription_id: str | None = Field(
        default=None, sa_column=reference("subscriptions.id", nullable=True, index=False)
    )
    created_at: datetime = Field(sa_column=instant())


class CreditLogRow(SQLModel, table=True):
    """One line of the ledger, never changed. Its hash covers its predecessor's, and no personal text."""

    __tablename__ = "credit_logs"
    __table_args__ = (
        UniqueConstraint("user_id", "seq", name="credit_logs_user_seq"),
        Index(
            "credit_logs_key",
            "user_id",
            "key",
            unique=True,
            postgresql_where=text("key is not null"),
            sqlite_where=text("key is not null"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id", index=False))
    seq: int = Field(sa_column=_credits())
    amount: int = Field(sa_column=_credits())
    subscription_balance_after: int = Field(sa_column=_credits())
    one_time_balance_after: int = Field(sa_column=_credits())
    type: str
    key: str | None = None
    feature: str = ""
    note: str = Field(default="", sa_column=text_column())
    order_id: str | None = Field(default=None, sa_column=reference("orders.id", nullable=True, index=False))
    previous_hash: str
    hash: str
    created_at: datetime = Field(sa_column=instant())


class CreditLineageRow(SQLModel, table=True):
    """How much one log line moved in one lot."""

    __tablename__ = "credit_lineage"

    log_id: str = Field(foreign_key="credit_logs.id", primary_key=True)
    lot_id: str = Field(foreign_key="credit_grants.id", primary_key=True, index=True)
    amount: int = Field(sa_column=_credits())
