"""The process's one database engine, and `transaction()`: the only place that commits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from nestpay.store import exchange

_BUSY_TIMEOUT_MS = 30_000
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
)

_TURN, _GATHERS = "nestpay_turn", "nestpay_gathers"

_engine: Engine | None = None


def build_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine for PostgreSQL (psycopg 3) or SQLite (WAL, writers begin IMMEDIATE so that none fails half-way)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        # psycopg would forget all prepared statements of a connection, ours too, whenever it rolls back.
        own = {"prepare_threshold": None}
        engine = create_engine(parsed, pool_size=pool_size, max_overflow=pool_size, connect_args=own)
        event.listen(engine, "begin", exchange.forget_waiting)
        event.listen(engine, "before_cursor_execute", exchange.before_a_statement)
        event.listen(engine, "commit", exchange.commit_with_waiting)
        return engine
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, poolclass=QueuePool, pool_size=pool_size, max_overflow=pool_size)
    event.listen(engine, "connect", _prepare_sqlite)
    _let_writers_queue(engine)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own implicit BEGIN would be DEFERRED
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _let_writers_queue(engine: Engine) -> None:
    """Give this process's writers a turn each: SQLite itself lets them sleep and try again, and some never get in."""
    turn = threading.Lock()

    def begin(connection: Any) -> None:
        if connection.get_execution_options().get("nestpay_reads_only", False):
            connection.exec_driver_sql("BEGIN")
            return
        if _TURN not in connection.info:
            connection.info[_TURN] = turn.acquire(timeout=_BUSY_TIMEOUT_MS / 1000)
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def give_back(_driver_connection: Any, record: Any) -> None:
        if record.info.pop(_TURN, False):
            turn.release()

    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", give_back)


def connect(url: str, *, pool_size: int = 10) -> Engine:
    """Make `url` this process's database, closing the one before."""
    global _engine
    disconnect()
    _engine = build_engine(url, pool_size=pool_size)
    return _engine


def disconnect() -> None:
    """Close this process's database."""
    global _engine
    if _engine is not None:
        _engine.dispose()
    _engine = None


def engine() -> Engine:
    """This process's database. Raises RuntimeError when `connect` was not called: a mistake of the wiring."""
    if _engine is None:
        raise RuntimeError("nestpay.store.session.connect(url) was not called")
    return _engine


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: committed when the block ends well, rolled back when it raises."""
    with Session(engine(), expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def reading() -> Iterator[Session]:
    """A consistent look that writes nothing, and on SQLite waits for no writer."""
    database = engine()
    options: dict[str, Any] = {"nestpay_reads_only": True}
    if database.dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"  # each statement sees what is committed; BEGIN and ROLLBACK only cost
    with Session(database.execution_options(**options), expire_on_commit=False) as session:
        yield session


@contextmanager
def sent_together(session: Session) -> Iterator[None]:
    """Let the writes of a block travel to PostgreSQL with what comes after them, at the latest with the commit.

    That is also where an error shows of what the database refuses.
    """
    session.info[_GATHERS] = True
    try:
        yield
    finally:
        del session.info[_GATHERS]


def is_gathering(session: Session) -> bool:
    """Whether we are inside of a block of `sent_together`."""
    return _GATHERS in session.info
