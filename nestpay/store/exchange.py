"""Talks to PostgreSQL in few round trips: statements gather, travel together, and are answered together.

psycopg's own pipeline sends each statement by itself and spends more time on it than the database does. This one is
libpq's, through psycopg's thin wrapper: each text is prepared once a connection, and every parameter is a text.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_WAITING, _PREPARED = "nestpay_waiting", "nestpay_prepared"
_MOST_PREPARED = 300
_READS = "SELECT"
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.PIPELINE_ABORTED)


@dataclass(frozen=True, slots=True)
class Statement:
    """A text with $1, $2 …, one of few, and this time's parameters as PostgreSQL writes them."""

    text: str
    parameters: Sequence[str | None] = ()


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A statement as it travels."""

    text: str
    parameters: Sequence[bytes | None] = ()


_BEGIN, _COMMIT = _Encoded("BEGIN"), Statement("COMMIT")


def ask(connection: Connection, statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """Send what waits and then these, in one go; gives the rows of each of these."""
    asked = [_encoded(each) for each in statements]
    waiting = connection.info.pop(_WAITING, [])
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    with _errors_of_the_driver():
        results = _exchange(driver, connection.info.setdefault(_PREPARED, {}), [*waiting, *asked])
        return [_rows(driver, result) for result in results[len(waiting) :]]


def put_off(connection: Connection, statement: Statement) -> None:
    """Let a statement wait for the next one on its connection, or for the commit, which also bring its errors."""
    connection.info.setdefault(_WAITING, []).append(_encoded(statement))


def before_a_statement(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
    """Send what waits, since somebody is about to use the connection without us."""
    if connection.info.get(_WAITING):
        ask(connection, [])
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    if driver.autocommit and _is_idle(driver) and not statement.startswith(_READS):
        driver.execute("BEGIN")  # who only looks writes nothing that would stay


def commit_with_waiting(connection: Connection) -> None:
    """Send what waits together with the commit, after which the driver finds nothing left to commit."""
    if not connection.info.get(_WAITING):
        return
    try:
        ask(connection, [_COMMIT])
    except BaseException:
        connection.invalidate()  # SQLAlchemy holds a transaction whose commit fails for ended, and would not roll it back
        raise


def forget_waiting(connection: Connection) -> None:
    """Nothing of an earlier transaction may get into a new one."""
    connection.info.pop(_WAITING, None)


def array(values: Iterable[Any]) -> str:
    """Texts, numbers, booleans, instants and nulls as PostgreSQL writes an array."""
    return "{" + ",".join([_element(value) for value in values]) + "}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if value is None:
        return "NULL"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _encoded(statement: Statement) -> _Encoded:
    """Refuses, before anything is sent, what is no Unicode, and what libpq would cut off at a NUL."""
    parameters = [None if value is None else value.encode() for value in statement.parameters]
    if any(b"\0" in value for value in parameters if value is not None):
        raise ValueError("PostgreSQL's texts cannot contain NUL.")
    return _Encoded(statement.text, parameters)


def _exchange(
    driver: "psycopg.Connection[Any]", prepared: dict[str, bytes], statements: Sequence[_Encoded]
) -> list[pq.abc.PGresult]:
    """One round trip, in the connection's transaction: each statement's result. After the first error nothing more ran."""
    only_reads = driver.autocommit and all(each.text.startswith(_READS) for each in statements)
    every = [*((_BEGIN,) if _is_idle(driver) and not only_reads else ()), *statements]
    if not every:
        return []
    new = [text for text in dict.fromkeys(each.text for each in every) if text not in prepared]
    new = new[: max(0, _MOST_PREPARED - len(prepared))]
    names = prepared | {text: b"nestpay_%d" % (len(prepared) + index) for index, text in enumerate(new)}
    driver.pgconn.enter_pipeline_mode()
    try:
        results = driver.wait(_send_and_fetch(driver.pgconn, names, new, every))
        driver.pgconn.exit_pipeline_mode()
    except BaseException:
        driver.close()  # cut off half-way: nobody can tell what is still to come on it
        raise
    for text, result in zip(new, results, strict=False):
        if result.status == pq.ExecStatus.COMMAND_OK:
            prepared[text] = names[text]
    failed = next((result for result in results if result.status in _FAILED), None)
    if failed:
        raise error_from_result(failed, encoding=driver.info.encoding)
    return results[-len(statements) :] if statements else []


def _is_idle(driver: "psycopg.Connection[Any]") -> bool:
    return driver.pgconn.transaction_status == pq.TransactionStatus.IDLE


def _send_and_fetch(
    pgconn: pq.abc.PGconn, names: dict[str, bytes], new: Sequence[str], statements: Sequence[_Encoded]
) -> Any:
    for text in new:
        pgconn.send_prepare(names[text], text.encode())
    for each in statements:
        if each.text in names:
            pgconn.send_query_prepared(names[each.text], each.parameters)
        else:
            pgconn.send_query_params(each.text.encode(), each.parameters)
    pgconn.pipeline_sync()
    yield from generators.send(pgconn)
    results: list[pq.abc.PGresult] = []
    while True:
        found = yield from generators.fetch_many(pgconn)
        if found and found[0].status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        results += found


def _rows(driver: "psycopg.Connection[Any]", result: pq.abc.PGresult) -> list[tuple[Any, ...]]:
    if not result.ntuples:
        return []
    loading = Transformer(driver)
    loading.set_pgresult(result)
    return loading.load_rows(0, result.ntuples, tuple)


@contextmanager
def _errors_of_the_driver() -> Iterator[None]:
    """Turn what the driver itself raises in a block into SQLAlchemy's errors, as if SQLAlchemy had sent it."""
    try:
        yield
    except psycopg.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg.Error) from error
