"""Other programs hear of what happens: recorded with it, signed, sent, tried again, and never to a private network."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import credits, endpoints, inbox, outgoing
from nestpay.domain.errors import AddressForbidden, EndpointOff, NotFound, Refused
from nestpay.domain.ledger import LogType
from nestpay.domain.orders import OrderStatus
from nestpay.domain.outgoing import _LINE_IS, OutgoingType
from nestpay.settings import reset_settings
from nestpay.store import orders
from nestpay.store import outgoing as store
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import AuditRow, EmailRow, OutgoingDeliveryRow, OutgoingEndpointRow, OutgoingEventRow
from tests import builders, stripe_objects
from tests.billing.receiver import Receiver, Taken
from tests.billing.test_credits import subscribe
from tests.shop import Shop

ADMIN = "admin-1"
SHARED: list[str] = ["credits.granted", "credits.spent", "order.created", "order.paid", "customer.state_changed"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    program = Receiver()
    yield program
    program.stop()


@pytest.fixture
def listen(shop: Shop, receiver: Receiver) -> Iterator[Callable[..., endpoints.NewEndpoint]]:
    """Adds an endpoint of the receiver's for these types."""
    store.forget_listeners()
    yield lambda *types: endpoints.add(receiver.url, types or SHARED, by=ADMIN)
    store.forget_listeners()


def work() -> None:
    while outgoing.work():
        pass


def is_signed_with(secret: str, taken: Taken) -> bool:
    """As a receiver checks it, from the specification alone."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{taken.headers['webhook-id']}.{taken.headers['webhook-timestamp']}.".encode() + taken.body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in taken.headers["webhook-signature"].split(" ")


Listen = Callable[..., endpoints.NewEndpoint]

# What is told


def test_what_happens_is_told_signed_with_the_secret_that_was_shown_once(
    shop: Shop, listen: Listen, receiver: Receiver
) -> None:
    builders.give_credits(shop.user_id, 100)
    made = listen("credits.spent")
    assert made.secret.startswith("whsec_")
    spent = credits.spend(shop.user_id, 30, key="k1", feature="chat")
    work()
    (taken,) = receiver.taken
    assert is_signed_with(made.secret, taken)
    assert (taken.json["type"], taken.json["data"]["id"], taken.json["data"]["amount"]) == (
        "credits.spent",
        spent.log_id,
        -30,
    )
    assert taken.json["data"]["one_time_balance_after"] == 70
    assert "note" not in taken.json["data"]


def test_a_purchase_tells_of_the_order_the_credits_and_the_customers_new_state(
    shop: Shop, listen: Listen, receiver: Receiver
) -> None:
    listen()
    session = stripe_objects.checkout_session("cs_1", customer=shop.customer_id, metadata=shop.metadata(shop.pack))
    event = stripe_objects.event("checkout.session.completed", session, id="evt_1")
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(event))
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(event))
    work()
    assert sorted(receiver.types()) == ["credits.granted", "customer.state_changed", "order.created", "order.paid"]
    by_type = {taken.json["type"]: taken.json["data"] for taken in receiver.taken}
    assert by_type["order.paid"]["amount_total"] == 900
    assert by_type["customer.state_changed"]["credits"]["total"] == 500


def test_a_subscription_tells_what_became_of_it(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    listen(*(kind for kind in OutgoingType if kind.startswith("subscription.")))
    row = subscribe(shop)
    end = row.current_period_end
    assert end is not None
    subscribe(shop, id=row.id, cancels_at=end)
    subscribe(shop, id=row.id, current_period_start=end, current_period_end=end + timedelta(days=30))
    subscribe(shop, ("business", "month"), id=row.id, status="past_due", current_period_start=end)
    subscribe(shop, ("business", "month"), id=row.id, status="canceled", current_period_start=end)
    work()
    assert sorted(receiver.types()) == [
        "subscription.activated",
        "subscription.canceled",
        "subscription.created",
        "subscription.ended",
        "subscription.past_due",
        "subscription.renewed",
        "subscription.resumed",
        "subscription.updated",
    ]


def test_an_order_that_is_given_up_or_refunded_says_so(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    listen("order.created", "order.canceled")
    order = builders.add_order(shop.user_id, shop.pack)
    for _ in range(2):
        with transaction() as session:
            orders.end_pending(session, order.id, OrderStatus.CANCELED, order.created_at)
    work()
    assert sorted(receiver.types()) == ["order.canceled", "order.created"]


def test_what_is_rolled_back_is_never_told(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    listen()
    order = builders.add_order(shop.user_id, shop.pack)

    def fail_halfway() -> None:
        with transaction() as session:
            orders.add(session, replace(order, id=new_id()))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert builders.counts(OutgoingEventRow) == (1,)


def test_without_an_endpoint_nothing_is_recorded(shop: Shop) -> None:
    store.forget_listeners()
    builders.give_credits(shop.user_id, 100)
    assert builders.counts(OutgoingEventRow) == (0,)


def test_every_line_of_the_credit_log_has_a_type_and_every_type_can_be_chosen() -> None:
    assert set(_LINE_IS) <= set(LogType)
    assert {kind.split(".")[0] for kind in OutgoingType} == {"order", "subscription", "credits", "customer"}
    assert set(endpoints.TYPES) == {str(kind) for kind in OutgoingType}


# When it does not arrive


def test_a_failed_message_is_sent_again_later_under_the_same_id(
    shop: Shop, listen: Listen, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    made = listen("credits.granted")
    receiver.status = 500
    builders.give_credits(shop.user_id, 1)
    work()
    (failed,) = endpoints.deliveries(made.view.id).rows
    assert (failed.status, failed.attempts, failed.response_status, failed.response) == ("failed", 1, 500, "taken")
    assert endpoints.every()[0].failing_since is not None
    receiver.status = 204
    clock.shift(timedelta(seconds=6))
    work()
    first, second = receiver.taken
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    (sent,) = endpoints.deliveries(made.view.id).rows
    assert (sent.status, sent.attempts) == ("delivered", 2)
    assert (endpoints.every()[0].failing_since, endpoints.every()[0].waiting) == (None, 0)


def test_an_endpoint_that_fails_for_days_is_switched_off_and_the_operator_is_told(
    shop: Shop, listen: Listen, receiver: Receiver, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMIN_EMAIL", "boss@example.com")
    reset_settings()
    made = listen("credits.granted")
    receiver.status = 503
    builders.give_credits(shop.user_id, 1)
    for _ in range(12):
        work()
        clock.shift(timedelta(days=1))
    (view,) = endpoints.every()
    assert (view.is_active, view.reason) == (False, "HTTP 503")
    (mail,) = builders.rows_of(EmailRow)
    assert (mail.template, mail.recipient) == ("endpoint_disabled", "boss@example.com")
    seen = len(receiver.taken)
    with pytest.raises(EndpointOff):
        endpoints.send_test(made.view.id, by=ADMIN)
    receiver.status = 200
    endpoints.switch(made.view.id, on=True, by=ADMIN)
    clock.shift(timedelta(days=1))
    work()
    assert len(receiver.taken) == seen + 1


def test_one_that_says_it_is_gone_is_switched_off_at_once(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    listen("credits.granted")
    receiver.status = 410
    builders.give_credits(shop.user_id, 1)
    work()
    assert not endpoints.every()[0].is_active


def test_a_redirect_is_not_followed(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    made = listen("credits.granted")
    receiver.status, receiver.headers = 307, {"Location": receiver.url + "/elsewhere"}
    builders.give_credits(shop.user_id, 1)
    work()
    assert [taken.path for taken in receiver.taken] == ["/hooks"]
    assert endpoints.deliveries(made.view.id).rows[0].status == "failed"


def test_nobody_at_the_other_end_is_a_failure_with_a_reason(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    made = listen("credits.granted")
    receiver.stop()
    answer = endpoints.send_test(made.view.id, by=ADMIN)
    assert (answer.status, answer.response_status) == ("failed", 0)
    assert answer.response


# What an admin does


def test_a_test_message_and_a_repetition_are_sent_at_once(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    made = listen("order.paid")
    answer = endpoints.send_test(made.view.id, by=ADMIN)
    assert (answer.status, answer.type, answer.response_status) == ("delivered", "endpoint.test", 200)
    again = endpoints.redeliver(answer.id, by=ADMIN)
    assert (again.status, again.event_id) == ("delivered", answer.event_id)
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1
    assert [row.action for row in builders.rows_of(AuditRow)] == ["endpoint.add", "endpoint.test", "endpoint.redeliver"]


def test_after_a_rotation_both_secrets_hold_for_a_day(
    shop: Shop, listen: Listen, receiver: Receiver, clock: time_machine.Traveller
) -> None:
    made = listen()
    fresh = endpoints.rotate(made.view.id, by=ADMIN)
    assert fresh != made.secret
    endpoints.send_test(made.view.id, by=ADMIN)
    assert [is_signed_with(secret, receiver.taken[-1]) for secret in (made.secret, fresh)] == [True, True]
    clock.shift(timedelta(hours=25))
    endpoints.send_test(made.view.id, by=ADMIN)
    assert [is_signed_with(secret, receiver.taken[-1]) for secret in (made.secret, fresh)] == [False, True]


def test_an_endpoint_is_changed_and_removed_with_its_log(shop: Shop, listen: Listen, receiver: Receiver) -> None:
    made = listen("order.paid")
    endpoints.change(made.view.id, receiver.url + "/2", ["credits.granted"], description=" ours ", by=ADMIN)
    builders.give_credits(shop.user_id, 1)
    work()
    assert [taken.path for taken in receiver.taken] == ["/hooks/2"]
    endpoints.remove(made.view.id, by=ADMIN)
    assert builders.counts(OutgoingEndpointRow, OutgoingDeliveryRow) == (0, 0)
    for act in (endpoints.rotate, endpoints.remove, endpoints.send_test, endpoints.redeliver):
        with pytest.raises(NotFound):
            act(made.view.id, by=ADMIN)


def test_the_log_comes_in_pages(shop: Shop, listen: Listen) -> None:
    made = listen("credits.granted")
    for _ in range(3):
        builders.give_credits(shop.user_id, 1)
    work()
    first = endpoints.deliveries(made.view.id, limit=2)
    second = endpoints.deliveries(made.view.id, after=first.next, limit=2)
    assert (len(first.rows), len(second.rows), second.next) == (2, 1, None)
    assert endpoints.deliveries(made.view.id, after=second.previous, limit=2).rows == first.rows


def test_what_was_told_long_ago_is_forgotten(shop: Shop, listen: Listen, clock: time_machine.Traveller) -> None:
    listen("credits.granted")
    builders.give_credits(shop.user_id, 1)
    work()
    clock.shift(timedelta(days=91))
    assert outgoing.forget_old() == 1
    assert builders.counts(OutgoingEventRow, OutgoingDeliveryRow) == (0, 0)


# Addresses


PRIVATE = [
    "https://127.0.0.1/x",
    "https://localhost/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://[64:ff9b::a00:1]/x",
    "https://0.0.0.0/x",
    "https://printer.local/x",
    "http://example.com/x",
    "ftp://example.com/x",
    "https://user:secret@example.com/x",
    "https:///x",
    "nonsense",
    "https://[",
]


def test_in_live_mode_no_private_address_is_taken(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "live")
    monkeypatch.setenv("SITE_URL", "https://shop.example")
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_live_x")
    reset_settings()
    for url in PRIVATE:
        with pytest.raises(AddressForbidden):
            endpoints.add(url, SHARED, by=ADMIN)
    assert endpoints.add("https://93.184.216.34/hooks", SHARED, by=ADMIN).view.is_active


def test_a_machines_own_keeper_is_called_in_no_mode(shop: Shop) -> None:
    for url in ("http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x", "http://0.0.0.0/x"):
        with pytest.raises(AddressForbidden):
            endpoints.add(url, SHARED, by=ADMIN)


def test_an_endpoint_wishes_for_types_that_there_are(shop: Shop, receiver: Receiver) -> None:
    for types in ([], ["order.eaten"], ["endpoint.test"]):
        with pytest.raises(Refused):
            endpoints.add(receiver.url, types, by=ADMIN)
