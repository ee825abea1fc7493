"""Text that begins with what somebody typed, found by an index on both kinds of database."""

from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session

_AFTER_EVERYTHING = "\U0010ffff"


def begins_with(session: Session, column: Any, prefix: str) -> ColumnElement[bool]:
    """Whether `column` begins with `prefix`, byte by byte. On PostgreSQL its index needs `text_pattern_ops`."""
    last = prefix + _AFTER_EVERYTHING
    if session.get_bind().dialect.name == "postgresql":  # whatever the collation of the database
        return and_(column.op("~>=~", is_comparison=True)(prefix), column.op("~<~", is_comparison=True)(last))
    return and_(column >= prefix, column < last)
