"""Checks that a webhook body is Stripe's, and reads the envelope around its object."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from stripe import SignatureVerificationError, WebhookSignature

from nestpay.domain.errors import BadSignature, EndpointClosed, MalformedEvent
from nestpay.domain.facts import ProviderEvent

TOLERANCE_SECONDS = 300
_LONGEST_TIMESTAMP = 12


def verify(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Raise BadSignature unless one of `secrets` signed `body` within five minutes of `now` (either way).

    Source: Stripe, "Verify webhook signatures". The SDK accepts timestamps from the future; we do not.
    """
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise EndpointClosed
    signed_at = _timestamp(header)
    if signed_at is None or abs(now.timestamp() - signed_at) > TOLERANCE_SECONDS:
        raise BadSignature
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise BadSignature from None
    for secret in usable:
        try:
            WebhookSignature.verify_header(text, header, secret, tolerance=None)
        except SignatureVerificationError:
            continue
        return
    raise BadSignature


def _timestamp(header: str) -> int | None:
    if not header.isascii():
        return None
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t" and value.isdigit() and len(value) <= _LONGEST_TIMESTAMP:
            return int(value)
    return None


def read_event(payload: str) -> ProviderEvent:
    """The event of a verified body. Raises MalformedEvent when it is none."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        raise MalformedEvent(reason="no JSON") from None
    if not isinstance(body, dict) or body.get("object") != "event":
        raise MalformedEvent(reason="no event object")
    return ProviderEvent(
        provider="stripe",
        id=_text(body, "id"),
        type=_text(body, "type"),
        livemode=body.get("livemode") is True,
        api_version=str(body.get("api_version") or ""),
        object_id=_object_id(body),
        occurred_at=_instant(body.get("created")),
        payload=payload,
        body=body,
    )


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedEvent(reason=f"no {name}")
    return value


def _object_id(body: dict[str, Any]) -> str:
    data = body.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    if not isinstance(thing, dict):
        raise MalformedEvent(reason="no data.object")
    return str(thing.get("id") or "")


def _instant(seconds: object) -> datetime:
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise MalformedEvent(reason="no created")
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        raise MalformedEvent(reason="no created that a calendar holds") from None
