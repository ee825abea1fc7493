"""Programs that call us: their keys, and the answers that they may ask for again."""

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from nestpay.store.columns import instant, json_object, new_id, reference


class ApiKeyRow(SQLModel, table=True):
    """A key for the REST API. Only its SHA-256 is kept; `prefix` is what its owner recognises it by.

    A key without a user is the operator's own and acts for any user.
    """

    __tablename__ = "api_keys"

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str | None = Field(default=None, sa_column=reference("users.id", nullable=True))
    name: str
    prefix: str
    key_hash: str = Field(unique=True)
    scopes: list[str] = Field(default_factory=list, sa_column=json_object())
    created_at: datetime = Field(sa_column=instant())
    last_used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    expires_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class IdempotencyRow(SQLModel, table=True):
    """The first answer to a request that must not happen twice, for those whose own table does not remember it."""

    __tablename__ = "idempotency"

    scope: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request: str
    answer: dict[str, Any] = Field(default_factory=dict, sa_column=json_object())
    created_at: datetime = Field(sa_column=instant(index=True))
