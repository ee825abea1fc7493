"""Who: users, their sessions, and the tokens that are used once."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from nestpay.store.columns import instant, new_id, reference


class UserRow(SQLModel, table=True):
    """A person with an account. `email` is stored in lower case and is unique.

    Who was deleted keeps the row, for the money that hangs on it, without anything personal in it.
    """

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint("role in ('customer', 'admin')", name="users_role"),
        Index("users_by_date", "created_at", "id"),
        Index("users_by_email", "email", postgresql_ops={"email": "text_pattern_ops"}),
        Index("users_by_name", text("lower(name)"), postgresql_ops={"lower(name)": "text_pattern_ops"}),
        Index(
            "users_admins",
            "created_at",
            "id",
            postgresql_where=text("role = 'admin'"),
            sqlite_where=text("role = 'admin'"),
        ),
        Index(
            "users_disabled",
            "created_at",
            "id",
            postgresql_where=text("disabled_at is not null"),
            sqlite_where=text("disabled_at is not null"),
        ),
    )

    id: str = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True)
    external_id: str | None = Field(default=None, unique=True, index=True)
    name: str = ""
    password_hash: str
    role: str = "customer"
    locale: str = "en"
    is_demo: bool = False
    email_verified_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    disabled_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    deleted_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    created_at: datetime = Field(sa_column=instant())


class SessionRow(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is kept."""

    __tablename__ = "sessions"

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id"))
    token_hash: str = Field(unique=True)
    ip: str = ""
    user_agent: str = ""
    created_at: datetime = Field(sa_column=instant())
    last_seen_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant(index=True))
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class OneTimeTokenRow(SQLModel, table=True):
    """A token that works once: `verify` and `reset` travel by e-mail, `ticket` from a handler to the cookie's route."""

    __tablename__ = "one_time_tokens"
    __table_args__ = (CheckConstraint("kind in ('verify', 'reset', 'ticket')", name="one_time_tokens_kind"),)

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(sa_column=reference("users.id"))
    kind: str
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_column=instant())
    expires_at: datetime = Field(sa_column=instant(index=True))
    used_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
