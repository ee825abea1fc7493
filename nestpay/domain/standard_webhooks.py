"""Standard Webhooks: how a message is signed, and which secret an endpoint shares with us.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

SECRET_START = "whsec_"  # noqa: S105  what such secrets begin with


def secret_of(house_secret: str, endpoint_id: str, version: int) -> str:
    """An endpoint's secret. It follows from the house's own, so that no copy of the database holds one."""
    text = f"outgoing:{endpoint_id}:{version}".encode()
    return SECRET_START + base64.b64encode(hmac.new(house_secret.encode(), text, hashlib.sha256).digest()).decode()


def signed_headers(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message, signed with each secret that the receiver may hold. `timestamp`: Unix seconds."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_START))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
