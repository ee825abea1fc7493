"""Credits: the usage row that is the lock, the lots, the append-only log and which lots each line touched."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Computed, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from nestpay.domain.ledger import GENESIS
from nestpay.store.columns import UtcDateTime, instant, new_id, reference
from nestpay.store.columns import text as text_column


def _credits() -> Column[int]:
    return Column(BigInteger(), nullable=False, server_default="0")


class UsageRow(SQLModel, table=True):
    """A customer's two balances in credits, not yet net of what expired since the last write. Locked by every writer."""

    __tablename__ = "usage"
    __table_args__ = (
        CheckConstraint("subscription_credits_balance >= 0", name="usage_subscription_balance"),
        CheckConstraint("one_time_credits_balance >= 0", name="usage_one_time_balance"),
        CheckConstraint("held >= 0", name="usage_held"),
        CheckConstraint("debt >= 0", name="usage_debt"),
    )

    user_id: str = Field(foreign_key="users.id", primary_key=True)
    subscription_credits_balance: int = Field(default=0, sa_column=_credits())
    one_time_credits_balance: int = Field(default=0, sa_column=_credits())
    seq: int = Field(default=0, sa_column=_credits())
    head_hash: str = GENESIS
    held: int = Field(default=0, sa_column=_credits())
    debt: int = Field(default=0, sa_column=_credits())
    top_up_below: int = Field(default=0, sa_column=_credits())
    is_frozen: bool = Field(default=False, sa_column=Column(Boolean(), nullable=False, server_default=false()))
    updated_at: datetime = Field(sa_column=instant())


class CreditGrantRow(SQLModel, table=True):
    """A lot: credits that came from one source, with what remains. `key` makes its cause grant once.

    `is_open` is what the index of open lots goes by, and the database's own: were it `remaining` itself, PostgreSQL would
    write every index of the table anew for each spend.
    """

    __tablename__ = "credit_grants"
    __table_args__ = (
        UniqueConstraint("key", name="credit_grants_key"),
        CheckConstraint("remaining >= 0 and remaining <= amount", name="credit_grants_remaining"),
        CheckConstraint("pool in ('subscription', 'one_time')", name="credit_grants_pool"),
        Index(
            "credit_grants_open",
            "user_id",
            postgresql_where=text("is_open"),
            sqlite_where=text("is_open = 1"),
        ),
        Index("credit_grants_of_user", "user_id", "created_at"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id", index=False))
    pool: str
    source: str
    key: str
    amount: int = Field(sa_column=_credits())
    remaining: int = Field(sa_column=_credits())
    is_open: bool | None = Field(default=None, sa_column=Column(Boolean(), Computed("remaining > 0")))
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
        Index("credit_logs_by_date", "created_at", "id"),
        Index(
            "credit_logs_by_type",
            "type",
            "created_at",
            "id",
            postgresql_where=text("type <> 'feature_usage'"),
            sqlite_where=text("type <> 'feature_usage'"),
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
    __table_args__ = (Index("credit_lineage_of_lot", "lot_id", "log_id"),)

    log_id: str = Field(foreign_key="credit_logs.id", primary_key=True)
    lot_id: str = Field(foreign_key="credit_grants.id", primary_key=True)
    amount: int = Field(sa_column=_credits())


class CreditHoldRow(SQLModel, table=True):
    """Credits set aside for work whose cost is known only afterwards. Settled, released or expired exactly once."""

    __tablename__ = "credit_holds"
    __table_args__ = (
        UniqueConstraint("user_id", "key", name="credit_holds_user_key"),
        CheckConstraint("amount > 0", name="credit_holds_amount"),
        CheckConstraint("status in ('open', 'settled', 'released', 'expired')", name="credit_holds_status"),
        Index(
            "credit_holds_open",
            "expires_at",
            postgresql_where=text("status = 'open'"),
            sqlite_where=text("status = 'open'"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id", index=False))
    key: str
    amount: int = Field(sa_column=_credits())
    settled_amount: int = Field(default=0, sa_column=_credits())
    status: str = "open"
    feature: str = ""
    log_id: str = Field(foreign_key="credit_logs.id")
    expires_at: datetime = Field(sa_column=instant())
    created_at: datetime = Field(sa_column=instant())
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class CreditDripRow(SQLModel, table=True):
    """One month's credits of a longer promise: a yearly order, or the free plan. Granted once, when it is due."""

    __tablename__ = "credit_drips"
    __table_args__ = (
        UniqueConstraint("subscription_id", "cause", "index", name="credit_drips_once"),
        CheckConstraint("status in ('pending', 'granted', 'canceled')", name="credit_drips_status"),
        Index(
            "credit_drips_due",
            "due_at",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    subscription_id: str = Field(sa_column=reference("subscriptions.id", index=False))
    user_id: str = Field(sa_column=reference("users.id"))
    cause: str
    order_id: str | None = Field(default=None, sa_column=reference("orders.id", nullable=True))
    index: int
    amount: int = Field(sa_column=_credits())
    due_at: datetime = Field(sa_column=instant())
    ends_at: datetime = Field(sa_column=instant())
    status: str = "pending"
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class FeatureCounterRow(SQLModel, table=True):
    """How often a limited feature was used in one billing period."""

    __tablename__ = "feature_counters"

    user_id: str = Field(foreign_key="users.id", primary_key=True)
    feature: str = Field(primary_key=True)
    period_start: datetime = Field(sa_column=Column(UtcDateTime(), primary_key=True))
    used: int = Field(default=0, sa_column=_credits())
    updated_at: datetime = Field(sa_column=instant())


class TopUpRow(SQLModel, table=True):
    """A customer's wish to buy a pack by itself when credits run low. `count_in_month` stops at the cap.

    `stopped_by` says why nothing is bought any more ("" for no such reason).
    `wanted_at` is set by the spend that fell below the threshold, in its own commit, until somebody has looked.
    """

    __tablename__ = "top_ups"
    __table_args__ = (CheckConstraint("threshold >= 0 and monthly_cap > 0", name="top_ups_bounds"),)

    user_id: str = Field(foreign_key="users.id", primary_key=True)
    price_id: str = Field(sa_column=reference("prices.id", index=False))
    threshold: int = Field(sa_column=_credits())
    monthly_cap: int = 1
    enabled: bool = True
    month: str = ""
    count_in_month: int = 0
    waiting_order_id: str | None = None
    wanted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    action_url: str = Field(default="", sa_column=text_column())
    stopped_by: str = Field(default="", sa_column=text_column())
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())
