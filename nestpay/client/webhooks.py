"""Checks the messages that nestpay sends to your endpoint (Standard Webhooks)."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

TOLERANCE_SECONDS = 300


class BadSignature(Exception):
    """Somebody else sent this, or it is too old: answer 400 and do nothing."""


def verify_webhook(
    secret: str, body: bytes, headers: Mapping[str, str], *, tolerance_seconds: int = TOLERANCE_SECONDS
) -> dict[str, Any]:
    """The event of a message (`type`, `timestamp`, `data`), once its signature is proved with the endpoint's `secret`.

    Its `webhook-id` header stays the same over repetitions: act once per id. Raises BadSignature.
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, timestamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > tolerance_seconds:
        raise BadSignature("The message is too old, or says no time.")
    try:
        text = secret.removeprefix("whsec_")
        key = base64.b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise BadSignature("The secret is none.") from None
    signed = f"{message_id}.{timestamp}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    signatures = [each.partition(",") for each in given.get("webhook-signature", "").split(" ")]
    if not any(
        version == "v1" and hmac.compare_digest(text.encode(), wanted.encode()) for version, _, text in signatures
    ):
        raise BadSignature("The signature does not fit.")
    return json.loads(body)
