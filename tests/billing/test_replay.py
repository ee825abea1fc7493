"""Replay: what is shown is what happens, and nothing happens that was not shown."""

from typing import Any

import pytest

from nestpay.billing import inbox, replay
from nestpay.domain.errors import Conflict, NotFound, PayloadGone, StaleDiff
from nestpay.store import events
from nestpay.store.event_desk import EventFilter
from nestpay.store.session import transaction
from nestpay.store.tables import (
    AuditRow,
    CreditGrantRow,
    CreditLogRow,
    EmailRow,
    OrderRow,
    SubscriptionRow,
    UsageRow,
    WebhookEventRow,
)
from tests import builders, stripe_objects
from tests.shop import Shop

BOOKS = (OrderRow, SubscriptionRow, CreditGrantRow, CreditLogRow, EmailRow)


def deliver(body: dict[str, Any]) -> WebhookEventRow:
    """One delivery, and how it was kept."""
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))
    (row,) = builders.rows_of(WebhookEventRow, event_id=body["id"])
    return row


def purchase_of_a_stranger(shop: Shop, number: int = 1) -> WebhookEventRow:
    """A paid purchase whose customer nobody knows: it fails and stays."""
    session = stripe_objects.checkout_session(
        f"cs_{number}", customer="cus_stranger", metadata={"price_id": shop.pack.id}
    )
    shop.edge.things[f"/v1/checkout/sessions/cs_{number}"] = session
    return deliver(stripe_objects.event("checkout.session.completed", session, id=f"evt_{number}"))


def now_known(shop: Shop) -> None:
    builders.add_customer(builders.add_user("bob"), "cus_stranger")


def balance() -> int:
    return sum(row.one_time_credits_balance for row in builders.rows_of(UsageRow))


def test_a_failed_event_shows_why_and_would_change_nothing(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    assert event.status == "failed"
    seen = replay.preview(event.id)
    assert "cus_stranger" in seen.refusal
    assert seen.changes == ()


def test_a_look_changes_nothing_and_tells_each_row(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    now_known(shop)
    before = builders.counts(*BOOKS)
    seen = replay.preview(event.id)
    assert builders.counts(*BOOKS) == before
    assert (seen.refusal, seen.said) == ("", ("CheckoutPaid",))
    told = {change.table: {name: (was, now) for name, was, now in change.fields} for change in seen.changes}
    assert told["orders"]["status"] == (None, "succeeded")
    assert told["usage"]["one_time_credits_balance"] == (0, 500)
    assert told["credit_grants"]["remaining"] == (None, 500)
    assert told["emails"]["template"] == (None, "purchase_confirmation")
    assert replay.preview(event.id).digest == seen.digest


def test_what_was_shown_is_done_once_and_is_in_the_audit_log(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    now_known(shop)
    digest = replay.preview(event.id).digest
    assert replay.apply(event.id, digest, by="root", ip="10.0.0.1") == "done"
    assert balance() == 500
    (line,) = builders.rows_of(AuditRow, action="event.replay")
    assert (line.actor_id, line.ip, line.subject) == ("root", "10.0.0.1", f"event:{event.id}")
    assert line.before["status"] == "failed"
    again = replay.preview(event.id)
    assert again.changes == ()
    assert replay.apply(event.id, again.digest, by="root") == "done"
    assert balance() == 500


def test_what_would_be_different_by_now_is_refused(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    digest = replay.preview(event.id).digest
    now_known(shop)
    with pytest.raises(StaleDiff):
        replay.apply(event.id, digest, by="root")
    assert balance() == 0


def test_the_provider_is_believed_as_it_is_now(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    now_known(shop)
    unpaid = stripe_objects.checkout_session(
        "cs_1",
        customer="cus_stranger",
        metadata={"price_id": shop.pack.id},
        status="expired",
        payment_status="unpaid",
    )
    shop.edge.things["/v1/checkout/sessions/cs_1"] = unpaid
    assert "CheckoutPaid" not in replay.preview(event.id).said


def test_a_page_that_the_provider_forgot_is_believed_as_it_was_told(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    now_known(shop)
    del shop.edge.things["/v1/checkout/sessions/cs_1"]
    assert replay.preview(event.id).said == ("CheckoutPaid",)


def test_a_subscription_is_read_again_and_its_step_is_shown(shop: Shop) -> None:
    told = stripe_objects.subscription("sub_1", customer="cus_ada", price="price_pro_month")
    shop.edge.things["/v1/subscriptions/sub_1"] = told
    event = deliver(stripe_objects.event("customer.subscription.updated", told, id="evt_sub"))
    seen = replay.preview(event.id)
    told_of = [change.table for change in seen.changes if change.is_new]
    assert ("subscriptions" in told_of, "subscription_changes" in told_of) == (True, True)
    assert builders.counts(SubscriptionRow) == (0,)
    assert replay.apply(event.id, seen.digest, by="root") == "done"
    assert builders.counts(SubscriptionRow) == (1,)


def test_retrying_applies_what_was_delivered(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    assert replay.retry(event.id, by="root") == "failed"
    now_known(shop)
    assert replay.retry(event.id, by="root") == "done"
    assert balance() == 500
    assert len(builders.rows_of(AuditRow, action="event.retry")) == 2


def test_an_event_that_means_nothing_stays_ignored(shop: Shop) -> None:
    event = deliver(stripe_objects.event("product.created", {"id": "prod_1", "object": "product"}, id="evt_p"))
    assert replay.retry(event.id, by="root") == event.status


def test_an_event_that_a_worker_has_in_hand_is_left_to_it(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    with transaction() as session:
        assert events.claim_one(session, event.id, "worker", inbox.real_now(), inbox.real_now() + inbox.LEASE)
    with pytest.raises(Conflict):
        replay.retry(event.id, by="root")


def test_what_is_not_there_or_not_kept_any_more_is_said(shop: Shop) -> None:
    with pytest.raises(NotFound):
        replay.preview("nothing")
    event = purchase_of_a_stranger(shop)
    with transaction() as session:
        session.connection().exec_driver_sql("update webhook_events set payload = ''")
    for act in (lambda: replay.preview(event.id), lambda: replay.retry(event.id, by="root")):
        with pytest.raises(PayloadGone):
            act()


def test_a_bulk_replay_counts_first_and_goes_on_in_parts(shop: Shop) -> None:
    for number in range(5):
        purchase_of_a_stranger(shop, number)
    wanted = EventFilter(status="trouble", type="checkout.")
    assert replay.count(wanted) == 5
    assert replay.count(EventFilter(status="done")) == 0
    now_known(shop)
    parts, after = [], None
    while True:
        batch = replay.some(wanted, after, by="root", limit=2)
        parts.append((batch.done, batch.failed))
        if (after := batch.next) is None:
            break
    assert sum(done for done, _ in parts) == 5
    assert (balance(), replay.count(wanted)) == (2500, 0)
