"""What Creem tells: events, the one address that hears them, and the signature on what is sent."""

import base64
import binascii
import hashlib
import hmac
import json
from sqlite3 import Connection

from nestpay.sandbox.books import Books, dump, new_id
from nestpay.sandbox.creem import records
from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.documents import Document
from nestpay.sandbox.faults import Plan

NAME = "creem"
ENDPOINT = "creem.webhook"
EVENT = "creem.event"
OWN, STANDARD = "own", "standard"
SIGNINGS = (OWN, STANDARD)


def announce(books: Books, type: str, document: Document) -> None:
    """Put an event behind the others of this work, about the object as it is now."""
    books.announce(type, records.shown(books, document), company=NAME)


def write_down(books: Books, real_now: float) -> int:
    """Turn the work's announcements into events and deliveries; returns how many deliveries wait to be sent."""
    announcements = books.said_by(NAME)
    if not announcements:
        return 0
    endpoints = books.select(ENDPOINT)
    for created, said in enumerate(announcements, _next_moment(books)):
        event = {"id": new_id("evt", 22), "eventType": said.type, "created_at": created, "object": said.object}
        books.add(event, EVENT)
        for endpoint in endpoints:
            books.send(event["id"], endpoint["id"], real_now)
    return len(announcements) * len(endpoints)


def _next_moment(books: Books) -> int:
    """Milliseconds: now, but after everything that was told before, so that the order of events can be read from them."""
    sql = "select json_extract(body, '$.created_at') from documents where kind = ? order by seq desc limit 1"
    row = books.connection.execute(sql, (EVENT,)).fetchone()
    return max(books.now * 1000, row[0] + 1 if row else 0)


def upsert_endpoint(books: Books, url: str, secret: str | None) -> Document:
    """The address that hears every event, with the secret that signs them; it replaces an older one."""
    found = books.select(ENDPOINT)
    if found:
        endpoint = books.save({**found[0], "url": url})
        if secret:
            books.remember(endpoint["id"], secret=secret)
        return endpoint
    return books.add({"id": new_id("wh", 22), "url": url}, ENDPOINT, secret=secret or new_id("whsec", 22))


def signed(payload: str, secret: str) -> str:
    """The value of the `creem-signature` header."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def headers(payload: str, secret: str, timestamp: int, event: Document, endpoint: Document) -> dict[str, str]:
    """The headers of a delivery: Creem's own signature, which says nothing of the time; where it was asked for, also
    those of Standard Webhooks, which Creem's SDK prefers."""
    found = {
        "Content-Type": "application/json",
        "creem-signature": signed(payload, secret),
        "User-Agent": "Creem-Webhook/1.0",
    }
    if endpoint.get("signing") != STANDARD:
        return found
    told = f"{event['id']}.{timestamp}.{payload}".encode()
    code = base64.b64encode(hmac.new(_standard_key(secret), told, hashlib.sha256).digest()).decode()
    standard = {"webhook-id": event["id"], "webhook-timestamp": str(timestamp), "webhook-signature": f"v1,{code}"}
    return {**found, **standard}


def _standard_key(secret: str) -> bytes:
    """The bytes behind `whsec_<base64>`; a secret of another form is taken as it is."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def choose_signing(books: Books, chosen: str) -> Document:
    """Sign deliveries so from now on: `own`, or `standard` for both at once. Raises CreemError when nobody listens."""
    found = books.select(ENDPOINT)
    if not found:
        raise bad("there is no webhook address yet")
    return books.save({**found[0], "signing": chosen})


def content(connection: Connection, event: Document, endpoint: Document, plan: Plan) -> str:
    """The body of a delivery; a fault makes it as sloppy as real ones sometimes are."""
    return dump(_sloppy(json.loads(dump(event))) if plan.sloppy else event)


def _sloppy(event: Document) -> Document:
    for document in (event["object"], event["object"].get("product")):
        if isinstance(document, dict):
            document["mode"] = "local"
    event["object"].pop("last_transaction", None)
    product = event["object"].get("product")
    if isinstance(product, dict):
        product.pop("object", None)
        product["image_url"] = None
    return event
