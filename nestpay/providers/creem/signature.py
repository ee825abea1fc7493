"""Checks that a webhook body or a returning customer's address is Creem's, and reads the envelope of an event.

Creem publishes two ways for each. Webhooks: `creem-signature`, the hex HMAC-SHA256 of the raw body, and since SDK 1.13
also the Standard Webhooks headers. The address: a salted SHA-256 in the order of the address, and an HMAC over sorted
pairs; its documents contradict each other, so both are taken.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nestpay.domain.errors import BadSignature, EndpointClosed, MalformedEvent
from nestpay.domain.facts import ProviderEvent
from nestpay.providers.creem.shapes import PROVIDER

TOLERANCE_SECONDS = 300
_LONGEST_TIMESTAMP = 12
_STANDARD_PREFIX = "whsec_"
LIVE_MODES = frozenset({"prod", "production", "live"})
_MORE_THAN_STATE = frozenset({"paid", "trialing", "past_due", "unpaid"})
_SIGNED_HEADERS = ("creem-signature", "x-creem-signature")


def verify(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Raise BadSignature unless one of `secrets` signed the raw `body`; EndpointClosed when there is no secret.

    A plain signature bears no time: only the event's id keeps a repetition out. The standard one is good for five
    minutes around `now` (UTC).
    """
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise EndpointClosed
    if any(_is_signed(body, headers, secret, now) for secret in usable):
        return
    raise BadSignature


def _is_signed(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    if headers.get("webhook-signature"):
        return _is_signed_by_the_standard(body, headers, secret, now)
    said = next((headers[name] for name in _SIGNED_HEADERS if headers.get(name)), "")
    given = said.strip().removeprefix("sha256=").lower()
    return _same(given, hmac.new(secret.encode(), body, hashlib.sha256).hexdigest())


def _is_signed_by_the_standard(body: bytes, headers: Mapping[str, str], secret: str, now: datetime) -> bool:
    """Source: Standard Webhooks, "Signature scheme": base64 HMAC of `id.timestamp.body`, several separated by spaces."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _LONGEST_TIMESTAMP):
        return False
    if abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        return False
    try:
        key = base64.b64decode(secret.removeprefix(_STANDARD_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = secret.encode()
    signed = f"{message_id}.{stamp}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    offers = (each.partition(",") for each in headers["webhook-signature"].split())
    return any(version == "v1" and _same(given, wanted) for version, _, given in offers)


def _same(given: str, wanted: str) -> bool:
    return given.isascii() and hmac.compare_digest(given, wanted)


def is_signed_address(query: Mapping[str, str], api_key: str) -> bool:
    """Whether Creem signed these parameters of the address that a customer came back to, in one of the published ways.

    `query` is in the order of the address. It proves where the customer comes from, never that anything was paid.
    """
    given = query.get("signature", "")
    pairs = [(name, value) for name, value in query.items() if name in _SIGNED_PARAMETERS and value not in ("", "null")]
    salted = "|".join([*(f"{name}={value}" for name, value in pairs), f"salt={api_key}"])
    by_salt = hashlib.sha256(salted.encode()).hexdigest()
    joined = "&".join(f"{name}={value}" for name, value in sorted(pairs))
    by_hmac = hmac.new(api_key.encode(), joined.encode(), hashlib.sha256).hexdigest()
    return _same(given, by_salt) or _same(given, by_hmac)


_SIGNED_PARAMETERS = frozenset(
    {"checkout_id", "order_id", "customer_id", "subscription_id", "product_id", "request_id"}
)


def read_event(payload: str, *, is_live: bool) -> ProviderEvent:
    """The event of a verified body; one that says no mode is of the key's own (`is_live`). Raises MalformedEvent."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        raise MalformedEvent(reason="no JSON") from None
    if not isinstance(body, dict):
        raise MalformedEvent(reason="no event object")
    thing = body.get("object")
    if not isinstance(thing, dict):
        raise MalformedEvent(reason="no object")
    mode, kind = thing.get("mode"), _text(body, "eventType")
    return ProviderEvent(
        provider=PROVIDER,
        id=_text(body, "id"),
        type=kind,
        livemode=mode in LIVE_MODES if isinstance(mode, str) else is_live,
        api_version="v1",
        object_id=_object_id(body, kind, thing),
        occurred_at=_instant(body.get("created_at")),
        payload=payload,
        body=body,
    )


def _object_id(body: dict[str, Any], kind: str, thing: dict[str, Any]) -> str:
    """What the event is about. One that tells of money is about itself: no read of its subscription settles it."""
    noun, _, verb = kind.partition(".")
    is_of_its_own = noun == "subscription" and verb in _MORE_THAN_STATE
    return str((body if is_of_its_own else thing).get("id") or "")


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedEvent(reason=f"no {name}")
    return value


def _instant(milliseconds: object) -> datetime:
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        raise MalformedEvent(reason="no created_at")
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        raise MalformedEvent(reason="no created_at that a calendar holds") from None
