"""Webhooks over HTTP: how many are accepted and applied a second, beside a bare route and a bare database."""

from sqlalchemy import func, select
from sqlmodel import col

from benchmarks import baselines, cluster, customers, deliveries
from benchmarks.report import figure, progress
from benchmarks.serving import Seen, Served, served
from benchmarks.workbench import Bench
from nestpay.store import session
from nestpay.store.tables import CreditLogRow, OrderRow, WebhookEventRow

CONNECTIONS = (1, 32)
_MOST_A_SECOND = {1: 1_500, 32: 7_000}
_WARM_UP = 200


def accept(bench: Bench) -> None:
    """`webhook_accept`: signed, unique, stored, answered; beside a route that only checks the signature."""
    for kind in bench.kinds:
        bench.database(kind, f"accept_{kind}")
        with served(bench.folder) as server:
            _stored_only(server, deliveries.WEBHOOK_PATH, _WARM_UP, 8, bench.seconds)
            before = _count(WebhookEventRow)
            answered = 0
            for connections in CONNECTIONS:
                progress(f"webhook_accept on {kind}, {connections} connections")
                most = round(_MOST_A_SECOND[connections] * bench.seconds)
                bare = _stored_only(server, deliveries.BARE_PATH, most * 3, connections, bench.seconds)
                seen = _stored_only(server, deliveries.WEBHOOK_PATH, most, connections, bench.seconds)
                answered += seen.answered
                ending = f"{kind}_{connections}"
                _print("bare_route", ending, bare)
                _print("webhook_accept", ending, seen)
                figure(f"webhook_accept_ratio_{ending}", seen.per_second / bare.per_second, "of bare_route")
            _check(_count(WebhookEventRow) - before, answered)


def apply(bench: Bench) -> None:
    """`webhook_apply`: until the last order, credit and log line of one-time purchases is committed."""
    for kind in bench.kinds:
        url = bench.database(kind, f"apply_{kind}")
        with served(bench.folder) as server:
            _purchases(server, _WARM_UP, 8, bench.seconds)
            for connections in CONNECTIONS:
                progress(f"webhook_apply on {kind}, {connections} connections")
                most = round(_MOST_A_SECOND[connections] * bench.seconds)
                before = _applied()
                seen = _purchases(server, most, connections, bench.seconds, settle=url if kind == "postgresql" else "")
                _check(_applied() - before, seen.answered)
                ending = f"{kind}_{connections}"
                _print("webhook_apply", ending, seen)
                bare = _minimal_writes(bench, kind, connections)
                name = "pgbench" if kind == "postgresql" else "sqlite3"
                figure(f"{name}_{connections}", bare.per_second, "transactions/s")
                figure(f"{name}_p99_{connections}", bare.p99_ms, "ms")
                figure(f"webhook_apply_ratio_{ending}", seen.per_second / bare.per_second, f"of {name}")


def _stored_only(server: Served, path: str, most: int, connections: int, seconds: float) -> Seen:
    requests = [deliveries.request(deliveries.stored_only(), path) for _ in range(most)]
    return server.load(requests, connections=connections, seconds=seconds)


def _purchases(server: Served, most: int, connections: int, seconds: float, *, settle: str = "") -> Seen:
    waiting = customers.add_waiting_orders(most)
    if settle:
        cluster.settle(settle)
    requests = [deliveries.request(deliveries.purchase(each)) for each in waiting]
    return server.load(requests, connections=connections, seconds=seconds)


def _minimal_writes(bench: Bench, kind: str, connections: int) -> baselines.Baseline:
    size = len(deliveries.purchase(customers.Waiting("o" * 32, "u" * 32, "c" * 36, "p" * 32, "s" * 40, 1900)))
    name = f"minimal_{kind}_{connections}"
    if kind == "sqlite":
        return baselines.events_on_sqlite(bench.folder / f"{name}.sqlite", payload_size=size, seconds=bench.seconds)
    url = cluster.new_database(bench.server_url, name)
    return baselines.events_on_postgresql(
        url, bench.folder, payload_size=size, clients=connections, seconds=bench.seconds
    )


def _print(name: str, ending: str, seen: Seen) -> None:
    figure(f"{name}_{ending}", seen.per_second, "events/s")
    figure(f"{name}_p99_{ending}", seen.p99_ms, "ms")
    figure(f"{name}_cpu_{ending}", seen.cpu_ms_each, "ms of the server's CPU an event")


def _count(table: type[WebhookEventRow]) -> int:
    with session.reading() as reading:
        return reading.scalar(select(func.count()).select_from(table)) or 0


def _applied() -> int:
    """Orders that are paid and have a log line with their credits."""
    paid = (
        select(func.count())
        .select_from(OrderRow)
        .join(CreditLogRow, col(CreditLogRow.order_id) == col(OrderRow.id))
        .where(col(OrderRow.status) == "succeeded", col(CreditLogRow.amount) > 0)
    )
    with session.reading() as reading:
        return reading.scalar(paid) or 0


def _check(stored: int, answered: int) -> None:
    if stored != answered:
        raise RuntimeError(f"{answered} events were answered but {stored} are in the database")
