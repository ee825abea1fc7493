"""What comes in and goes out: the webhook inbox, the mail outbox, leases, house settings and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from nestpay.store.columns import instant, json_object, new_id
from nestpay.store.columns import text as text_column

_IN_TROUBLE = text("status in ('failed', 'dead')")


class WebhookEventRow(SQLModel, table=True):
    """One provider event, stored before it is answered. A `processing` row whose lease is over is taken up again."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("provider", "event_id", name="webhook_events_event_id"),
        CheckConstraint(
            "status in ('received', 'processing', 'done', 'ignored', 'failed', 'dead')", name="webhook_events_status"
        ),
        Index(
            "webhook_events_waiting",
            "next_attempt_at",
            postgresql_where=text("status in ('received', 'processing', 'failed')"),
            sqlite_where=text("status in ('received', 'processing', 'failed')"),
        ),
        Index("webhook_events_in_trouble", "status", "id", postgresql_where=_IN_TROUBLE, sqlite_where=_IN_TROUBLE),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    provider: str
    event_id: str
    type: str
    livemode: bool = False
    api_version: str = ""
    object_id: str = Field(default="", index=True)
    payload: str = Field(default="", sa_column=text_column())
    status: str = "received"
    attempts: int = 0
    next_attempt_at: datetime = Field(sa_column=instant())
    lease_owner: str = ""
    error: str = Field(default="", sa_column=text_column())
    trace: str = Field(default="", sa_column=text_column())
    occurred_at: datetime = Field(sa_column=instant())
    received_at: datetime = Field(sa_column=instant(index=True))
    done_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class BadDeliveryRow(SQLModel, table=True):
    """How many deliveries of a provider were refused for their signature on one day (UTC, 2027-02-01)."""

    __tablename__ = "bad_deliveries"

    provider: str = Field(primary_key=True)
    day: str = Field(primary_key=True)
    count: int
    last_at: datetime = Field(sa_column=instant())


class LeaseRow(SQLModel, table=True):
    """The right to work on one object until an instant; `fence` rises with each holder, so a late one is noticed."""

    __tablename__ = "leases"

    key: str = Field(primary_key=True)
    owner: str
    until: datetime = Field(sa_column=instant())
    fence: int = 1


class EmailRow(SQLModel, table=True):
    """A mail to send, once per `dedupe_key`. It is rendered when sent, from its template and values."""

    __tablename__ = "emails"
    __table_args__ = (
        UniqueConstraint("dedupe_key", name="emails_dedupe_key"),
        CheckConstraint("status in ('queued', 'sending', 'sent', 'failed', 'dead')", name="emails_status"),
        Index(
            "emails_waiting",
            "next_attempt_at",
            postgresql_where=text("status in ('queued', 'sending', 'failed')"),
            sqlite_where=text("status in ('queued', 'sending', 'failed')"),
        ),
        Index("emails_in_trouble", "status", "id", postgresql_where=_IN_TROUBLE, sqlite_where=_IN_TROUBLE),
        Index("emails_by_recipient", "recipient", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    dedupe_key: str
    user_id: str | None = Field(default=None, index=True)
    recipient: str
    template: str
    locale: str = "en"
    context: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    status: str = "queued"
    attempts: int = 0
    error: str = Field(default="", sa_column=text_column())
    next_attempt_at: datetime = Field(sa_column=instant())
    created_at: datetime = Field(sa_column=instant())
    sent_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class SettingRow(SQLModel, table=True):
    """What the house remembers about itself: its mode's stamp, the billing clock's offset, the catalogue's version."""

    __tablename__ = "settings"

    key: str = Field(primary_key=True)
    value: str


class AuditRow(SQLModel, table=True):
    """Who changed what, when, from where, before and after. Only ever added to."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("audit_log_by_actor", "actor_id", "id"),
        Index("audit_log_by_action", "action", "id"),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(sa_column=instant(index=True))
    actor_id: str = ""
    action: str
    subject: str = Field(default="", index=True)
    before: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    after: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    ip: str = ""
