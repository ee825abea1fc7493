"""Each job calls its use case, and what waits is taken up every minute though its wake-up was lost."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nestpay import queue
from nestpay.billing import inbox
from nestpay.billing.clock import real_now
from nestpay.jobs import schedule
from nestpay.store.tables import CreditGrantRow, SubscriptionRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.shop import Shop


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[None]:
    """The queue and two workers, as in the web process."""
    queue.connect(database_url="", redis_url="", var_dir=tmp_path)
    queue.consume_here()
    yield
    queue.disconnect()


def deliver(shop: Shop, kind: str) -> None:
    hints = {"customer": shop.customer_id, "metadata": shop.metadata(shop.pro)}
    thing = stripe_objects.subscription("sub_1", price="price_pro_month", **hints)
    shop.edge.things["/v1/subscriptions/sub_1"] = thing
    if kind == "invoice.paid":
        thing = stripe_objects.paid_invoice("in_1", subscription="sub_1", price="price_pro_month", **hints)
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(stripe_objects.event(kind, thing)))


def status_soon() -> str:
    """The subscription's status, once it is no longer `pending`."""
    pause = threading.Event()
    for _ in range(500):
        found = builders.rows_of(SubscriptionRow)
        if found and found[0].status != "pending":
            return found[0].status
        pause.wait(0.02)
    return "never"


def test_everything_that_waits_is_looked_at_every_minute() -> None:
    assert {"inbox", "outbox"} <= queue._every_minute


@pytest.mark.usefixtures("workers")
@pytest.mark.parametrize("kind", ["customer.subscription.created", "invoice.paid"])
def test_a_subscription_is_read_again_by_a_worker_right_after_its_event(shop: Shop, kind: str) -> None:
    deliver(shop, kind)
    assert status_soon() == "active"


def test_when_the_wake_up_is_lost_the_minutes_look_finds_the_event(shop: Shop) -> None:
    deliver(shop, "customer.subscription.created")
    assert builders.counts(SubscriptionRow) == (0,)
    schedule.inbox()
    assert status_soon() == "active"
    assert [row.status for row in builders.rows_of(WebhookEventRow)] == ["done"]


def test_a_subscription_can_be_read_by_name(shop: Shop) -> None:
    deliver(shop, "invoice.paid")
    assert [row.status for row in builders.rows_of(SubscriptionRow)] == ["pending"]
    queue.run("sync_subscription", provider="stripe", subscription_id="sub_1", asked_at=real_now().isoformat())
    assert status_soon() == "active"
    assert [lot.remaining for lot in builders.rows_of(CreditGrantRow)] == [1000]
