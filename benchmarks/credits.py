"""Spending credits: `deduct_tps` through our public call, over many accounts and on one hot one, beside the bare database."""

import asyncio
import json
import os
import random
import threading
import time
import uuid
from pathlib import Path

import psycopg

from benchmarks import baselines, cluster, customers
from benchmarks.baselines import Baseline
from benchmarks.deliveries import BARE_DEDUCT_PATH, DEDUCT_PATH
from benchmarks.report import figure, percentile, progress
from benchmarks.serving import served
from benchmarks.workbench import Bench
from nestpay.billing import api_keys, credits

CALLERS = (1, 8, 32)
ACCOUNTS = 10_000
_MOST_A_SECOND = 6_000

# NEXTY's job: subscription credits first, then one-time ones, and a line of the log.
_PLPGSQL = """
CREATE TABLE usage (user_id integer PRIMARY KEY, subscription_credits bigint NOT NULL, one_time_credits bigint NOT NULL);
CREATE TABLE credit_logs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id integer NOT NULL, amount bigint NOT NULL,
    one_time_after bigint NOT NULL, subscription_after bigint NOT NULL, type text NOT NULL, notes text,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON credit_logs (user_id, created_at);
CREATE FUNCTION deduct(wanted integer, cost bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE held usage%ROWTYPE; part bigint;
BEGIN
    SELECT * INTO held FROM usage WHERE user_id = wanted FOR UPDATE;
    IF held.subscription_credits + held.one_time_credits < cost THEN RAISE EXCEPTION 'insufficient credits'; END IF;
    part := least(held.subscription_credits, cost);
    UPDATE usage SET subscription_credits = held.subscription_credits - part,
        one_time_credits = held.one_time_credits - (cost - part) WHERE user_id = wanted;
    INSERT INTO credit_logs (user_id, amount, one_time_after, subscription_after, type, notes) VALUES
        (wanted, -cost, held.one_time_credits - (cost - part), held.subscription_credits - part, 'feature_usage', 'chat');
    RETURN held.subscription_credits + held.one_time_credits - cost;
END $$;
"""

_SQLITE_TABLES = """
CREATE TABLE usage (user_id INTEGER PRIMARY KEY, credits INTEGER NOT NULL CHECK (credits >= 0), seq INTEGER NOT NULL, head TEXT);
CREATE TABLE lots (id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, remaining INTEGER NOT NULL CHECK (remaining >= 0));
CREATE INDEX lots_of_user ON lots (user_id);
CREATE TABLE logs (
    id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, seq INTEGER NOT NULL, amount INTEGER NOT NULL, after INTEGER NOT NULL,
    key TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE (user_id, seq), UNIQUE (user_id, key));
CREATE TABLE lineage (log_id TEXT NOT NULL, lot_id TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (log_id, lot_id));
"""


def deduct(bench: Bench) -> None:
    """`deduct_tps` and its p99 at 1, 8 and 32 callers."""
    for kind in bench.kinds:
        bench.database(kind, f"deduct_{kind}")
        ids = customers.add_with_credits(ACCOUNTS)
        for spread, accounts in (("many", ids), ("hot", ids[:1])):
            on_threads = _spend_on_threads(accounts, CALLERS[-1], bench.seconds)
            figure(f"deduct_tps_threads_{kind}_{spread}_{CALLERS[-1]}", on_threads.per_second, "spends/s")
            for callers in CALLERS:
                progress(f"deduct_tps on {kind}, {spread}, {callers} callers")
                seen = _spend(accounts, callers, bench.seconds)
                bare = _bare(bench, kind, spread, callers)
                ending, name = f"{kind}_{spread}_{callers}", "plpgsql" if kind == "postgresql" else "sqlite3"
                figure(f"deduct_tps_{ending}", seen.per_second, "spends/s")
                figure(f"deduct_p99_{ending}", seen.p99_ms, "ms")
                figure(f"{name}_{spread}_{callers}", bare.per_second, "spends/s")
                figure(f"{name}_p99_{spread}_{callers}", bare.p99_ms, "ms")
                figure(f"deduct_ratio_{ending}", seen.per_second / bare.per_second, f"of {name}")
        credits.stop()


def deduct_over_http(bench: Bench) -> None:
    """`deduct_http`: `POST /api/v1/credits/deduct` with a server's key, beside a bare route with the same key check."""
    os.environ["API_CALLS_PER_MINUTE"] = "0"
    for kind in bench.kinds:
        bench.database(kind, f"deduct_http_{kind}")
        ids = customers.add_with_credits(ACCOUNTS)
        key = api_keys.create_for_server("benchmark").key
        with served(bench.folder) as server:
            server.load(_requests(DEDUCT_PATH, key, ids, 200), connections=8, seconds=bench.seconds)
            for spread, accounts in (("many", ids), ("hot", ids[:1])):
                progress(f"deduct_http on {kind}, {spread}, {CALLERS[-1]} connections")
                most = round(_MOST_A_SECOND * bench.seconds)
                bare = server.load(
                    _requests(BARE_DEDUCT_PATH, key, accounts, most), connections=CALLERS[-1], seconds=bench.seconds
                )
                seen = server.load(
                    _requests(DEDUCT_PATH, key, accounts, most), connections=CALLERS[-1], seconds=bench.seconds
                )
                ending = f"{kind}_{spread}_{CALLERS[-1]}"
                figure(f"deduct_http_{ending}", seen.per_second, "spends/s")
                figure(f"deduct_http_p99_{ending}", seen.p99_ms, "ms")
                figure(f"bare_deduct_route_{ending}", bare.per_second, "calls/s")
                figure(f"deduct_http_ratio_{ending}", seen.per_second / bare.per_second, "of bare_deduct_route")
    del os.environ["API_CALLS_PER_MINUTE"]


def _requests(path: str, key: str, accounts: list[str], count: int) -> list[bytes]:
    requests = []
    for _ in range(count):
        body = json.dumps({"amount": 1, "feature": "chat", "user_id": random.choice(accounts)}).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {key}\r\nIdempotency-Key: {uuid.uuid4().hex}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    return requests


def _spend(accounts: list[str], callers: int, seconds: float) -> Baseline:
    """Callers as tasks of one event loop, each waiting for its answer before it spends again."""
    times: list[float] = []

    async def call(until: float) -> None:
        ended = time.perf_counter()
        while ended < until:
            await credits.spend_soon(random.choice(accounts), 1, key=uuid.uuid4().hex, feature="chat")
            now = time.perf_counter()
            times.append(now - ended)
            ended = now

    async def call_all() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(call(began + seconds) for _ in range(callers)))
        return time.perf_counter() - began

    took = asyncio.run(call_all())
    return Baseline(len(times) / took, percentile(times, 0.99) * 1000)


def _spend_on_threads(accounts: list[str], callers: int, seconds: float) -> Baseline:
    """The same with each caller on a thread of its own, as jobs and plain functions call it."""
    times: list[list[float]] = [[] for _ in range(callers)]
    until = time.perf_counter() + seconds

    def call(own: list[float]) -> None:
        ended = time.perf_counter()
        while ended < until:
            credits.spend(random.choice(accounts), 1, key=uuid.uuid4().hex, feature="chat")
            now = time.perf_counter()
            own.append(now - ended)
            ended = now

    threads = [threading.Thread(target=call, args=(own,)) for own in times]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    every = [sample for own in times for sample in own]
    return Baseline(len(every) / (time.perf_counter() - began), percentile(every, 0.99) * 1000)


def _bare(bench: Bench, kind: str, spread: str, callers: int) -> Baseline:
    accounts = ACCOUNTS if spread == "many" else 1
    name = f"bare_{kind}_{spread}_{callers}"
    if kind == "sqlite":
        return _on_sqlite(bench.folder / f"{name}.sqlite", accounts, bench.seconds)
    url = cluster.new_database(bench.server_url, name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_PLPGSQL)
        connection.execute(f"INSERT INTO usage SELECT n, 0, 1000000000 FROM generate_series(1, {accounts}) n")
    cluster.settle(url)
    script = f"\\set user random(1, {accounts})\nSELECT deduct(:user, 1);\n"
    return baselines.pgbench(url, script, bench.folder, clients=callers, seconds=bench.seconds)


def _on_sqlite(path: Path, accounts: int, seconds: float) -> Baseline:
    """The statements of one spend in a loop, one commit each; SQLite has one writer, so callers change nothing."""
    connection = baselines.raw_sqlite(path)
    connection.executescript(_SQLITE_TABLES)
    users = range(1, accounts + 1)
    connection.execute("BEGIN")
    connection.executemany("INSERT INTO usage VALUES (?, 1000000000, 0, '')", [(user,) for user in users])
    connection.executemany("INSERT INTO lots VALUES (?, ?, 1000000000)", [(f"lot{user}", user) for user in users])
    connection.execute("COMMIT")

    def one_spend(_turn: int) -> None:
        user, key, log_id = random.randint(1, accounts), uuid.uuid4().hex, uuid.uuid4().hex
        run = connection.execute
        run("BEGIN IMMEDIATE")
        held, seq, _ = run("SELECT credits, seq, head FROM usage WHERE user_id = ?", (user,)).fetchone()
        lot, remaining = run("SELECT id, remaining FROM lots WHERE user_id = ? AND remaining > 0", (user,)).fetchone()
        run("SELECT id FROM logs WHERE user_id = ? AND key = ?", (user, key)).fetchone()
        run("UPDATE lots SET remaining = ? WHERE id = ?", (remaining - 1, lot))
        run("INSERT INTO logs VALUES (?, ?, ?, -1, ?, ?, ?)", (log_id, user, seq + 1, held - 1, key, key * 2))
        run("INSERT INTO lineage VALUES (?, ?, -1)", (log_id, lot))
        run("UPDATE usage SET credits = ?, seq = ?, head = ? WHERE user_id = ?", (held - 1, seq + 1, key * 2, user))
        run("COMMIT")

    return baselines.timed(one_spend, seconds)
