"""Writes many rows of one table with one statement: arrays on PostgreSQL, the driver's own loop on SQLite.

A statement for each row costs the database and us more than the row; one whose text grows with the rows is parsed anew
each time. The texts here depend on the table and its columns alone, so PostgreSQL keeps their plans.
"""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Integer, Table, bindparam, tuple_, update
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

from nestpay.store import exchange
from nestpay.store.columns import UtcDateTime
from nestpay.store.exchange import Statement
from nestpay.store.session import is_gathering

_ARRAYS: tuple[tuple[type[Any], str], ...] = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (UtcDateTime, "timestamptz"),
)


def insert_all(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *, once_per: tuple[str, ...] = ()
) -> None:
    """Insert rows that all have the same columns; with `once_per`, those that are there already stay as they are."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _write(session, _insert_text(table, tuple(rows[0]), once_per), table, rows)
    else:
        insert = sqlite.insert(table)
        connection.execute(insert.on_conflict_do_nothing(index_elements=once_per) if once_per else insert, rows)


def insert_new(
    session: Session, table: Table, rows: Sequence[dict[str, Any]], *, once_per: tuple[str, ...]
) -> set[tuple[Any, ...]]:
    """Insert those whose columns `once_per` are not there yet. Returns these columns of the rows that are new."""
    if not rows:
        return set()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        text = f"{_insert_text(table, tuple(rows[0]), once_per)} RETURNING {', '.join(once_per)}"
        (found,) = exchange.ask(connection, [_statement(text, table, rows)])
        return set(found)
    # SQLite has one writer at a time: what is not there now is not there at the insert either.
    keys = {tuple(row[name] for name in once_per): row for row in rows}
    columns = [table.c[name] for name in once_per]
    known = connection.execute(table.select().with_only_columns(*columns).where(tuple_(*columns).in_(list(keys))))
    fresh = keys.keys() - {tuple(row) for row in known}
    if fresh:
        connection.execute(table.insert(), [row for key, row in keys.items() if key in fresh])
    return fresh


def update_all(session: Session, table: Table, rows: Sequence[dict[str, Any]], *, key: str) -> None:
    """Set the other columns of the rows found by `key`; all rows have the same columns."""
    if not rows:
        return
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        _write(session, _update_text(table, tuple(rows[0]), key), table, rows)
    else:
        statement = update(table).where(table.c[key] == bindparam("row_key"))
        connection.execute(statement, [{"row_key": row[key], **_without(row, key)} for row in rows])


def _without(row: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != key}


def _write(session: Session, text: str, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    statement = _statement(text, table, rows)
    if is_gathering(session):
        exchange.put_off(session.connection(), statement)
    else:
        exchange.ask(session.connection(), [statement])


def _statement(text: str, table: Table, rows: Sequence[dict[str, Any]]) -> Statement:
    lists = []
    for name in rows[0]:
        values = [row[name] for row in rows]
        is_json = isinstance(table.c[name].type, JSON)
        lists.append(exchange.array([json.dumps(value) for value in values] if is_json else values))
    return Statement(text, lists)


@cache
def _insert_text(table: Table, names: tuple[str, ...], once_per: tuple[str, ...]) -> str:
    conflict = f" ON CONFLICT ({', '.join(once_per)}) DO NOTHING" if once_per else ""
    return f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {_values(table, names)} {_arrays(table, names)}{conflict}"


@cache
def _update_text(table: Table, names: tuple[str, ...], key: str) -> str:
    changes = ", ".join(f"{name} = {_value(table, name)}" for name in names if name != key)
    return f"UPDATE {table.name} SET {changes} {_arrays(table, names)} WHERE {table.name}.{key} = new.{key}"  # noqa: S608  names of our own columns


def _arrays(table: Table, names: tuple[str, ...]) -> str:
    arrays = ", ".join(f"${place}::{_array_type(table, name)}[]" for place, name in enumerate(names, 1))
    return f"FROM unnest({arrays}) AS new ({', '.join(names)})"


def _values(table: Table, names: tuple[str, ...]) -> str:
    return ", ".join(_value(table, name) for name in names)


def _value(table: Table, name: str) -> str:
    return f"new.{name}::jsonb" if isinstance(table.c[name].type, JSON) else f"new.{name}"


def _array_type(table: Table, name: str) -> str:
    column_type = table.c[name].type
    return next((text for kind, text in _ARRAYS if isinstance(column_type, kind)), "text")
