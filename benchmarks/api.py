"""Asking what a customer may do: `entitlement_check` as a plain call and over HTTP, beside a route that does nothing."""

import time
from datetime import UTC, datetime, timedelta

from benchmarks import customers
from benchmarks.deliveries import BARE_CHECK_PATH, CHECK_PATH
from benchmarks.report import figure, progress
from benchmarks.serving import served
from benchmarks.workbench import Bench
from nestpay.billing import api_keys, catalog, entitlements
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import plans, subscriptions
from nestpay.store.columns import new_id
from nestpay.store.session import transaction

SUBSCRIBERS = 1_000
CONNECTIONS = 16
NAME = "api"


def entitlement_check(bench: Bench) -> None:
    """Calls a second, on each kind of database: in this process on one thread, over HTTP, and of a bare route."""
    for kind in bench.kinds:
        bench.database(kind, f"entitlements_{kind}")
        catalog.seed()
        ids = _subscribers(SUBSCRIBERS)
        assert entitlements.check(ids[0], NAME).allowed
        progress(f"entitlement_check on {kind}, in process")
        figure(f"entitlement_check_{kind}", _calls_per_second(ids, bench.seconds), "calls/s")
        key = api_keys.create_for_server("bench").key
        with served(bench.folder) as server:
            progress(f"entitlement_check on {kind}, over HTTP")
            found = {
                name: server.load(_requests(path, key, ids), connections=CONNECTIONS, seconds=bench.seconds)
                for name, path in (("bare_route", BARE_CHECK_PATH), ("entitlement_check_http", CHECK_PATH))
            }
        for name, seen in found.items():
            figure(f"{name}_{kind}", seen.per_second, "calls/s")
        figure(f"entitlement_check_http_p99_{kind}", found["entitlement_check_http"].p99_ms, "ms")


def _calls_per_second(ids: list[str], seconds: float) -> float:
    began, calls = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        entitlements.check(ids[calls % len(ids)], NAME)
        calls += 1
    return calls / (time.perf_counter() - began)


def _requests(path: str, key: str, ids: list[str]) -> list[bytes]:
    """More than a run sends."""
    heads = [
        f"GET {path}?user_id={user_id} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
        for user_id in ids
    ]
    return heads * 100


def _subscribers(count: int) -> list[str]:
    """Customers who each hold the plan whose entitlement is asked about."""
    now = datetime.now(UTC)
    ids = customers.add(count)
    with transaction() as session:
        plan = next(row for row in plans.all_plans(session, catalog.environment()) if row.key == "pro")
        price = next(row for row in plans.prices_of(session, [plan.id]) if row.interval == "month")
        for user_id in ids:
            held = Subscription(
                id=new_id(),
                user_id=user_id,
                provider="stripe",
                provider_subscription_id=f"sub_{user_id}",
                status=SubscriptionStatus.ACTIVE,
                plan_id=plan.id,
                price_id=price.id,
                current_period_start=now,
                current_period_end=now + timedelta(days=30),
                created_at=now,
                updated_at=now,
            )
            subscriptions.save(session, held)
    return ids
