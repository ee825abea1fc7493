"""Sends several reads to PostgreSQL in one go: on a busy machine waiting for each costs more than running them all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlmodel import Session

from nestpay.store.columns import UtcDateTime
from nestpay.store.session import errors_of_the_driver

_DIALECT = dialect.dialect()


@dataclass(frozen=True, slots=True)
class Read:
    """A select that was built once, with every parameter a list of ids, and the ids of this time."""

    statement: Any
    ids: Mapping[str, Iterable[str]]


def rows_of(session: Session, reads: Sequence[Read | None]) -> list[Sequence[Mapping[str, Any]]]:
    """The rows of each read by column name; nothing for None. They run in this order, so that locks keep theirs."""
    if not any(reads):
        return [() for _ in reads]
    connection = session.connection()
    driver = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        rows: list[Any] = [
            connection.execute(read.statement, read.ids).mappings().all() if read else () for read in reads
        ]
        return rows
    with errors_of_the_driver(), driver.pipeline():
        cursors = [_sent(driver, read) if read else None for read in reads]
    return [
        _in_utc(cursor.fetchall(), read.statement) if cursor and read else ()
        for cursor, read in zip(cursors, reads, strict=True)
    ]


def _sent(driver: "psycopg.Connection[Any]", read: Read) -> "psycopg.Cursor[dict[str, Any]]":
    text, constants = _text_of(read.statement)
    ids = {name: sorted(set(values)) for name, values in read.ids.items()}
    return driver.cursor(row_factory=dict_row).execute(text, {**constants, **ids})


@cache
def _text_of(statement: Any) -> tuple[str, dict[str, Any]]:
    compiled = statement.compile(dialect=_DIALECT)
    return compiled.string, compiled.params


def _in_utc(rows: list[dict[str, Any]], statement: Any) -> list[dict[str, Any]]:
    """The driver gives instants in the server's time zone."""
    for name in _instants_of(statement):
        for row in rows:
            if row[name] is not None:
                row[name] = row[name].astimezone(UTC)
    return rows


@cache
def _instants_of(statement: Any) -> tuple[str, ...]:
    return tuple(column.name for column in statement.selected_columns if isinstance(column.type, UtcDateTime))
