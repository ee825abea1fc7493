"""The inbox: what is verified is stored before it is answered, applied once, and never thrown away."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event as sql_event

from nestpay.billing import inbox
from nestpay.billing.clock import real_now
from nestpay.domain.errors import BadSignature, MalformedEvent, NotFound
from nestpay.providers import registry
from nestpay.store import events
from nestpay.store.session import engine, transaction
from nestpay.store.tables import CreditGrantRow, CreditLogRow, EmailRow, OrderRow, RefundRow, UsageRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.shop import FIRST_OF_FEBRUARY, Shop

THREADS = 16


def deliver(body: dict[str, Any]) -> bool:
    """One delivery as it comes in; True when it was new."""
    return inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))


def purchase(shop: Shop, number: int = 1, **fields: Any) -> dict[str, Any]:
    """A paid purchase of 500 credits, without an order of ours."""
    known = {"customer": shop.customer_id, "metadata": shop.metadata(shop.pack)}
    session = stripe_objects.checkout_session(f"cs_{number}", **{**known, **fields})
    return stripe_objects.event("checkout.session.completed", session, id=f"evt_{number}")


def stored(event_id: str = "evt_1") -> WebhookEventRow:
    (row,) = builders.rows_of(WebhookEventRow, event_id=event_id)
    return row


def balance(user_id: str) -> int:
    (row,) = builders.rows_of(UsageRow, user_id=user_id)
    return row.one_time_credits_balance


@pytest.fixture
def statements(shop: Shop) -> Iterator[list[str]]:
    """Every statement that reaches the database, and every COMMIT."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    sql_event.listen(engine(), "before_cursor_execute", note)
    sql_event.listen(engine(), "commit", lambda _connection: seen.append("COMMIT"))
    yield seen
    sql_event.remove(engine(), "before_cursor_execute", note)


# Storing


def test_a_purchase_is_stored_and_applied_before_it_is_answered(shop: Shop) -> None:
    assert deliver(purchase(shop))
    row = stored()
    assert (row.status, row.type, row.object_id) == ("done", "checkout.session.completed", "cs_1")
    assert json.loads(row.payload)["id"] == "evt_1"
    assert balance(shop.user_id) == 500


def test_an_event_that_comes_twice_is_stored_and_applied_once(shop: Shop) -> None:
    assert deliver(purchase(shop))
    assert not deliver(purchase(shop))
    assert builders.counts(WebhookEventRow, OrderRow, CreditGrantRow, CreditLogRow, EmailRow) == (1, 1, 1, 1, 1)


def test_an_event_that_comes_many_times_at_once_is_new_to_one_of_them(shop: Shop) -> None:
    body = purchase(shop)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(lambda _: deliver(body), range(THREADS)))
    assert answers.count(True) == 1
    assert builders.counts(WebhookEventRow, OrderRow, CreditGrantRow) == (1, 1, 1)


def test_two_event_types_for_one_purchase_grant_once(shop: Shop) -> None:
    body = purchase(shop)
    deliver(body)
    deliver({**body, "id": "evt_2", "type": "checkout.session.async_payment_succeeded"})
    assert balance(shop.user_id) == 500


def test_a_forged_delivery_leaves_no_trace(shop: Shop) -> None:
    body, headers = stripe_objects.delivery(purchase(shop), secret="whsec_of_somebody_else")
    with pytest.raises(BadSignature):
        inbox.receive_and_wait("stripe", body, headers)
    assert builders.counts(WebhookEventRow, OrderRow) == (0, 0)


def test_what_is_signed_but_no_event_is_refused(shop: Shop) -> None:
    with pytest.raises(MalformedEvent):
        inbox.receive_and_wait("stripe", *stripe_objects.delivery(b'{"object": "event", "type": "x"}'))
    assert builders.counts(WebhookEventRow) == (0,)


@pytest.mark.usefixtures("shop")
def test_a_provider_that_is_not_on_has_no_inbox() -> None:
    with pytest.raises(NotFound):
        inbox.receive_and_wait("paypal", *stripe_objects.delivery(b"{}"))


@pytest.mark.usefixtures("shop")
def test_a_type_we_do_not_act_on_is_stored_and_ignored() -> None:
    assert deliver(stripe_objects.event("customer.tax_id.created", {"id": "txi_1"}, id="evt_1"))
    assert (stored().status, stored().error) == ("ignored", "")


def test_events_of_another_mode_are_stored_and_ignored(shop: Shop) -> None:
    assert deliver({**purchase(shop), "livemode": True})
    assert (stored().status, stored().error) == ("ignored", "an event of another mode")
    assert builders.counts(OrderRow, CreditGrantRow) == (0, 0)


# Together


def receive_together(bodies: list[dict[str, Any]]) -> list[bool | Exception]:
    """What the inbox's thread does with deliveries that it finds waiting together."""
    stripe = registry.get("stripe")
    return inbox._store_group([stripe.verify_event(*stripe_objects.delivery(body), real_now()) for body in bodies])


def test_64_events_that_arrive_together_cost_one_commit_and_as_many_statements_as_one_event(
    shop: Shop, statements: list[str]
) -> None:
    sent = {}
    for size in (1, 64):
        statements.clear()
        receive_together([purchase(shop, 100 * size + number) for number in range(size)])
        assert statements.count("COMMIT") == 1
        sent[size] = len(statements)
    assert balance(shop.user_id) == 500 * 65
    assert sent[64] <= sent[1] + 2
    assert sent[1] <= 30


def test_a_poisoned_member_of_a_group_of_64_fails_alone(shop: Shop) -> None:
    bodies = [purchase(shop, number) for number in range(64)]
    bodies[40]["data"]["object"]["metadata"]["order_id"] = "\ud800"  # no database can look for that
    assert all(receive_together(bodies))
    assert {row.event_id for row in builders.rows_of(WebhookEventRow, status="failed")} == {"evt_40"}
    assert balance(shop.user_id) == 500 * 63


def test_a_member_that_a_rule_refuses_does_not_even_split_its_group(shop: Shop, statements: list[str]) -> None:
    bodies = [purchase(shop, number) for number in range(20)]
    bodies[7] = purchase(shop, 7, metadata={"user_id": shop.user_id, "price_id": "gone"})
    bodies[9] = purchase(shop, 9, customer="cus_nobody", metadata={})
    receive_together(bodies)
    assert {row.event_id for row in builders.rows_of(WebhookEventRow, status="failed")} == {"evt_7", "evt_9"}
    assert statements.count("COMMIT") == 1
    assert balance(shop.user_id) == 500 * 18


def test_a_member_that_fails_half_done_leaves_nothing_and_is_done_whole_later(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    deliver(purchase(shop))
    (order,) = builders.rows_of(OrderRow)
    builders.set_columns(OrderRow, "id", order.id, granted={**order.granted, "clawback": "unheard of"})
    back = stripe_objects.refund("re_1", "pi_of_cs_1")
    receive_together([stripe_objects.event("refund.created", back, id="evt_back"), purchase(shop, 2)])
    assert (stored("evt_back").status, stored("evt_2").status) == ("failed", "done")
    assert (builders.rows_of(RefundRow), balance(shop.user_id)) == ([], 1000)

    builders.set_columns(OrderRow, "id", order.id, granted=order.granted)
    clock.shift(timedelta(seconds=5))
    inbox.work()
    assert stored("evt_back").status == "done"
    assert [each.order_id for each in builders.rows_of(RefundRow)] == [order.id]
    assert balance(shop.user_id) == 500


def test_the_same_event_twice_in_one_group_is_new_once(shop: Shop) -> None:
    assert receive_together([purchase(shop), purchase(shop), purchase(shop, 2)]) == [True, False, True]
    assert balance(shop.user_id) == 1000


# What fails is kept


def test_money_from_nobody_we_know_is_kept_visible_and_applied_when_the_customer_appears(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    bob = builders.add_user("bob")
    assert deliver(purchase(shop, customer="cus_bob", metadata={"price_id": shop.pack.id}))
    row = stored()
    assert (row.status, row.attempts, row.done_at) == ("failed", 1, None)
    assert row.error == "Nobody here is the stripe customer cus_bob."
    builders.add_customer(bob, "cus_bob")
    clock.shift(timedelta(seconds=5))
    assert inbox.work() == 1
    assert (stored().status, stored().error) == ("done", "")
    assert balance(bob) == 500


def test_an_unverified_address_never_decides_whose_money_it_is(shop: Shop) -> None:
    deliver(purchase(shop, customer=None, metadata={}, customer_details={"email": "ada@example.com"}))
    assert stored().status == "failed"
    assert balance(shop.user_id) == 0


def test_an_event_without_a_field_it_needs_is_kept_as_failed(shop: Shop) -> None:
    body = purchase(shop)
    del body["data"]["object"]["amount_total"]
    assert deliver(body)
    assert stored().status == "failed"
    assert "amount_total" in stored().error


def test_a_failed_event_waits_longer_each_time_and_is_given_up_after_the_last(shop: Shop) -> None:
    with time_machine.travel(FIRST_OF_FEBRUARY, tick=False) as clock:
        deliver(purchase(shop, customer="cus_nobody", metadata={}))
        waits = []
        while stored().status == "failed":
            waits.append((stored().next_attempt_at - real_now()).total_seconds())
            assert inbox.work() == 0
            clock.move_to(stored().next_attempt_at)
            assert inbox.work() == 1
        assert waits == sorted(waits)
        assert waits[:3] == [2, 10, 60]
        assert sum(waits) > timedelta(days=1).total_seconds()
        assert stored().status == "dead"
        clock.shift(timedelta(days=30))
        assert inbox.work() == 0


# Crashes


def crash_between_store_and_work(shop: Shop, owner: str | None = None) -> None:
    """What a killed process leaves: an event that is stored (and claimed by `owner`), and nothing done for it."""
    body = purchase(shop)
    with transaction() as session:
        raw, headers = stripe_objects.delivery(body)
        event = registry.get("stripe").verify_event(raw, headers, real_now())
        events.insert_new(session, [events.Arrival(event, events.RECEIVED)], real_now(), real_now())
        if owner:
            events.claim(session, owner, 64, real_now(), real_now() + inbox.LEASE)


def test_a_crash_between_storing_and_working_loses_nothing(shop: Shop) -> None:
    crash_between_store_and_work(shop)
    assert inbox.work() == 1
    assert stored().status == "done"
    assert balance(shop.user_id) == 500


def test_the_lease_of_a_worker_that_died_is_taken_over_when_it_is_over(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    crash_between_store_and_work(shop, owner="the dead")
    assert inbox.work() == 0
    clock.shift(inbox.LEASE)
    assert inbox.work() == 1
    assert (stored().status, stored().attempts) == ("done", 2)
    assert balance(shop.user_id) == 500


def test_a_worker_that_lost_its_lease_writes_nothing_more(shop: Shop, clock: time_machine.Traveller) -> None:
    crash_between_store_and_work(shop)
    with transaction() as session:
        claimed = events.claim(session, "the slow", 64, real_now(), real_now() + inbox.LEASE)
    clock.shift(inbox.LEASE)
    assert inbox.work() == 1
    inbox._work_on(claimed, "the slow")
    with transaction() as session:
        events.fail(session, claimed[0], "the slow", events.Failure("too late"), None)
    assert (stored().status, stored().error) == ("done", "")
    assert builders.counts(OrderRow, CreditGrantRow) == (1, 1)


def test_workers_at_the_same_time_apply_each_event_once(shop: Shop) -> None:
    bob = builders.add_user("bob")
    for number in range(12):
        deliver(purchase(shop, number, customer="cus_bob", metadata={"price_id": shop.pack.id}))
    builders.add_customer(bob, "cus_bob")
    with transaction() as session:
        session.connection().exec_driver_sql("update webhook_events set next_attempt_at = received_at")
    with ThreadPoolExecutor(4) as threads:
        claimed = list(threads.map(lambda _: inbox.work(5), range(8)))
    assert sum(claimed) == 12
    assert balance(bob) == 12 * 500
