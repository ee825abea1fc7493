"""How long the reports take on a large shop: a million orders on PostgreSQL, a hundred thousand on SQLite."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from benchmarks import cluster, shop_rows
from benchmarks.report import figure, percentile, progress
from benchmarks.workbench import Bench
from nestpay.billing import reports
from nestpay.billing.clock import real_now
from nestpay.domain.spans import Span, Step

_SHOPS = {"postgresql": (1_000_000, 100_000), "sqlite": (100_000, 10_000)}
_CURRENCY = "usd"
_TIMES = 30


def desk(bench: Bench) -> None:
    """The time that 95 of 100 answers keep (p95) of each report, over the last thirty days and over two years."""
    for kind in bench.kinds:
        orders, subscriptions = _SHOPS[kind]
        progress(f"{kind}: making {orders} orders and {subscriptions} subscriptions")
        url = bench.database(kind, "reports")
        shop_rows.add(orders, subscriptions, real_now())
        if kind == "postgresql":
            cluster.settle(url)
        for name, ask in _questions().items():
            figure(f"{name}_{kind}", percentile([_milliseconds(ask) for _ in range(_TIMES)], 0.95), "ms")


def _questions() -> dict[str, Callable[[], object]]:
    today = reports.today()
    month, years = Span(today - timedelta(days=29), today), Span(today - timedelta(days=729), today, Step.MONTH)
    return {
        "mrr_report_p95": partial(reports.growth, _CURRENCY, month),
        "mrr_report_two_years_p95": partial(reports.growth, _CURRENCY, years),
        "revenue_report_p95": partial(reports.revenue, _CURRENCY, month),
        "revenue_report_two_years_p95": partial(reports.revenue, _CURRENCY, years),
        "recovery_report_p95": partial(reports.recovery, _CURRENCY, month),
    }


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000
