"""What is sold beside plans: articles and spaces behind a paywall, digital products, and what purchases set going."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from nestpay.domain.deliveries import DeliveryState
from nestpay.store.columns import JSON_OBJECT, UtcDateTime, instant, json_object, new_id, reference, text

_STATES = ", ".join(repr(state.value) for state in DeliveryState)
_EMPTY = {"server_default": "{}"}
_DUE = sql("state in ('pending', 'revoking')")


class Ware(SQLModel):
    """What an article, a space and a product have in common.

    `preview` and `body` are Markdown: everybody may read the first, the second is for those to whom one of the names in
    `opens_to` opens it, and for its buyers. `titles` has the title in other languages, by locale, and `texts` the preview
    and the body; what a language lacks is read as it is written here. `version` rises with every edit, so that two
    editors notice each other.
    """

    id: str = Field(default_factory=new_id, primary_key=True)
    slug: str
    title: str
    preview: str = Field(default="", sa_column_kwargs={"server_default": ""})
    body: str = Field(default="", sa_column_kwargs={"server_default": ""})
    titles: dict[str, str] = Field(default_factory=dict, sa_type=JSON_OBJECT, sa_column_kwargs=_EMPTY)  # pyright: ignore[reportArgumentType]
    texts: dict[str, dict[str, str]] = Field(default_factory=dict, sa_type=JSON_OBJECT, sa_column_kwargs=_EMPTY)  # pyright: ignore[reportArgumentType]
    opens_to: list[str] = Field(default_factory=list, sa_type=JSON_OBJECT)  # pyright: ignore[reportArgumentType]
    benefits: dict[str, Any] = Field(default_factory=dict, sa_type=JSON_OBJECT)  # pyright: ignore[reportArgumentType]
    published: bool = False
    version: int = 1
    created_at: datetime = Field(sa_type=UtcDateTime)  # pyright: ignore[reportArgumentType]
    updated_at: datetime = Field(sa_type=UtcDateTime)  # pyright: ignore[reportArgumentType]


class SpaceRow(Ware, table=True):
    """A place of its own that people subscribe to. Who may enter it may read all its articles."""

    __tablename__ = "spaces"
    __table_args__ = (UniqueConstraint("slug", name="spaces_slug"),)


class ArticleRow(Ware, table=True):
    """Something to read, alone or in a space."""

    __tablename__ = "articles"
    __table_args__ = (UniqueConstraint("slug", name="articles_slug"),)

    space_id: str | None = Field(default=None, sa_column=reference("spaces.id", nullable=True))


class ProductRow(Ware, table=True):
    """Something digital to buy: a file, named by its place in the folder of downloads, a key, or both."""

    __tablename__ = "products"
    __table_args__ = (UniqueConstraint("slug", name="products_slug"),)

    file: str = Field(default="", sa_column=text())


class DeliveryRow(SQLModel, table=True):
    """One thing that is handed over after an order was paid: at most one of a name for each order.

    `result` is what its buyer sees. It is carried out, tried again and taken back by a job; `lease_until` keeps two
    workers from doing the same at once.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("order_id", "name", name="deliveries_order_id_name"),
        CheckConstraint(f"state in ({_STATES})", name="deliveries_state"),
        Index("deliveries_due", "next_attempt_at", "id", postgresql_where=_DUE, sqlite_where=_DUE),
        Index("deliveries_by_state", "state", "created_at", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    order_id: str = Field(sa_column=reference("orders.id", index=False))
    user_id: str = Field(sa_column=reference("users.id"))
    name: str
    state: str = DeliveryState.PENDING
    result: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    lease_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    error: str = Field(default="", sa_column=text())
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())
