"""The fault board: webhooks that come twice, late, shuffled, broken or never, and an API that stumbles before or after its work."""

import json
from typing import Any

import pytest
import stripe

from tests.sandbox.world import SECRET, Receiver, Served, eventually

PAGE = {"accept": "text/html"}


def fault(sandbox: Served, on: str, kind: str, **more: Any) -> dict[str, Any]:
    """Set a fault up over JSON."""
    answer = sandbox.browser.post("/faults", json={"on": on, "kind": kind, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def state(sandbox: Served) -> dict[str, Any]:
    """The board as JSON."""
    return sandbox.browser.get("/faults").json()


def test_a_delivery_comes_as_often_as_asked_and_the_fault_counts_down(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "duplicate", copies=3, times=1, match="customer.*")
    heard.client.customers.create({"name": "Ada"})
    eventually(lambda: len(receiver.events) == 3)
    assert len({event["id"] for event in receiver.events}) == 1
    heard.client.customers.create({"name": "Bob"})
    eventually(lambda: len(receiver.events) == 4)
    one = state(heard)["faults"][0]
    assert (one["hits"], one["left"], one["active"]) == (1, 0, False)


def test_deliveries_are_shuffled_within_a_window(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "reorder", seconds=0.6, seed=3)
    made = [heard.client.customers.create().id for _ in range(8)]
    eventually(lambda: len(receiver.events) == 8)
    came = [event["data"]["object"]["id"] for event in receiver.events]
    assert came != made
    assert sorted(came) == sorted(made)


def test_a_delayed_delivery_comes_later_and_once(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "delay", seconds=60)
    heard.client.customers.create()
    eventually(lambda: "held back" in heard.browser.get("/deliveries", headers=PAGE).text)
    assert receiver.events == []
    heard.time.ahead = 61
    heard.browser.delete("/faults")
    heard.client.products.create({"name": "Pro"})
    eventually(lambda: len(receiver.events) == 2)


def test_a_dropped_delivery_counts_as_undelivered_until_it_is_sent_after_all(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "drop", times=1)
    heard.client.customers.create()
    heard.client.products.create({"name": "Pro"})
    eventually(lambda: receiver.types() == ["product.created"])
    eventually(lambda: state(heard)["dropped"] == 1)
    eventually(
        lambda: [one.type for one in heard.client.events.list({"delivery_success": False}).data] == ["customer.created"]
    )
    heard.browser.post("/faults/redeliver")
    eventually(lambda: receiver.types() == ["product.created", "customer.created"])
    assert state(heard)["dropped"] == 0


def test_a_wrong_secret_does_not_verify(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "wrong_secret", times=1)
    heard.client.customers.create()
    eventually(lambda: receiver.events)
    assert len(receiver.unverified) == 1


def test_a_corrupt_body_does_not_verify_either(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "corrupt", times=1)
    heard.client.customers.create()
    eventually(lambda: receiver.events)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(receiver.unverified[0], "t=1,v1=2", SECRET)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(receiver.unverified[0])


def test_an_old_api_version_sends_the_shapes_from_before_basil(heard: Served, receiver: Receiver) -> None:
    fault(heard, "deliveries", "old_version")
    heard.press(heard.session(heard.price(2900), automatic_tax={"enabled": True}), country="DE")
    eventually(lambda: {"invoice.paid", "customer.subscription.created", "charge.succeeded"} <= set(receiver.types()))
    told = {event["type"]: event["data"]["object"] for event in receiver.events}
    assert {event["api_version"] for event in receiver.events} == {"2024-06-20"}
    invoice, subscription = told["invoice.paid"], told["customer.subscription.created"]
    assert (invoice["subscription"], invoice["paid"]) == (subscription["id"], True)
    assert (invoice["charge"], invoice["tax"]) == (told["charge.succeeded"]["id"], 551)
    assert "parent" not in invoice
    line = invoice["lines"]["data"][0]
    assert (line["type"], line["proration"], line["price"]["unit_amount"]) == ("subscription", False, 2900)
    assert subscription["current_period_end"] == invoice["lines"]["data"][0]["period"]["end"]
    assert subscription["plan"]["amount"] == 2900
    assert "current_period_end" not in subscription["items"]["data"][0]
    assert told["charge.succeeded"]["invoice"] == invoice["id"]


def test_an_endpoint_of_an_old_version_hears_the_old_shapes(sandbox: Served, receiver: Receiver) -> None:
    made = sandbox.client.webhook_endpoints.create(
        {"url": receiver.url, "enabled_events": ["invoice.paid"], "api_version": "2024-06-20"}
    )
    receiver.secret = str(made.secret)
    sandbox.press(sandbox.session(sandbox.price()))
    event = eventually(lambda: receiver.events)[0]
    assert (event["api_version"], event["data"]["object"]["paid"]) == ("2024-06-20", True)


@pytest.mark.parametrize(
    ("status", "error"), [(500, stripe.APIError), (429, stripe.RateLimitError), (409, stripe.APIError)]
)
def test_a_call_fails_before_anything_is_done(sandbox: Served, status: int, error: type[stripe.StripeError]) -> None:
    fault(sandbox, "api", "fail", status=status, times=1, method="post", match="/v1/customers")
    assert sandbox.client.customers.list().data == []
    with pytest.raises(error):
        sandbox.client.customers.create()
    assert sandbox.client.customers.list().data == []
    sandbox.client.customers.create()


def test_a_call_fails_after_its_work_and_the_idempotency_key_saves_it(sandbox: Served) -> None:
    fault(sandbox, "api", "fail", after=True, times=1, method="POST")
    with pytest.raises(stripe.APIError):
        sandbox.client.customers.create({"name": "Ada"}, {"idempotency_key": "ada"})
    again = sandbox.client.customers.create({"name": "Ada"}, {"idempotency_key": "ada"})
    assert [one.id for one in sandbox.client.customers.list().data] == [again.id]


@pytest.mark.parametrize("after", [False, True])
def test_the_connection_breaks(sandbox: Served, after: bool) -> None:
    fault(sandbox, "api", "reset", after=after, times=1)
    with pytest.raises(stripe.APIConnectionError):
        sandbox.client.customers.create()
    assert len(sandbox.client.customers.list().data) == int(after)


def test_a_slow_call_takes_its_time_and_others_do_not_wait_for_it(sandbox: Served) -> None:
    fault(sandbox, "api", "slow", seconds=0.3, match="/v1/customers")
    assert sandbox.call("GET", "/products").elapsed.total_seconds() < 0.25
    assert sandbox.call("GET", "/customers").elapsed.total_seconds() >= 0.3


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"on": "api", "kind": "drop"}, "must be one of"),
        ({"on": "api", "kind": "fail", "status": 418}, "409, 429 or 500"),
        ({"on": "api", "kind": "slow", "copies": 2}, "knows no copies"),
        ({"on": "deliveries", "kind": "duplicate", "copies": 0}, "whole number from 1"),
        ({"on": "deliveries", "kind": "delay", "seconds": "soon"}, "number from 0"),
        ({"on": "deliveries", "kind": "delay", "times": 1.5}, "whole number"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_with_a_reason(
    sandbox: Served, given: dict[str, Any], says: str
) -> None:
    answer = sandbox.browser.post("/faults", json=given)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert (
        sandbox.browser.post("/faults", content=b"[", headers={"content-type": "application/json"}).status_code == 400
    )


def test_faults_are_taken_away_one_by_one_or_all_at_once(sandbox: Served) -> None:
    first, _ = fault(sandbox, "api", "slow"), fault(sandbox, "api", "reset", match="/v1/prices*")
    assert sandbox.browser.delete(f"/faults/{first['id']}").json()["faults"][0]["kind"] == "reset"
    assert sandbox.browser.delete(f"/faults/{first['id']}").status_code == 404
    assert sandbox.browser.delete("/faults").json() == {"faults": [], "dropped": 0}


def test_the_board_survives_a_restart(tmp_path: Any) -> None:
    before = Served(tmp_path)
    fault(before, "api", "fail", status=429, match="/v1/prices*")
    before.close()
    after = Served(tmp_path)
    assert state(after)["faults"][0]["options"] == {"status": 429, "after": False}
    after.close()


def test_the_page_sets_faults_up_and_shows_what_is_wrong(sandbox: Served) -> None:
    form = {"on": "deliveries", "kind": "duplicate", "match": "*", "copies": "2", "times": ""}
    assert sandbox.browser.post("/faults", data=form, headers=PAGE).status_code == 303
    page = sandbox.browser.get("/faults", headers=PAGE).text
    assert "until removed" in page
    refused = sandbox.browser.post("/faults", data={**form, "copies": "x"}, headers=PAGE)
    assert refused.status_code == 400
    assert "whole number" in refused.text
    assert sandbox.browser.post("/faults/1/remove", headers=PAGE).status_code == 303
    assert "All is well" in sandbox.browser.get("/faults", headers=PAGE).text
