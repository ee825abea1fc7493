"""`growth_*`: what a spend, a balance and the oldest page of the history cost as an account's log grows."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import text

from benchmarks import cluster, customers
from benchmarks.report import figure, percentile, progress
from benchmarks.workbench import Bench
from nestpay.billing import credits
from nestpay.store.session import engine, transaction
from nestpay.store.tables import CreditLineageRow, CreditLogRow

SIZES = (1_000, 100_000, 1_000_000)
_CALLS = 300
_OLDEST_PAGE = "newer:0"
_NUMBERS = {
    "postgresql": "SELECT generate_series(:first, :last) AS n",
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
    "SELECT n FROM numbers",
}


def growth(bench: Bench) -> None:
    """p50 of each at 1,000, 100,000 and 1,000,000 lines of one account, and the last beside the first."""
    for kind in bench.kinds:
        url = bench.database(kind, f"growth_{kind}")
        (user_id,) = customers.add_with_credits(1)
        firsts: dict[str, float] = {}
        for size in SIZES:
            progress(f"growth on {kind}, {size} lines")
            _grow(kind, user_id, size)
            if kind == "postgresql":
                cluster.settle(url)
            for name, p50 in _p50_of_each(user_id).items():
                figure(f"growth_{name}_{kind}_{size}", p50, "ms p50")
                firsts.setdefault(name, p50)
                if size == SIZES[-1]:
                    figure(f"growth_{name}_ratio_{kind}", p50 / firsts[name], "of 1,000 lines")
        credits.stop()


def _p50_of_each(user_id: str) -> dict[str, float]:
    calls: dict[str, Callable[[], object]] = {
        "spend": lambda: credits.spend(user_id, 1, key=uuid.uuid4().hex, feature="chat"),
        "balance": lambda: credits.get_user_benefits(user_id),
        "oldest_page": lambda: credits.history(user_id, after=_OLDEST_PAGE),
    }
    return {name: _p50(call) for name, call in calls.items()}


def _p50(call: Callable[[], object]) -> float:
    times = []
    for _ in range(_CALLS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return percentile(times, 0.5)


def _grow(kind: str, user_id: str, size: int) -> None:
    """Give the account's log `size` lines, each with its lot: as many spends of one credit as are missing."""
    with engine().connect() as connection:
        held = connection.execute(text("SELECT seq FROM usage WHERE user_id = :user_id"), {"user_id": user_id})
        first = held.scalar_one() + 1
    span = {"first": first, "last": size}
    line = {"user_id": user_id, "now": datetime.now(UTC), "balance": customers.CREDITS}
    numbers = _NUMBERS[kind]
    logs, lineage = CreditLogRow.__tablename__, CreditLineageRow.__tablename__
    padded = "lpad(n::text, 32, '0')" if kind == "postgresql" else "printf('%032d', n)"
    with transaction() as session:
        session.execute(
            text(
                f"INSERT INTO {logs} (id, user_id, seq, amount, subscription_balance_after, one_time_balance_after, type,"
                " key, feature, note, previous_hash, hash, created_at)"
                f" SELECT {padded}, :user_id, n, -1, 0, :balance - n, 'feature_usage', {padded}, 'chat', '', '', '', :now"
                f" FROM ({numbers}) made"
            ).bindparams(**span, **line)
        )
        session.execute(
            text(
                f"INSERT INTO {lineage} (log_id, lot_id, amount) SELECT {padded}, lots.id, -1 FROM ({numbers}) made,"
                " (SELECT id FROM credit_grants WHERE user_id = :user_id) lots"
            ).bindparams(**span, user_id=user_id)
        )
        session.execute(
            text("UPDATE usage SET seq = :last WHERE user_id = :user_id").bindparams(last=size, user_id=user_id)
        )
