"""Whose a delivery is, and what its envelope says; and what the address of a returning customer is worth."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nestpay.domain.errors import BadSignature, EndpointClosed, MalformedEvent
from nestpay.providers.creem.client import CreemProvider
from nestpay.providers.creem.signature import is_signed_address
from tests import creem_edge
from tests.creem_edge import KEY, SECRET, delivery

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
BODY = creem_edge.event("subscription.active", creem_edge.subscription(), event_id="evt_1")


def provider(*secrets: str) -> CreemProvider:
    return CreemProvider(api_key=KEY, webhook_secrets=secrets or [SECRET])


def test_a_signed_delivery_is_an_event() -> None:
    raw, headers = delivery(BODY)
    event = provider().verify_event(raw, headers, NOW)
    assert (event.provider, event.id, event.type, event.object_id) == ("creem", "evt_1", "subscription.active", "sub_1")
    assert event.livemode is False
    assert round(event.occurred_at.timestamp() * 1000) == BODY["created_at"]


@pytest.mark.parametrize("verb", ["paid", "trialing", "past_due", "unpaid"])
def test_what_tells_of_money_is_settled_by_no_read_of_its_subscription(verb: str) -> None:
    paid = creem_edge.event(f"subscription.{verb}", creem_edge.subscription(), event_id="evt_2")
    assert provider().verify_event(*delivery(paid), NOW).object_id == "evt_2"


def test_any_of_several_secrets_may_have_signed() -> None:
    raw, headers = delivery(BODY, secret="older")
    assert provider("newer", "older").verify_event(raw, headers, NOW).id == "evt_1"


def test_a_signature_over_a_body_that_was_written_anew_is_refused() -> None:
    raw, headers = delivery(BODY)
    again = json.dumps(json.loads(raw), indent=1).encode()
    with pytest.raises(BadSignature):
        provider().verify_event(again, headers, NOW)


@pytest.mark.parametrize(
    "headers", [{}, {"creem-signature": ""}, {"creem-signature": "0" * 64}, {"creem-signature": "é"}]
)
def test_a_missing_or_wrong_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        provider().verify_event(delivery(BODY)[0], headers, NOW)


def test_without_a_secret_the_endpoint_is_closed() -> None:
    raw, headers = delivery(BODY, secret="")
    with pytest.raises(EndpointClosed):
        provider("").verify_event(raw, headers, NOW)


def test_the_other_spellings_of_the_header_are_taken() -> None:
    raw, headers = delivery(BODY)
    spelled = {"x-creem-signature": f"sha256={headers['creem-signature'].upper()}"}
    assert provider().verify_event(raw, spelled, NOW).id == "evt_1"


def standard(raw: bytes, at: float, key: bytes) -> dict[str, str]:
    signed = hmac.new(key, f"msg_1.{int(at)}.".encode() + raw, hashlib.sha256).digest()
    signature = f"v1,AAAA v1,{base64.b64encode(signed).decode()}"
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at)), "webhook-signature": signature}


def test_the_standard_headers_are_taken_for_five_minutes() -> None:
    raw, key = delivery(BODY)[0], b"a key of its own"
    secret = f"whsec_{base64.b64encode(key).decode()}"
    assert provider(secret).verify_event(raw, standard(raw, NOW.timestamp(), key), NOW).id == "evt_1"
    with pytest.raises(BadSignature):
        provider(secret).verify_event(raw, standard(raw, NOW.timestamp() - 600, key), NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"[]",
        json.dumps({**BODY, "object": None}).encode(),
        json.dumps({**BODY, "id": ""}).encode(),
        json.dumps({**BODY, "eventType": None}).encode(),
        json.dumps({**BODY, "created_at": "yesterday"}).encode(),
        json.dumps({**BODY, "created_at": 10**30}).encode(),
    ],
    ids=["no json", "a list", "no object", "no id", "no type", "no instant", "an instant out of reach"],
)
def test_a_signed_body_that_is_no_event_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        provider().verify_event(*delivery(body), NOW)


@pytest.mark.parametrize(("mode", "is_live"), [("prod", True), ("test", False), ("local", False), (None, False)])
def test_the_mode_is_the_objects_own_and_else_the_keys(mode: str | None, is_live: bool) -> None:
    body = creem_edge.event("subscription.active", {**creem_edge.subscription(), "mode": mode})
    assert provider().verify_event(*delivery(body), NOW).livemode is is_live


ADDRESS = {"checkout_id": "ch_1", "order_id": "ord_1", "customer_id": "cust_1", "product_id": "prod_1"}


def salted(query: dict[str, str]) -> str:
    text = "|".join([*(f"{name}={value}" for name, value in query.items()), f"salt={KEY}"])
    return hashlib.sha256(text.encode()).hexdigest()


def sorted_hmac(query: dict[str, str]) -> str:
    text = "&".join(f"{name}={value}" for name, value in sorted(query.items()))
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


@pytest.mark.parametrize("sign", [salted, sorted_hmac])
def test_an_address_that_is_signed_in_either_published_way_is_believed_to_be_creems(sign: Any) -> None:
    query = {**ADDRESS, "subscription_id": "null", "signature": sign(ADDRESS)}
    assert is_signed_address(query, KEY)
    assert not is_signed_address({**query, "checkout_id": "ch_2"}, KEY)
    assert not is_signed_address(ADDRESS, KEY)


def test_a_return_without_its_signature_is_not_worth_a_question() -> None:
    signed = provider().read_return({**ADDRESS, "signature": salted(ADDRESS)})
    unsigned = provider().read_return({**ADDRESS, "signature": "0" * 64})
    assert signed
    assert unsigned
    assert (signed.session_id, signed.may_be_asked) == ("ch_1", True)
    assert (unsigned.session_id, unsigned.may_be_asked) == ("ch_1", False)
    assert provider().read_return({"session_id": "cs_1"}) is None
