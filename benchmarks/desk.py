"""How long the admin's desk searches among a million orders: every filter, the last page, and a customer's page."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

from benchmarks import cluster, shop_rows
from benchmarks.report import figure, percentile, progress
from benchmarks.workbench import Bench
from nestpay.billing import customer_desk, order_desk, subscription_desk
from nestpay.billing.order_desk import OrderQuery
from nestpay.billing.paging import LAST_PAGE
from nestpay.billing.subscription_desk import SubscriptionQuery

SIZES = {"postgresql": (1_000_000, 100_000), "sqlite": (100_000, 10_000)}
UNTIL = datetime(2027, 3, 1, tzinfo=UTC)
_ROUNDS = 40
_DEEP = 5
"""Pages that are turned before the one that is measured."""

Look = Callable[[], object]


def searches(bench: Bench) -> None:
    """The p95 of each kind of look, in milliseconds at the server, on both kinds of database."""
    for kind in bench.kinds:
        orders, people = SIZES[kind]
        url = bench.database(kind, f"desk_{kind}")
        progress(f"desk: {orders} orders and {people} subscriptions on {kind}")
        shop_rows.add(orders, people, UNTIL)
        if kind == "postgresql":
            cluster.settle(url)
        for name, looks in _looks(orders, people).items():
            looks[0]()  # what is built once for every search of its kind is built here
            samples = [_milliseconds(look) for look in islice(cycle(looks), _ROUNDS)]
            figure(f"desk_{name}_{kind}", percentile(samples, 0.95), "ms p95")
        began = time.perf_counter()
        order_desk.totals(OrderQuery())
        figure(f"desk_totals_of_everything_{kind}", (time.perf_counter() - began) * 1000, "ms, after the rows")


def _milliseconds(look: Look) -> float:
    began = time.perf_counter()
    look()
    return (time.perf_counter() - began) * 1000


def _looks(orders: int, people: int) -> dict[str, list[Look]]:
    """Each kind of look with several of its values, so that no single row's luck counts."""
    numbers = list(range(7, orders, orders // 20))
    plans = list(order_desk.choices().plans)
    days = [f"{UNTIL - timedelta(days=back):%Y-%m-%d}" for back in (1, 30, 200, 700)]
    some = [order_desk.search(OrderQuery(text=f"in_bench{number:08}")).rows[0] for number in numbers[:10]]
    asked: dict[str, list[OrderQuery]] = {
        "orders": [OrderQuery()],
        "by_status": [OrderQuery(status=word) for word in ("succeeded", "refunded", "failed", "pending", "disputed")],
        "by_type": [OrderQuery(type=word) for word in ("subscription_initial", "subscription_renewal", "purchase")],
        "by_plan": [OrderQuery(plan_id=plan) for plan in plans],
        "by_provider": [OrderQuery(provider=word) for word in ("stripe", "creem")],
        "by_date": [OrderQuery(since=day, until=day) for day in days] + [OrderQuery(until=day) for day in days],
        "by_amount": [OrderQuery(at_least="100", at_most=most) for most in ("100", "200", "99999")],
        "largest": [OrderQuery(sort="largest"), OrderQuery(sort="smallest")],
        "by_email": [OrderQuery(text=f"buyer{number % people:08}@example.com") for number in numbers],
        "by_email_prefix": [OrderQuery(text=f"buyer{number % people:08}"[:11]) for number in numbers],
        "by_name_prefix": [OrderQuery(text=f"buyer {number % people:08}"[:12]) for number in numbers],
        "by_number": [OrderQuery(text=line.number) for line in some],
        "by_user": [OrderQuery(text=line.user_id) for line in some],
        "by_payment": [OrderQuery(text=f"pi_bench{number:08}") for number in numbers],
        "by_refund": [OrderQuery(text=f"re_bench{number // 50 * 50 + 7:08}") for number in numbers],
        "by_subscription": [OrderQuery(text=f"sub_bench{number % people:08}") for number in numbers],
        "by_customer_id": [OrderQuery(text=f"cus_bench{number % people:08}") for number in numbers],
        "by_nothing_known": [OrderQuery(text="pi_nobody_has_this"), OrderQuery(text="zzz@example.com")],
        "by_status_plan_and_date": [OrderQuery(status="failed", plan_id=plan, since=days[2]) for plan in plans],
    }
    looks: dict[str, list[Look]] = {name: [_search(query) for query in queries] for name, queries in asked.items()}
    looks["last_page"] = [
        _search(query, LAST_PAGE) for name in ("orders", "by_status", "largest") for query in asked[name]
    ]
    looks["deep_page"] = [_search(query, _mark_behind(query)) for query in asked["orders"] + asked["by_status"][:2]]
    looks["subscriptions"] = [
        _subscriptions(query)
        for query in (SubscriptionQuery(), SubscriptionQuery(status="past_due"), SubscriptionQuery(text="buyer0000001"))
    ]
    looks["customer_page"] = [_customer(line.user_id) for line in some]
    looks["customers"] = [_customers(text) for text in ("", "buyer0000", "Buyer 00", "zzz")]
    return looks


def _search(query: OrderQuery, mark: str | None = None) -> Look:
    return lambda: order_desk.search(query, after=mark)


def _subscriptions(query: SubscriptionQuery) -> Look:
    return lambda: subscription_desk.search(query)


def _customer(user_id: str) -> Look:
    return lambda: customer_desk.customer_file(user_id)


def _customers(text: str) -> Look:
    return lambda: customer_desk.search(text)


def _mark_behind(query: OrderQuery) -> str | None:
    """The mark of a page some way into the list."""
    return next(islice(_marks(query), _DEEP, None), None)


def _marks(query: OrderQuery) -> Iterator[str | None]:
    mark = None
    while True:
        mark = order_desk.search(query, after=mark).next
        yield mark
