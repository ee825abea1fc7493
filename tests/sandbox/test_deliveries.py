"""Webhooks: really signed, really sent, retried, resumed after a restart, and shown on the front page."""

import sqlite3
from pathlib import Path

from tests.sandbox.world import Receiver, Served, eventually


def test_every_event_arrives_signed(heard: Served, receiver: Receiver) -> None:
    customer = heard.client.customers.create({"email": "ada@example.com"}, {"idempotency_key": "make-ada"})
    event = eventually(lambda: receiver.events)[0]
    assert (event["type"], event["data"]["object"]["id"]) == ("customer.created", customer.id)
    assert event["request"]["idempotency_key"] == "make-ada"
    assert event["pending_webhooks"] == 1
    eventually(lambda: heard.client.events.retrieve(event["id"]).pending_webhooks == 0)


def test_a_purchase_is_told_with_all_its_events(heard: Served, receiver: Receiver) -> None:
    session = heard.session(heard.price(1900, interval=None))
    heard.press(session)
    eventually(lambda: "checkout.session.completed" in receiver.types())
    completed = next(event for event in receiver.events if event["type"] == "checkout.session.completed")
    assert completed["data"]["object"]["payment_status"] == "paid"
    assert {"payment_intent.succeeded", "charge.succeeded"} <= set(eventually(lambda: receiver.types()))


def test_what_is_refused_is_sent_again_until_it_is_taken(heard: Served, receiver: Receiver) -> None:
    receiver.answers = [500, 503]
    heard.client.customers.create()
    eventually(lambda: receiver.events)
    assert receiver.refused == [receiver.events[0]["id"]] * 2
    undelivered = heard.client.events.list({"delivery_success": False})
    eventually(lambda: heard.client.events.list({"delivery_success": False}).data == [])
    assert len(undelivered.data) <= 1


def test_after_the_last_try_it_gives_up_and_a_button_sends_it_again(tmp_path: Path, receiver: Receiver) -> None:
    served = Served(tmp_path, webhook_url=receiver.url, pauses=(0.05,))
    receiver.answers = [500, 500]
    served.client.customers.create()
    eventually(lambda: "<strong>1</strong> failed" in served.browser.get("/").text)
    assert len(served.client.events.list({"delivery_success": False}).data) == 1
    assert served.browser.post("/deliveries/1/resend").status_code == 303
    eventually(lambda: receiver.events)
    served.close()


def test_a_restart_resumes_what_was_not_delivered_and_keeps_everything(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [500] * 50
    first = Served(tmp_path, webhook_url=receiver.url, pauses=(60, 60))
    customer = first.client.customers.create({"name": "Ada"}, {"idempotency_key": "k"})
    eventually(lambda: receiver.refused)
    first.close()
    receiver.answers = []
    second = Served(tmp_path, webhook_url=receiver.url, pauses=(60, 60))
    second.time.ahead = 61
    second.client.customers.create({"name": "Bob"})
    eventually(lambda: len(receiver.events) == 2)
    assert receiver.refused[0] in {event["id"] for event in receiver.events}
    assert second.client.customers.create({"name": "Ada"}, {"idempotency_key": "k"}).id == customer.id
    assert len(second.client.webhook_endpoints.list().data) == 1
    second.close()


def test_what_was_half_sent_when_the_process_died_is_sent_again(tmp_path: Path, receiver: Receiver) -> None:
    first = Served(tmp_path, webhook_url=receiver.url)
    first.client.customers.create()
    eventually(lambda: receiver.events)
    eventually(lambda: first.client.events.list({"delivery_success": False}).data == [])
    first.close()
    with sqlite3.connect(tmp_path / "sandbox.sqlite") as database:
        database.execute("update deliveries set state = 'sending'")
    database.close()
    second = Served(tmp_path, webhook_url=receiver.url)
    eventually(lambda: len(receiver.events) == 2)
    assert receiver.events[0]["id"] == receiver.events[1]["id"]
    second.close()


def test_an_endpoint_only_hears_what_it_asked_for(sandbox: Served, receiver: Receiver) -> None:
    made = sandbox.client.webhook_endpoints.create({"url": receiver.url, "enabled_events": ["product.created"]})
    assert str(made.secret).startswith("whsec_")
    assert sandbox.client.webhook_endpoints.retrieve(made.id).secret is None
    sandbox.client.customers.create()
    sandbox.client.products.create({"name": "Pro"})
    page = eventually(
        lambda: (text := sandbox.browser.get("/deliveries").text) and "product.created</a>" in text and text
    )
    assert "customer.created</a>" not in page
    sandbox.client.webhook_endpoints.update(made.id, {"disabled": True})
    sandbox.client.products.create({"name": "Other"})
    assert sandbox.browser.get("/deliveries").text.count("product.created</a>") == 1
    assert sandbox.client.webhook_endpoints.delete(made.id).deleted


def test_events_are_found_by_type_and_pattern(sandbox: Served) -> None:
    sandbox.price()
    assert [event.type for event in sandbox.client.events.list({"type": "price.*"}).data] == ["price.created"]
    both = sandbox.client.events.list({"types": ["price.created", "product.created"]})
    assert [event.type for event in both.data] == ["price.created", "product.created"]
