"""What extensions asked to be told: one row a listener and fact, until it was heard."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from nestpay.store.columns import instant, json_object, new_id
from nestpay.store.columns import text as text_column


class ReactionRow(SQLModel, table=True):
    """One fact that one listener is to hear. Written with what the fact changed, so that neither is there alone."""

    __tablename__ = "reactions"
    __table_args__ = (
        CheckConstraint("status in ('waiting', 'running', 'failed', 'done', 'dead')", name="reactions_status"),
        Index(
            "reactions_waiting",
            "next_attempt_at",
            postgresql_where=text("status in ('waiting', 'running', 'failed')"),
            sqlite_where=text("status in ('waiting', 'running', 'failed')"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    listener: str
    fact: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    user_id: str | None = Field(default=None, index=True)
    status: str = "waiting"
    attempts: int = 0
    error: str = Field(default="", sa_column=text_column())
    next_attempt_at: datetime = Field(sa_column=instant())
    created_at: datetime = Field(sa_column=instant())
    done_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
