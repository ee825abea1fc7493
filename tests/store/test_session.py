"""One unit of work: all of it or nothing, and on SQLite one writer after the other from its first statement."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError

from nestpay.store import house, session
from nestpay.store.session import reading, transaction
from nestpay.store.tables import SettingRow
from tests import builders


@pytest.mark.usefixtures("database")
def test_what_a_block_wrote_is_there_when_it_ends_well() -> None:
    with transaction() as work:
        house.write(work, "a", "1")
    with reading() as look:
        assert house.read(look, "a") == "1"


@pytest.mark.usefixtures("database")
def test_a_block_that_fails_leaves_nothing() -> None:
    def fail() -> None:
        with transaction() as work:
            house.write(work, "a", "1")
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        fail()
    assert builders.counts(SettingRow) == (0,)


@pytest.mark.usefixtures("database")
def test_a_block_that_the_database_refuses_leaves_nothing() -> None:
    def refuse() -> None:
        with transaction() as work:
            house.write(work, "a", "1")
            work.add(SettingRow(key="a", value="2"))

    with pytest.raises(IntegrityError):
        refuse()
    assert builders.counts(SettingRow) == (0,)


@pytest.mark.usefixtures("database")
def test_a_look_writes_nothing_even_if_it_tries() -> None:
    with reading() as look:
        house.write(look, "a", "1")
    assert builders.counts(SettingRow) == (0,)


@pytest.mark.usefixtures("sqlite_database")
def test_sqlite_lets_the_second_writer_wait_before_it_reads() -> None:
    """A counter that two threads read and raise: BEGIN IMMEDIATE keeps either from reading what the other replaces."""

    def raise_it(_: int) -> None:
        with transaction() as work:
            house.write(work, "n", str(int(house.read(work, "n") or 0) + 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(raise_it, range(40)))
    with reading() as look:
        assert house.read(look, "n") == "40"


@pytest.mark.usefixtures("sqlite_database")
def test_on_sqlite_readers_wait_for_no_writer() -> None:
    with transaction() as work:
        house.write(work, "a", "1")
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(builders.counts, SettingRow).result(timeout=2) == (0,)


def test_sqlite_writes_ahead_keeps_foreign_keys_and_waits(sqlite_database: str) -> None:
    with reading() as look:
        pragmas = {
            name: look.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000, "synchronous": 2}
    path = make_url(sqlite_database).database
    assert path is not None
    with transaction() as work:
        house.write(work, "a", "1")
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()


def test_without_a_database_it_says_what_is_missing() -> None:
    session.disconnect()
    with pytest.raises(RuntimeError, match="connect"):
        session.engine()


@pytest.mark.usefixtures("database")
def test_many_threads_share_a_few_connections() -> None:
    barrier = threading.Barrier(8)

    def write(number: int) -> None:
        barrier.wait()
        with transaction() as work:
            house.write(work, f"k{number}", "1")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    assert builders.counts(SettingRow) == (8,)
