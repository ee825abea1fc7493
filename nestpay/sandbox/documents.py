"""The sandbox's SQLite file: JSON documents and the rows around them, touched by one thread only."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

Document = dict[str, Any]
T = TypeVar("T")

SCHEMA = """
create table if not exists documents(
    seq integer primary key,
    id text not null unique,
    kind text not null,
    created integer not null,
    body text not null,
    inner text not null default '{}'
);
create index if not exists documents_kind on documents(kind, seq);
create index if not exists documents_customer on documents(kind, json_extract(body, '$.customer'), seq);
create index if not exists documents_product on documents(kind, json_extract(body, '$.product'), seq);
create index if not exists documents_subscription on documents(kind, json_extract(inner, '$.subscription'), seq);
create index if not exists documents_intent on documents(kind, json_extract(body, '$.payment_intent'), seq);
create index if not exists documents_invoice on documents(kind, json_extract(body, '$.invoice'), seq);
create index if not exists documents_code on documents(kind, json_extract(body, '$.code') collate nocase);
create index if not exists documents_type on documents(kind, json_extract(body, '$.type'), seq);

create table if not exists deliveries(
    seq integer primary key,
    event text not null,
    endpoint text not null,
    state text not null default 'pending',
    attempts integer not null default 0,
    due real not null,
    answered integer,
    excerpt text,
    duration_ms integer,
    tried real
);
create index if not exists deliveries_due on deliveries(state, due);
create index if not exists deliveries_event on deliveries(event, state);

create table if not exists appointments(
    seq integer primary key,
    at integer not null,
    action text not null,
    object text not null,
    clock text,
    unique(action, object)
);
drop index if exists appointments_at;
create index if not exists appointments_clock on appointments(clock, at);

create table if not exists answers(
    key text primary key,
    fingerprint text not null,
    status integer not null,
    body text not null,
    at real not null
);
create index if not exists answers_at on answers(at);

create table if not exists settings(name text primary key, value text not null);
"""


class Store:
    """One SQLite connection on one thread of its own, so that the event loop never waits for it.

    It must not borrow asyncio's or anyio's shared threads either: whoever calls the sandbox from the same process
    blocks one of those while waiting for the sandbox's answer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox-store")
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` as one transaction: committed when it returns, rolled back when it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._transaction, work)

    async def close(self) -> None:
        """Close the file; the next `run` opens it again."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)

    def _transaction(self, work: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection or self._connect()
        connection.execute("begin immediate")
        try:
            result = work(connection)
        except BaseException:
            connection.execute("rollback")
            raise
        connection.execute("commit")
        return result

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=10)
        connection.row_factory = sqlite3.Row
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        columns = {row["name"] for row in connection.execute("pragma table_info(appointments)")}
        if columns and "clock" not in columns:
            connection.execute("alter table appointments add column clock text")
        connection.executescript(SCHEMA)
        self._connection = connection
        return connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
