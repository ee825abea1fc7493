"""What we tell other people's programs: their endpoints, what happened, and each attempt to tell them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from nestpay.store.columns import instant, json_object, new_id
from nestpay.store.columns import text as text_column


def _part_of(target: str, *, index: bool) -> Column[Any]:
    return Column(Text(), ForeignKey(target, ondelete="CASCADE"), nullable=False, index=index)


class OutgoingEndpointRow(SQLModel, table=True):
    """An address that wants to hear of some types of events. Its secret is derived, not stored: see `secret_version`."""

    __tablename__ = "outgoing_endpoints"
    __table_args__ = (CheckConstraint("status in ('active', 'disabled')", name="outgoing_endpoints_status"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    url: str = Field(sa_column=text_column())
    description: str = ""
    types: list[str] = Field(default_factory=list, sa_column=json_object())
    status: str = "active"
    reason: str = Field(default="", sa_column=text_column())
    secret_version: int = 1
    rotated_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    failing_since: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    created_at: datetime = Field(sa_column=instant())


class OutgoingEventRow(SQLModel, table=True):
    """Something that happened, written in the commit in which it happened; `told_at` when it was given to endpoints."""

    __tablename__ = "outgoing_events"
    __table_args__ = (
        Index(
            "outgoing_events_untold",
            "id",
            postgresql_where=text("told_at is null"),
            sqlite_where=text("told_at is null"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    type: str
    user_id: str | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    created_at: datetime = Field(sa_column=instant(index=True))
    told_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class OutgoingDeliveryRow(SQLModel, table=True):
    """One event for one endpoint, with the last attempt's answer. A `sending` row whose lease is over is taken again."""

    __tablename__ = "outgoing_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id", name="outgoing_deliveries_event"),
        CheckConstraint(
            "status in ('queued', 'sending', 'delivered', 'failed', 'dead')", name="outgoing_deliveries_status"
        ),
        Index(
            "outgoing_deliveries_waiting",
            "next_attempt_at",
            postgresql_where=text("status in ('queued', 'sending', 'failed')"),
            sqlite_where=text("status in ('queued', 'sending', 'failed')"),
        ),
        Index("outgoing_deliveries_of_endpoint", "endpoint_id", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    event_id: str = Field(sa_column=_part_of("outgoing_events.id", index=True))
    endpoint_id: str = Field(sa_column=_part_of("outgoing_endpoints.id", index=False))
    status: str = "queued"
    attempts: int = 0
    response_status: int | None = None
    response: str = Field(default="", sa_column=text_column())
    took_ms: int | None = None
    next_attempt_at: datetime = Field(sa_column=instant())
    created_at: datetime = Field(sa_column=instant())
    attempted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
