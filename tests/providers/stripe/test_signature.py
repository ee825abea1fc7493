"""Only Stripe's own deliveries get in, and only as events."""

import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.errors import BadSignature, EndpointClosed, MalformedEvent
from nestpay.providers.stripe.signature import TOLERANCE_SECONDS, read_event, verify
from tests.stripe_objects import delivery, event

NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
OLD, NEW = "whsec_old", "whsec_new"
BODY = event("invoice.paid", {"id": "in_1", "object": "invoice"})


def signed(secret: str = NEW, seconds_ago: float = 0) -> tuple[bytes, str]:
    raw, headers = delivery(BODY, secret=secret, at=NOW.timestamp() - seconds_ago)
    return raw, headers["stripe-signature"]


def test_what_stripe_signed_is_let_in() -> None:
    verify(*signed(), [NEW], NOW)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_while_the_secret_is_changed_both_are_good(secret: str) -> None:
    verify(*signed(secret), [OLD, NEW], NOW)


def test_a_header_with_several_signatures_needs_one_that_fits() -> None:
    raw, header = signed()
    timestamp, good = header.split(",")
    verify(raw, f"{timestamp},v1={'0' * 64},{good}", [NEW], NOW)
    verify(raw, f"{timestamp},{good},{good}", [NEW], NOW)
    verify(raw, f"{timestamp},v0=abc,{good}", [NEW], NOW)


def test_a_forged_signature_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(*signed("whsec_of_somebody_else"), [OLD, NEW], NOW)


def test_a_body_that_was_changed_on_the_way_is_refused() -> None:
    raw, header = signed()
    with pytest.raises(BadSignature):
        verify(raw.replace(b"in_1", b"in_2"), header, [NEW], NOW)


@pytest.mark.parametrize("seconds", [TOLERANCE_SECONDS, -TOLERANCE_SECONDS, 60, -60])
def test_clocks_may_differ_by_five_minutes(seconds: float) -> None:
    verify(*signed(seconds_ago=seconds), [NEW], NOW)


@pytest.mark.parametrize("seconds", [TOLERANCE_SECONDS + 1, 10**6])
def test_a_stale_delivery_is_refused(seconds: float) -> None:
    with pytest.raises(BadSignature):
        verify(*signed(seconds_ago=seconds), [NEW], NOW)


def test_a_delivery_from_the_future_is_refused_though_the_sdk_would_take_it() -> None:
    with pytest.raises(BadSignature):
        verify(*signed(seconds_ago=-TOLERANCE_SECONDS - 1), [NEW], NOW)


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_an_empty_secret_closes_the_endpoint(secrets: list[str]) -> None:
    raw, headers = delivery(BODY, secret="x", at=NOW.timestamp())
    with pytest.raises(EndpointClosed):
        verify(raw, headers["stripe-signature"], secrets, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nonsense",
        "t=,v1=",
        "t=now,v1=abc",
        "v1=abc",
        f"t={int(NOW.timestamp())}",
        f"t={int(NOW.timestamp())},v1",
        f"t={int(NOW.timestamp())},v1=\u00e9",
        "t=\u00b2,v1=abc",
        "t=" + "9" * 400 + ",v1=abc",
        "t=" + "9" * 5000 + ",v1=abc",
        "t=-1,v1=abc",
    ],
)
def test_a_header_that_is_missing_or_makes_no_sense_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(signed()[0], header, [NEW], NOW)


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_no_header_whatever_breaks_the_check(header: str) -> None:
    for text in (header, f"t={int(NOW.timestamp())},{header}"):
        with pytest.raises(BadSignature):
            verify(b"{}", text, [NEW], NOW)


def test_a_body_that_is_no_text_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(b"\xff\xfe", signed()[1], [NEW], NOW)


# The envelope


def test_the_envelope_is_read_around_its_object() -> None:
    body = event("invoice.paid", {"id": "in_1", "object": "invoice"}, id="evt_1", livemode=True)
    found = read_event(json.dumps({**body, "created": int(NOW.timestamp())}))
    assert (found.provider, found.id, found.type, found.livemode) == ("stripe", "evt_1", "invoice.paid", True)
    assert (found.object_id, found.occurred_at, found.api_version) == ("in_1", NOW, "2026-10-28.endive")


def test_an_object_without_an_id_is_fine() -> None:
    upcoming = event("invoice.upcoming", {"object": "invoice"})
    assert read_event(json.dumps(upcoming)).object_id == ""


NEEDED = ("id", "object", "type", "data", "created")
WRONG: list[dict[str, Any]] = [
    {"id": 5},
    {"id": ""},
    {"type": None},
    {"created": "now"},
    {"created": True},
    {"created": 10**30},
    {"created": 10**18},
    {"data": []},
    {"data": {"object": 5}},
]
NOT_AN_EVENT: list[str] = [
    "",
    "{",
    "[]",
    "null",
    "1",
    '"text"',
    "{}",
    '{"object": "v2.core.event", "id": "evt_1", "type": "x"}',
    *(json.dumps({name: value for name, value in BODY.items() if name != left_out}) for left_out in NEEDED),
    *(json.dumps({**BODY, **wrong}) for wrong in WRONG),
    "[" * 100_000,
    json.dumps({**BODY, "id": "PLACE"}).replace('"PLACE"', "9" * 5000),
]


@pytest.mark.parametrize("payload", NOT_AN_EVENT, ids=range(len(NOT_AN_EVENT)))
def test_what_is_no_event_is_refused_and_never_breaks_the_reader(payload: str) -> None:
    with pytest.raises(MalformedEvent):
        read_event(payload)


def test_the_timestamp_is_checked_against_the_clock_it_is_given() -> None:
    raw, headers = delivery(BODY, secret=NEW, at=time.time() - 3600)
    verify(raw, headers["stripe-signature"], [NEW], datetime.fromtimestamp(time.time() - 3600, UTC))
