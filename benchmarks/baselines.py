"""What the same database does without us: the minimal writes under pgbench, or in a loop over raw `sqlite3`."""

import re
import secrets
import sqlite3
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from benchmarks import cluster
from benchmarks.report import percentile

_THREADS = "2"


@dataclass(frozen=True)
class Baseline:
    """Transactions a second, and their p99 in milliseconds."""

    per_second: float
    p99_ms: float


def pgbench(url: str, script: str, folder: Path, *, clients: int, seconds: float) -> Baseline:
    """Run a pgbench script with prepared statements, each round one transaction of the script's own."""
    parsed = make_url(url)
    runs = folder / f"pgbench-{time.time_ns()}"
    runs.mkdir(mode=0o777)
    (runs / "script.sql").write_text(script)
    bin_folder = cluster.programs()
    assert bin_folder is not None
    command = [bin_folder / "pgbench", "-n", "-M", "prepared", "-f", "script.sql", "-l", "-j", _THREADS]
    command += ["-c", str(clients), "-T", str(max(round(seconds), 1)), "-h", "127.0.0.1", "-p", str(parsed.port)]
    done = subprocess.run(
        [*command, "-U", "nestpay", parsed.database or ""], cwd=runs, capture_output=True, text=True, check=True
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout
    logs = [line.split() for path in runs.glob("pgbench_log.*") for line in path.read_text().splitlines()]
    return Baseline(float(found[1]), percentile([int(fields[2]) / 1000 for fields in logs], 0.99))


EVENT_TABLES = """
CREATE TABLE events (id text PRIMARY KEY, event_id text NOT NULL UNIQUE, type text NOT NULL, payload text NOT NULL);
CREATE TABLE orders (id text PRIMARY KEY, user_id integer NOT NULL, amount integer NOT NULL, status text NOT NULL);
CREATE TABLE balances (user_id integer PRIMARY KEY, credits bigint NOT NULL);
CREATE TABLE log (id text PRIMARY KEY, user_id integer NOT NULL, order_id text NOT NULL, amount integer NOT NULL);
"""
EVENT_WRITES = (
    "INSERT INTO events VALUES ({id}, {id}, 'checkout.session.completed', {payload})",
    "INSERT INTO orders VALUES ({id}, {user}, 1900, 'succeeded')",
    "UPDATE balances SET credits = credits + 500 WHERE user_id = {user}",
    "INSERT INTO log VALUES ({id}, {user}, {id}, 500)",
)
USERS = 20_000


def events_on_postgresql(url: str, folder: Path, *, payload_size: int, clients: int, seconds: float) -> Baseline:
    """The least that an event can cost: itself, an order, a balance and a log line, in one commit of its own."""
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('events')").fetchone() == (None,):
            connection.execute(EVENT_TABLES)
            connection.execute(f"INSERT INTO balances SELECT n, 0 FROM generate_series(1, {USERS}) n")
    cluster.settle(url)
    payload = f"'{secrets.token_hex(payload_size // 2)}'"
    names = {"id": "gen_random_uuid()::text", "user": ":user", "payload": payload}
    writes = "".join(f"{write.format(**names)};\n" for write in EVENT_WRITES)
    script = f"\\set user random(1, {USERS})\nBEGIN;\n{writes}COMMIT;\n"
    return pgbench(url, script, folder, clients=clients, seconds=seconds)


def events_on_sqlite(path: Path, *, payload_size: int, seconds: float) -> Baseline:
    """The same in one loop over `sqlite3`: WAL, synchronous FULL, one commit an event."""
    connection = raw_sqlite(path)
    connection.executescript(EVENT_TABLES)
    connection.executemany("INSERT INTO balances VALUES (?, 0)", [(user,) for user in range(1, USERS + 1)])
    names = {"id": ":id", "user": ":user", "payload": ":payload"}
    writes = [write.format(**names) for write in EVENT_WRITES]
    payload = secrets.token_hex(payload_size // 2)

    def one_event(turn: int) -> None:
        values = {"id": uuid.uuid4().hex, "user": turn * 7919 % USERS + 1, "payload": payload}
        connection.execute("BEGIN IMMEDIATE")
        for write in writes:
            connection.execute(write, values)
        connection.execute("COMMIT")

    return timed(one_event, seconds)


def raw_sqlite(path: Path) -> sqlite3.Connection:
    """A connection that is as safe as ours: WAL, every commit on the disk."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def timed(work: Callable[[int], None], seconds: float) -> Baseline:
    """Call `work` with 0, 1, 2 … for so long."""
    times: list[float] = []
    began = ended = time.perf_counter()
    while ended - began < seconds:
        work(len(times))
        now = time.perf_counter()
        times.append(now - ended)
        ended = now
    return Baseline(len(times) / (ended - began), percentile(times, 0.99) * 1000)
