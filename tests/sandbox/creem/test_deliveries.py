"""Creem's webhooks: signed over the raw body, tried again by the world's clock, and broken on purpose."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.creem.world import DAY, SECRET, Receiver, Shop
from tests.sandbox.world import eventually

MINUTE = 1 / 24 / 60


def fault(shop: Shop, on: str, kind: str, **more: Any) -> None:
    """Set up a fault of Creem's."""
    answer = shop.browser.post("/faults", json={"on": on, "kind": kind, "company": "creem", **more})
    assert answer.status_code == 201, answer.text


def test_a_purchase_is_told_signed_and_in_order(heard: Shop, receiver: Receiver) -> None:
    heard.subscribe()
    eventually(lambda: len(receiver.events) == 3)
    assert receiver.types() == ["checkout.completed", "subscription.active", "subscription.paid"]
    eventually(lambda: heard.browser.get("/creem/events").json()["events"][2]["deliveries"] == ["delivered"])


def test_the_headers_of_standard_webhooks_come_too_when_they_are_asked_for(heard: Shop, receiver: Receiver) -> None:
    assert heard.control("signing", way="standard") == {"way": "standard"}
    heard.press(heard.checkout(heard.product(900, "once")))
    eventually(lambda: receiver.events)
    headers, body, key = receiver.headers[0], receiver.bodies[0], base64.b64decode(SECRET.removeprefix("whsec_"))
    told = f"{receiver.events[0]['id']}.{headers['webhook-timestamp']}.{body}".encode()
    code = base64.b64encode(hmac.new(key, told, hashlib.sha256).digest()).decode()
    assert (headers["webhook-id"], headers["webhook-signature"]) == (receiver.events[0]["id"], f"v1,{code}")
    assert heard.browser.post("/creem-controls/signing", json={"way": "never"}).status_code == 400


def test_what_is_refused_comes_again_after_30_s_1_min_5_min_1_h_of_the_worlds_clock(
    heard: Shop, receiver: Receiver
) -> None:
    receiver.answers = [500] * 5
    heard.press(heard.checkout(heard.product(900, "once")))
    for tries, minutes in enumerate((0.5, 1, 5, 60), 1):
        eventually(lambda tries=tries: len(receiver.refused) == tries)
        heard.advance((minutes - 0.1) * MINUTE)
        assert len(receiver.refused) == tries
        heard.advance(0.2 * MINUTE)
    eventually(lambda: len(receiver.refused) == 5)
    heard.advance(1)
    assert heard.browser.get("/creem/events").json()["events"][0]["deliveries"] == ["failed"]
    event = heard.browser.get("/creem/events").json()["events"][0]["id"]
    assert set(receiver.refused) == {event}
    assert heard.browser.post(f"/creem/events/{event}/resend").status_code == 303
    eventually(lambda: [one["id"] for one in receiver.events] == [event])


def test_deliveries_go_wrong_as_the_fault_board_says(heard: Shop, receiver: Receiver) -> None:
    fault(heard, "deliveries", "duplicate", match="checkout.completed", copies=3)
    fault(heard, "deliveries", "wrong_secret", match="subscription.active", times=1)
    fault(heard, "deliveries", "drop", match="subscription.paid", times=1)
    heard.subscribe()
    eventually(lambda: len(receiver.events) == 3 and receiver.unverified)
    assert receiver.types() == ["checkout.completed"] * 3
    assert len({event["id"] for event in receiver.events}) == 1
    heard.browser.post("/faults/redeliver")
    eventually(lambda: "subscription.paid" in receiver.types())


def test_a_sloppy_body_is_what_real_ones_sometimes_are(heard: Shop, receiver: Receiver) -> None:
    fault(heard, "deliveries", "sloppy", match="subscription.*")
    heard.subscribe()
    eventually(lambda: len(receiver.events) == 3)
    tidy, *sloppy = sorted(receiver.events, key=lambda event: event["created_at"])
    assert tidy["object"]["mode"] == "test"
    for event in sloppy:
        assert (event["object"]["mode"], event["object"]["product"]["image_url"]) == ("local", None)
        assert "object" not in event["object"]["product"]


@pytest.mark.parametrize("status", [401, 403, 404, 409, 429, 500])
def test_the_api_fails_with_any_status_before_or_after_the_work(shop: Shop, status: int) -> None:
    product = shop.product()
    fault(shop, "api", "fail", status=status, match="/v1/checkouts", times=1)
    error = shop.post("/checkouts", status, product_id=product["id"])
    assert (error["status"], bool(error["trace_id"])) == (status, True)
    fault(shop, "api", "fail", status=status, match="/v1/refunds", times=1, after=True)
    transaction = shop.subscribe(product)["last_transaction_id"]
    shop.post("/refunds", status, transaction_id=transaction)
    assert shop.get("/transactions", transaction_id=transaction)["status"] == "refunded"


def test_an_answer_gets_lost_after_the_work_was_done(shop: Shop) -> None:
    subscription = shop.subscribe()
    fault(shop, "api", "slow", seconds=1.5, after=True, match="*/cancel", times=1)
    with pytest.raises(httpx.TimeoutException):
        shop.http.post(f"/v1/subscriptions/{subscription['id']}/cancel", json={}, timeout=0.5)
    eventually(lambda: shop.subscription(subscription)["status"] == "canceled")
    fault(shop, "api", "reset", match="/v1/products/search", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        shop.get("/products/search")
    assert shop.get("/products/search")["items"]


def test_a_fault_of_one_company_leaves_the_other_alone(shop: Shop) -> None:
    fault(shop, "api", "fail", status=500, match="*")
    assert shop.served.client.customers.list().data == []
    assert shop.get("/products/search", 500)
    refused = shop.browser.post("/faults", json={"on": "api", "kind": "fail", "company": "paypal"})
    assert "stripe or creem" in refused.json()["error"]


def test_the_companies_hear_nothing_of_each_other(tmp_path: Path, receiver: Receiver) -> None:
    shop = Shop(tmp_path, receiver.url)
    shop.served.client.customers.create({"email": "ada@example.com"})
    shop.subscribe()
    eventually(lambda: len(receiver.events) == 3)
    assert shop.served.types() == ["customer.created"]
    assert all("Creem" not in json.dumps(one.to_dict()) for one in shop.served.client.events.list().data)
    shop.close()


def test_a_restart_keeps_the_books_and_what_is_still_to_be_told(tmp_path: Path, receiver: Receiver) -> None:
    receiver.answers = [500] * 3
    before = Shop(tmp_path, receiver.url)
    subscription = before.subscribe()
    eventually(lambda: len(receiver.refused) == 3)
    before.close()
    after = Shop(tmp_path, receiver.url)
    after.advance(31)
    eventually(lambda: receiver.types().count("subscription.paid") == 2)
    assert after.subscription(subscription)["status"] == "active"
    assert after.served.sandbox.world.clock.offset == 31 * DAY
    after.close()
