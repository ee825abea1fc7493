"""Our subscriptions are what the provider says they are, whoever asks it, in whatever order, at whatever time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import time_machine

from nestpay.billing import inbox, mirror
from nestpay.billing.clock import real_now
from nestpay.domain.errors import Conflict, OwnerUnknown, ProviderMissing, ProviderTrouble
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers.stripe import translate
from nestpay.store import leases, subscriptions
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import CreditGrantRow, CustomerRow, SubscriptionRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.shop import Shop

PATH, KEY = "/v1/subscriptions/sub_1", "subscription:stripe:sub_1"


@pytest.fixture
def edge_says(shop: Shop) -> Any:
    """Set what Stripe has of `sub_1`: `edge_says(status="past_due")`."""

    def say(**fields: Any) -> dict[str, Any]:
        known = {"customer": shop.customer_id, "price": "price_pro_month", "metadata": shop.metadata(shop.pro)}
        shop.edge.things[PATH] = stripe_objects.subscription("sub_1", **{**known, **fields})
        return shop.edge.things[PATH]

    say()
    return say


def stored() -> SubscriptionRow:
    (row,) = builders.rows_of(SubscriptionRow, provider_subscription_id="sub_1")
    return row


def changed(thing: dict[str, Any]) -> None:
    inbox.receive_and_wait(
        "stripe", *stripe_objects.delivery(stripe_objects.event("customer.subscription.updated", thing))
    )


def test_what_stripe_says_is_written_down(shop: Shop, edge_says: Any) -> None:
    edge_says()
    mirror.sync("stripe", "sub_1")
    row = stored()
    assert (row.user_id, row.status, row.plan_id, row.price_id) == (
        shop.user_id,
        "active",
        shop.pro.plan_id,
        shop.pro.id,
    )
    assert row.current_period_start == datetime(2027, 1, 31, tzinfo=UTC)
    assert row.current_period_end == datetime(2027, 2, 28, tzinfo=UTC)
    assert row.anchor_at == datetime(2027, 1, 31, tzinfo=UTC)


def test_a_cancellation_that_is_scheduled_by_date_counts_like_one_by_flag(edge_says: Any) -> None:
    end = datetime(2027, 2, 28, tzinfo=UTC)
    for fields in (
        {"cancel_at": stripe_objects.FEBRUARY, "cancel_at_period_end": False},
        {"cancel_at": None, "cancel_at_period_end": True},
    ):
        edge_says(**fields)
        mirror.sync("stripe", "sub_1")
        assert stored().cancels_at == end
    edge_says()
    mirror.sync("stripe", "sub_1")
    assert stored().cancels_at is None


def test_an_older_event_that_comes_late_cannot_bring_an_older_state_back(edge_says: Any) -> None:
    old = edge_says(status="past_due")
    edge_says(status="active")
    changed(edge_says(status="active"))
    assert inbox.work() == 1
    changed(old)
    assert inbox.work() == 1
    assert stored().status == "active"


def test_a_burst_of_events_about_one_subscription_costs_one_read(shop: Shop, edge_says: Any) -> None:
    thing = edge_says()
    for _ in range(10):
        changed(thing)
    assert inbox.work() == 10
    assert len(shop.edge.calls("GET", PATH)) == 1
    assert {row.status for row in builders.rows_of(WebhookEventRow)} == {"done"}


def test_one_read_answers_for_all_who_asked_before_it(shop: Shop, edge_says: Any) -> None:
    edge_says()
    asked_at = real_now()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: mirror.sync("stripe", "sub_1", asked_at=asked_at), range(6)))
    assert len(shop.edge.calls("GET", PATH)) == 1
    assert builders.counts(SubscriptionRow, CustomerRow) == (1, 1)


def test_the_lease_is_given_back_when_the_provider_fails(shop: Shop, edge_says: Any) -> None:
    edge_says()
    shop.edge.refuse(PATH, 401, message="no")
    with pytest.raises(ProviderTrouble):
        mirror.sync("stripe", "sub_1")
    del shop.edge.troubles[PATH]
    with transaction() as session:
        assert leases.take(session, KEY, "next", real_now(), real_now()) is not None


def test_who_lost_the_lease_while_reading_writes_nothing(
    shop: Shop, edge_says: Any, clock: time_machine.Traveller
) -> None:
    edge_says(status="past_due")

    def somebody_else_takes_over() -> None:
        clock.shift(mirror.LEASE + timedelta(seconds=1))
        with transaction() as session:
            assert leases.take(session, KEY, "faster", real_now(), real_now() + mirror.LEASE)

    shop.edge.interruptions[PATH] = somebody_else_takes_over
    with pytest.raises(Conflict):
        mirror.sync("stripe", "sub_1")
    assert builders.counts(SubscriptionRow) == (0,)


def test_a_subscription_of_nobody_is_kept_as_a_failed_event_until_its_owner_is_known(
    edge_says: Any, clock: time_machine.Traveller
) -> None:
    thing = edge_says(customer="cus_bob", metadata={})
    changed(thing)
    assert inbox.work() == 1
    (row,) = builders.rows_of(WebhookEventRow)
    assert (row.status, row.error) == ("failed", "Nobody here is the stripe customer cus_bob.")
    bob = builders.add_user("bob")
    builders.add_customer(bob, "cus_bob")
    clock.move_to(row.next_attempt_at + timedelta(milliseconds=1))
    assert inbox.work() == 1
    assert stored().user_id == bob


def test_a_subscription_that_the_provider_does_not_know_is_missing(shop: Shop) -> None:
    with pytest.raises(ProviderMissing):
        mirror.sync("stripe", "sub_1")
    assert shop.edge.calls("GET", PATH)


def test_the_metadata_names_an_owner_whose_customer_we_do_not_know_yet(shop: Shop, edge_says: Any) -> None:
    bob = builders.add_user("bob")
    edge_says(customer="cus_bob", metadata={"user_id": bob})
    mirror.sync("stripe", "sub_1")
    assert stored().user_id == bob
    with transaction() as session:
        assert subscriptions.owner_of(session, "stripe", "cus_bob") == bob
    edge_says(customer="cus_of_nobody", metadata={"user_id": "nobody"})
    shop.edge.things["/v1/subscriptions/sub_2"] = {**shop.edge.things[PATH], "id": "sub_2"}
    with pytest.raises(OwnerUnknown):
        mirror.sync("stripe", "sub_2")


def test_an_invoice_that_meets_the_first_read_of_its_subscription_is_applied_all_the_same(
    shop: Shop, edge_says: Any
) -> None:
    edge_says()
    hints = {"customer": shop.customer_id, "metadata": shop.metadata(shop.pro)}
    invoice = stripe_objects.paid_invoice("in_1", subscription="sub_1", price="price_pro_month", **hints)
    body = stripe_objects.delivery(stripe_objects.event("invoice.paid", invoice))
    now = real_now()
    with ThreadPoolExecutor(1) as threads:
        with transaction() as session:
            known = {"provider": "stripe", "provider_subscription_id": "sub_1", "status": SubscriptionStatus.ACTIVE}
            row = Subscription(id=new_id(), user_id=shop.user_id, created_at=now, updated_at=now, **known)
            subscriptions.save(session, row)
            received = threads.submit(inbox.receive_and_wait, "stripe", *body)
            Event().wait(0.5)
            assert not received.done()
        assert received.result(timeout=10)
    (event,) = builders.rows_of(WebhookEventRow)
    assert (event.status, event.error) == ("done", "")
    (lot,) = builders.rows_of(CreditGrantRow)
    assert (lot.subscription_id, lot.remaining) == (row.id, 1000)


def test_what_a_list_says_is_written_unless_something_newer_was_read(shop: Shop, edge_says: Any) -> None:
    asked_at = real_now()
    (listed,) = [translate.subscription_state(edge_says(status="past_due"))]
    mirror.accept(listed, asked_at)
    assert (stored().status, len(shop.edge.calls("GET", PATH))) == ("past_due", 0)
    edge_says(status="active")
    mirror.sync("stripe", "sub_1", asked_at=asked_at + timedelta(seconds=1))
    mirror.accept(listed, asked_at)
    assert stored().status == "active"
