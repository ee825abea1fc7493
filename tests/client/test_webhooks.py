"""A receiver proves who sent a message before it believes a word of it."""

import time

import pytest

from nestpay.client import BadSignature, verify_webhook
from nestpay.domain.standard_webhooks import secret_of, signed_headers

SECRET = secret_of("the house's own secret", "endpoint-1", 1)
BODY = b'{"type":"order.paid","timestamp":"2027-02-01T12:00:00Z","data":{"id":"o1"}}'


def headers(**changes: str) -> dict[str, str]:
    found = signed_headers([SECRET], "msg_1", int(time.time()), BODY)
    return {**found, **{name.replace("_", "-"): value for name, value in changes.items()}}


def test_what_we_sent_is_believed_whatever_the_case_of_its_headers() -> None:
    named = {name.upper(): value for name, value in headers().items()}
    assert verify_webhook(SECRET, BODY, named)["data"] == {"id": "o1"}


def test_either_of_two_secrets_will_do_while_they_are_changed() -> None:
    new = secret_of("the house's own secret", "endpoint-1", 2)
    both = signed_headers([new, SECRET], "msg_1", int(time.time()), BODY)
    assert verify_webhook(SECRET, BODY, both) == verify_webhook(new, BODY, both)


@pytest.mark.parametrize(
    "changes",
    [
        {"webhook_id": "msg_2"},
        {"webhook_timestamp": str(int(time.time()) - 600)},
        {"webhook_timestamp": "soon"},
        {"webhook_signature": ""},
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "v2,é"},
    ],
)
def test_what_was_tampered_with_is_not(changes: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        verify_webhook(SECRET, BODY, headers(**changes))


def test_another_body_or_secret_is_not_believed() -> None:
    for secret, body in ((SECRET, BODY + b" "), (secret_of("another", "endpoint-1", 1), BODY), ("whsec_?", BODY)):
        with pytest.raises(BadSignature):
            verify_webhook(secret, body, headers())


def test_the_published_example_of_the_specification_is_believed() -> None:
    """https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"""
    body = b'{"test": 2432232314}'
    given = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert verify_webhook(secret, body, given, tolerance_seconds=10**12) == {"test": 2432232314}
