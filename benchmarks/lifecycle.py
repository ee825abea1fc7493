"""What a subscription costs over its life: calls of the provider, seconds for a full sync, renewals applied a second."""

import json
import logging
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import cluster, customers, workbench
from benchmarks.report import figure, progress
from benchmarks.workbench import KINDS, Bench
from nestpay import queue
from nestpay.billing import checkout, inbox, reconcile
from nestpay.billing.clock import real_now
from nestpay.domain.orders import OrderStatus
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.store import session, subscriptions
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import OrderRow, PlanRow, PriceRecord, SubscriptionRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.scenarios.merchant import Merchant, edit, open_door, open_for_business, provider_at
from tests.stripe_edge import Answer, Asked, StripeEdge

START = datetime(2027, 1, 31, 10, 17, tzinfo=UTC)
JANUARY, FEBRUARY, MARCH = stripe_objects.JANUARY, stripe_objects.FEBRUARY, stripe_objects.MARCH
SUBSCRIPTIONS = 1_000
RENEWALS = 2_000
_AT_ONCE = 64
_PAGE = 100


class Calls(logging.Handler):
    """Counts what Stripe's SDK asks for, by its own log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """One line of the SDK's log."""
        self.count += "Request to Stripe api" in record.getMessage()


@contextmanager
def counted() -> Iterator[Calls]:
    """The calls of the provider inside the block."""
    log, calls = logging.getLogger("stripe"), Calls()
    before = log.level, log.propagate
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(calls)
    try:
        yield calls
    finally:
        log.removeHandler(calls)
        log.setLevel(before[0])
        log.propagate = before[1]


def provider_calls(bench: Bench) -> None:
    """`provider_calls_per_checkout`, `…_subscription`, `…_renewal`: from the button until all is done, over HTTP."""
    if "sqlite" not in bench.kinds:
        return
    bench.database("sqlite", "calls")
    folder = bench.folder / "calls"
    folder.mkdir()
    with open_door() as door, open_for_business(folder, START, door) as merchant, _working(folder):
        with counted() as calls:
            _confirmed(merchant, merchant.buy())
        figure("provider_calls_per_checkout", calls.count, "calls")
        with counted() as calls:
            _confirmed(merchant, merchant.buy("pro", "month"))
        figure("provider_calls_per_subscription", calls.count, "calls")
        with counted() as calls:
            merchant.jump(merchant.held().current_period_end + timedelta(hours=2))
            _quiet(merchant)
        figure("provider_calls_per_renewal", calls.count, "calls")


def _confirmed(merchant: Merchant, order: OrderRow) -> None:
    """The customer comes back and sees that it worked, and everything that was told is worked on."""
    _quiet(merchant)
    seen = checkout.confirm(merchant.user_id, order.provider_session_id or "", ask_provider=True)
    if seen.state != "paid":
        raise RuntimeError(f"the checkout is {seen.state}")


@contextmanager
def _working(folder: Path) -> Iterator[None]:
    """Our own worker, as it runs inside the web process."""
    queue.connect(database_url="", redis_url="", var_dir=folder)
    queue.consume_here()
    try:
        yield
    finally:
        queue.disconnect()


def _quiet(merchant: Merchant) -> None:
    """Wait until every webhook was delivered and worked on, and nothing was asked for half a second."""
    deadline = time.monotonic() + 60
    since = time.monotonic()
    while time.monotonic() < deadline and time.monotonic() - since < 1:
        waiting = [row for row in builders.rows_of(WebhookEventRow) if row.status not in ("done", "ignored")]
        if waiting or merchant.deliveries_waiting():
            since = time.monotonic()
        time.sleep(0.05)


class Pages(StripeEdge):
    """Subscriptions at Stripe, listed a hundred at a time as it does."""

    def answer(self, asked: Asked) -> tuple[int, Answer]:
        """One request."""
        if (asked.method, asked.path) != ("GET", "/v1/subscriptions"):
            return super().answer(asked)
        self.asked.append(asked)
        ids = sorted(path.rsplit("/", 1)[1] for path in self.things if path.startswith("/v1/subscriptions/"))
        after = asked.params.get("starting_after")
        first = ids.index(after) + 1 if after else 0
        page = [self.things[f"/v1/subscriptions/{each}"] for each in ids[first : first + _PAGE]]
        more = first + _PAGE < len(ids)
        return 200, {"object": "list", "data": page, "has_more": more, "url": "/v1/subscriptions"}


def sync(bench: Bench) -> None:
    """`sync_1000_subscriptions`: all of them renewed while we were away; seconds and calls until we know."""
    for kind in bench.kinds:
        bench.database(kind, f"sync_{kind}")
        edge = Pages()
        edge.start()
        registry.register(provider_at(edge.url))
        edge.things["/v1/events"] = {"object": "list", "data": [], "has_more": False, "url": "/v1/events"}
        price = _price()
        for held in _running(SUBSCRIPTIONS, price):
            edge.things[f"/v1/subscriptions/{held.provider_subscription_id}"] = stripe_objects.subscription(
                held.provider_subscription_id,
                customer=held.provider_customer_id or "",
                price=price,
                start=FEBRUARY,
                end=MARCH,
                latest_invoice=None,
            )
        progress(f"sync_{SUBSCRIPTIONS}_subscriptions on {kind}")
        started = time.perf_counter()
        found = reconcile.run()
        took = time.perf_counter() - started
        ends = {row.current_period_end for row in builders.rows_of(SubscriptionRow)}
        if len(found) != SUBSCRIPTIONS or ends != {datetime.fromtimestamp(MARCH, UTC)}:
            raise RuntimeError(f"{len(found)} differences were found, the periods end {ends}")
        figure(f"sync_{SUBSCRIPTIONS}_subscriptions_{kind}", took, "s")
        figure(f"sync_{SUBSCRIPTIONS}_subscriptions_calls_{kind}", len(edge.asked), "calls")
        registry.clear()
        edge.stop()


def renewals(bench: Bench) -> None:
    """`renewals_per_s`: paid invoices of the next period, each an order and a month's credits, applied on PostgreSQL."""
    if "postgresql" not in bench.kinds:
        return
    url = bench.database("postgresql", "renewals")
    registry.register(provider_at("http://127.0.0.1:9"))
    price = _price()
    bodies = [_renewal(held, price) for held in _running(RENEWALS, price)]
    events = [registry.get("stripe").parse_event(json.dumps(body)) for body in bodies]
    cluster.settle(url)
    progress(f"renewals_per_s, {_AT_ONCE} at once")
    started = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        list(threads.map(inbox.take, events))
    took = time.perf_counter() - started
    paid = [row for row in builders.rows_of(OrderRow) if row.status == OrderStatus.SUCCEEDED and row.granted["credits"]]
    if len(paid) != RENEWALS:
        raise RuntimeError(f"{len(paid)} of {RENEWALS} renewals are paid")
    figure("renewals_per_s", RENEWALS / took, "renewals/s")
    inbox.stop()
    registry.clear()
    session.disconnect()


def _renewal(held: Subscription, price: str) -> dict[str, Any]:
    return stripe_objects.event(
        "invoice.paid",
        stripe_objects.paid_invoice(
            f"in_{held.id}",
            customer=held.provider_customer_id,
            subscription=held.provider_subscription_id,
            price=price,
            start=FEBRUARY,
            end=MARCH,
            billing_reason="subscription_cycle",
        ),
    )


def _price() -> str:
    """Stripe's id of the Pro plan's monthly price, as if it had been made there."""
    plans = {row.id: row.key for row in builders.rows_of(PlanRow)}
    price = next(
        row for row in builders.rows_of(PriceRecord) if plans[row.plan_id] == "pro" and row.interval == "month"
    )
    edit(PriceRecord, price.id, provider_price_id="price_pro_month", provider_product_id="prod_pro")
    return "price_pro_month"


def _running(count: int, provider_price_id: str) -> list[Subscription]:
    """Subscriptions of people of their own, in their first period."""
    (price,) = builders.rows_of(PriceRecord, provider_price_id=provider_price_id)
    now, held = real_now(), []
    for number, user_id in enumerate(customers.add(count)):
        held.append(
            Subscription(
                id=new_id(),
                user_id=user_id,
                provider="stripe",
                provider_subscription_id=f"sub_{number:06}",
                provider_customer_id=f"cus_{number:06}",
                plan_id=price.plan_id,
                price_id=price.id,
                status=SubscriptionStatus.ACTIVE,
                current_period_start=datetime.fromtimestamp(JANUARY, UTC),
                current_period_end=datetime.fromtimestamp(FEBRUARY, UTC),
                anchor_at=datetime.fromtimestamp(JANUARY, UTC),
                created_at=now,
                updated_at=now,
                watermark=now - timedelta(days=1),
            )
        )
    with transaction() as opened:
        for each in held:
            subscriptions.add_customer(opened, each.user_id, "stripe", each.provider_customer_id or "", now)
            subscriptions.save(opened, each)
    return held


FIGURES = {
    "provider_calls": provider_calls,
    "sync_1000_subscriptions": sync,
    "renewals_per_s": renewals,
}


def main() -> None:
    """`python -m benchmarks.lifecycle [figure …]` measures these alone."""
    with workbench.bench(KINDS, 3.0) as bench:
        for name in sys.argv[1:] or FIGURES:
            FIGURES[name](bench)


if __name__ == "__main__":
    main()
