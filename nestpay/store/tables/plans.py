"""What is sold: plans as cards, and the prices that buy them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from nestpay.store.columns import instant, json_object, new_id, reference
from nestpay.store.columns import text as text_column

_WARES = ("article", "space", "product")
_OF_ONE_THING = " + ".join(f"(case when {each}_id is null then 0 else 1 end)" for each in ("plan", *_WARES)) + " = 1"


class PlanRow(SQLModel, table=True):
    """A card that customers choose. `version` rises with every edit, so that two editors notice each other.

    One that is not sold any more is archived, never deleted once somebody bought it.
    """

    __tablename__ = "plans"
    __table_args__ = (
        UniqueConstraint("key", "environment", name="plans_key_environment"),
        CheckConstraint("environment in ('test', 'live')", name="plans_environment"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    key: str
    environment: str
    title: str
    description: str = ""
    features: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_object())
    translations: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    benefits: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    highlighted: bool = False
    highlight_text: str = ""
    button_text: str = ""
    button_link: str = ""
    trial_days: int = 0
    sales_group: str = "plan"
    display_order: int = 0
    active: bool = True
    archived_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    version: int = 1
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())


class PriceRecord(SQLModel, table=True):
    """One way to pay for exactly one plan, article, space or product, in minor units of `currency`.

    The provider ids come when it is known there.

    What it costs never changes once a provider knows it: another row takes its place and this one is no longer active.

    `provider_state` is "" while the provider's copy is as ours, else a word for what differs; `check_asked_at` is set
    while the two are to be compared.
    """

    __tablename__ = "prices"
    __table_args__ = (
        CheckConstraint(_OF_ONE_THING, name="prices_of_one_thing"),
        CheckConstraint("amount_minor >= 0", name="prices_amount"),
        CheckConstraint("type in ('one_time', 'recurring')", name="prices_type"),
        CheckConstraint("interval in ('month', 'year', 'once')", name="prices_interval"),
        Index(
            "prices_provider_price_id",
            "provider",
            "provider_price_id",
            unique=True,
            postgresql_where=text("provider_price_id is not null"),
            sqlite_where=text("provider_price_id is not null"),
        ),
        Index(
            "prices_one_of_a_kind_active",
            "plan_id",
            "provider",
            "interval",
            "interval_count",
            "currency",
            unique=True,
            postgresql_where=text("active"),
            sqlite_where=text("active"),
        ),
        *(
            Index(
                f"prices_one_of_a_kind_{ware}",
                f"{ware}_id",
                "provider",
                "interval",
                "interval_count",
                "currency",
                unique=True,
                postgresql_where=text("active"),
                sqlite_where=text("active"),
            )
            for ware in _WARES
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    plan_id: str | None = Field(default=None, sa_column=reference("plans.id", nullable=True))
    article_id: str | None = Field(default=None, sa_column=reference("articles.id", nullable=True))
    space_id: str | None = Field(default=None, sa_column=reference("spaces.id", nullable=True))
    product_id: str | None = Field(default=None, sa_column=reference("products.id", nullable=True))
    provider: str
    provider_product_id: str | None = None
    provider_price_id: str | None = None
    type: str
    interval: str
    interval_count: int = 1
    currency: str
    amount_minor: int
    display_price: str = ""
    original_price: str = ""
    suffix: str = ""
    coupon_id: str = ""
    allow_codes: bool = True
    benefits: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    active: bool = True
    provider_state: str = Field(default="", sa_column=text_column())
    check_asked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())

    @property
    def thing_id(self) -> str:
        """The one thing that it is a price of."""
        return self.plan_id or self.article_id or self.space_id or self.product_id or ""
