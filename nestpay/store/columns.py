"""Column kinds that mean the same on PostgreSQL and SQLite, and the ids that fill primary keys."""

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import JSON, Column, DateTime, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSON_OBJECT = JSON().with_variant(JSONB(), "postgresql")


def instant(*, nullable: bool = False, index: bool = False) -> Column[Any]:
    """A UTC instant."""
    return Column(UtcDateTime(), nullable=nullable, index=index)


def json_object() -> Column[Any]:
    """A JSON object or list, never null."""
    return Column(JSON_OBJECT, nullable=False)


def text(*, nullable: bool = False) -> Column[Any]:
    """Text of any length."""
    return Column(Text(), nullable=nullable, server_default=None if nullable else "")


def reference(target: str, *, nullable: bool = False, index: bool = True) -> Column[Any]:
    """A foreign key by id."""
    return Column(Text(), ForeignKey(target), nullable=nullable, index=index)


def new_id() -> str:
    """A UUIDv7-like id: 48 bits of milliseconds, then 80 random ones, as 32 hex digits that sort by time."""
    return f"{time.time_ns() // 1_000_000:012x}{os.urandom(10).hex()}"


def values_of(kind: Any, *, leaving_out: tuple[str, ...] = ()) -> Callable[[Any], dict[str, Any]]:
    """A function from a dataclass instance of this kind to its fields by name, not copied as `asdict` would."""
    names = tuple(name for name in kind.__dataclass_fields__ if name not in leaving_out)
    read = attrgetter(*names)
    return lambda instance: dict(zip(names, read(instance), strict=True))
