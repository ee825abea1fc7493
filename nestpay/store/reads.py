"""Sends several reads to PostgreSQL in one go: on a busy machine waiting for each costs more than running them all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any

from sqlalchemy.dialects.postgresql import psycopg as dialect
from sqlmodel import Session

from nestpay.store import exchange
from nestpay.store.columns import UtcDateTime
from nestpay.store.exchange import Statement

_DIALECT = dialect.dialect(paramstyle="numeric_dollar")


@dataclass(frozen=True, slots=True)
class Read:
    """A select that was built once, and the ids of this time: a parameter of `among` is a list, any other one id.

    Constants in it are single values: what SQLAlchemy makes of `in_` depends on how many there are.
    """

    statement: Any
    ids: Mapping[str, Iterable[str]]


def rows_of(session: Session, reads: Sequence[Read | None]) -> list[Sequence[Mapping[str, Any]]]:
    """The rows of each read by column name; nothing for None. They run in this order, so that locks keep theirs."""
    if not any(reads):
        return [() for _ in reads]
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        rows: list[Any] = [
            connection.execute(read.statement, read.ids).mappings().all() if read else () for read in reads
        ]
        return rows
    answers = iter(exchange.ask(connection, [_statement(read) for read in reads if read]))
    return [_named(read.statement, next(answers)) if read else () for read in reads]


def _statement(read: Read) -> Statement:
    text, constants = _text_of(read.statement)
    return Statement(text, [_parameter(read.ids.get(name, value)) for name, value in constants.items()])


def _parameter(value: Any) -> str:
    is_list = isinstance(value, Iterable) and not isinstance(value, str)
    return exchange.array(sorted(set(value))) if is_list else str(value)


@cache
def _text_of(statement: Any) -> tuple[str, dict[str, Any]]:
    """The text, and its parameters in their order with what they are when they are no lists."""
    compiled = statement.compile(dialect=_DIALECT)
    return compiled.string, {name: compiled.params[name] for name in compiled.positiontup}


def _named(statement: Any, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names, instants = _columns_of(statement)
    named = [dict(zip(names, row, strict=True)) for row in rows]
    for name in instants:  # the driver gives them in the server's time zone
        for row in named:
            if row[name] is not None:
                row[name] = row[name].astimezone(UTC)
    return named


@cache
def _columns_of(statement: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of what a statement selects, and which of them are instants."""
    columns = tuple(statement.selected_columns)
    return tuple(each.name for each in columns), tuple(
        each.name for each in columns if isinstance(each.type, UtcDateTime)
    )
