"""Events and webhook endpoints: what happened, who is told, and the signature on what is sent."""

import hashlib
import hmac
from sqlite3 import Connection

from nestpay.sandbox.books import Books, dump, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.faults import Plan
from nestpay.sandbox.stripe import API_VERSION, lists, old_shapes
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import traffic as objects
from nestpay.sandbox.stripe.records import deleted, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Listing, Metadata, Text, merge_metadata

CREATE_ENDPOINT = Hash(
    expandable(
        {
            "url": Text(),
            "enabled_events": Listing(),
            "api_version": Text(),
            "description": Text(),
            "metadata": Metadata(),
        }
    ),
    needs=("url", "enabled_events"),
    ignores="connect",
)
UPDATE_ENDPOINT = Hash(
    expandable(
        {"url": Text(), "enabled_events": Listing(), "description": Text(), "metadata": Metadata(), "disabled": Flag()}
    )
)
NAME = "stripe"
LIST_EVENTS = Hash({**lists.PAGING, "type": Text(), "types": Listing(), "delivery_success": Flag()})


def write_down(books: Books, real_now: float) -> int:
    """Turn the work's announcements into events and deliveries; returns how many deliveries wait to be sent."""
    announcements = books.said_by(NAME)
    if not announcements:
        return 0
    endpoints = [end for end in books.select("webhook_endpoint") if end.get("status") == "enabled"]
    waiting = 0
    request = {"id": books.cause.request, "idempotency_key": books.cause.idempotency_key}
    for said in announcements:
        data: Document = {"object": said.object}
        if said.previous is not None:
            data["previous_attributes"] = said.previous
        event = books.add(objects.event(new_id("evt"), books.now, said.type, data, request))
        for endpoint in endpoints:
            if "*" in endpoint["enabled_events"] or said.type in endpoint["enabled_events"]:
                books.send(event["id"], endpoint["id"], real_now)
                waiting += 1
    return waiting


def signed(payload: str, secret: str, timestamp: int) -> str:
    """The value of the `Stripe-Signature` header."""
    digest = hmac.new(secret.encode(), f"{timestamp}.{payload}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def headers(payload: str, secret: str, timestamp: int, event: Document, endpoint: Document) -> dict[str, str]:
    """The headers of a delivery."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signed(payload, secret, timestamp),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


def content(connection: Connection, event: Document, endpoint: Document, plan: Plan) -> str:
    """The body of a delivery, in the endpoint's version of the API unless a fault says another."""
    return payload_of(connection, event, plan.api_version or endpoint["api_version"])


def with_pending(connection: Connection, event: Document) -> Document:
    """The event with the number of endpoints that have not yet taken it."""
    sql = "select count(*) from deliveries where event = ? and state <> 'delivered'"
    return {**event, "pending_webhooks": connection.execute(sql, (event["id"],)).fetchone()[0]}


def upsert_endpoint(books: Books, url: str, secret: str | None) -> Document:
    """The endpoint of that address with that secret, all events; made when it is not there yet."""
    found = books.select("webhook_endpoint", "json_extract(body, '$.url') = ?", [url])
    if found:
        if secret:
            books.remember(found[0]["id"], secret=secret)
        return found[0]
    endpoint = objects.webhook_endpoint(new_id("we"), books.now, url, ["*"])
    return books.add(endpoint, secret=secret or new_secret())


def new_secret() -> str:
    """A signing secret such as `whsec_…`."""
    return new_id("whsec", 32)


def create_endpoint(call: Call) -> Document:
    """POST /v1/webhook_endpoints; the only answer that shows the secret."""
    given = call.params
    if not given["url"].startswith(("http://", "https://")):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.", "url", "url_invalid")
    endpoint = objects.webhook_endpoint(
        new_id("we"),
        call.books.now,
        given["url"],
        given["enabled_events"],
        description=given.get("description"),
        metadata=merge_metadata({}, given.get("metadata") or {}),
    )
    if given.get("api_version"):
        endpoint["api_version"] = given["api_version"]
    secret = new_secret()
    call.books.add(endpoint, secret=secret)
    return {**endpoint, "secret": secret}


def update_endpoint(call: Call) -> Document:
    """POST /v1/webhook_endpoints/{id}."""
    endpoint, given = fetch(call.books, "webhook_endpoint", call.ids[0]), call.params
    changes = {name: given[name] for name in ("url", "enabled_events", "description") if name in given}
    if given.get("disabled") is not None:
        changes["status"] = "disabled" if given["disabled"] else "enabled"
    if "metadata" in given:
        changes["metadata"] = merge_metadata(endpoint["metadata"], given["metadata"])
    return call.books.save({**endpoint, **changes})


def delete_endpoint(call: Call) -> Document:
    """DELETE /v1/webhook_endpoints/{id}; what was still to be sent there is dropped."""
    endpoint = fetch(call.books, "webhook_endpoint", call.ids[0])
    sql = "update deliveries set state = 'failed' where endpoint = ? and state = 'pending'"
    call.books.connection.execute(sql, (endpoint["id"],))
    return deleted(call.books, endpoint)


def list_events(call: Call) -> Document:
    """GET /v1/events; `type` may end in `*`."""
    books, params = call.books, call.params
    where = lists.Filter()
    wanted = [params["type"]] if params.get("type") else params.get("types") or []
    if wanted:
        where.add("(" + " or ".join(["json_extract(body, '$.type') glob ?"] * len(wanted)) + ")", *wanted)
    if params.get("delivery_success") is not None:
        open_ones = "select event from deliveries where state <> 'delivered'"
        where.add(f"id {'not in' if params['delivery_success'] else 'in'} ({open_ones})")
    page = lists.page(books, "event", params, "/v1/events", where)
    return {**page, "data": [with_pending(books.connection, event) for event in page["data"]]}


def retrieve_event(call: Call) -> Document:
    """GET /v1/events/{id}."""
    return with_pending(call.books.connection, fetch(call.books, "event", call.ids[0]))


def payload_of(connection: Connection, event: Document, api_version: str | None = None) -> str:
    """The body that is sent, in the shape of the endpoint's API version."""
    return dump(old_shapes.event_as_of(connection, with_pending(connection, event), api_version or API_VERSION))


ROUTES = [
    Route("GET", "/v1/events", list_events, LIST_EVENTS),
    Route("GET", "/v1/events/{id}", retrieve_event),
    Route("POST", "/v1/webhook_endpoints", create_endpoint, CREATE_ENDPOINT),
    Route(
        "GET",
        "/v1/webhook_endpoints",
        lambda call: lists.page(call.books, "webhook_endpoint", call.params, "/v1/webhook_endpoints"),
        Hash(lists.PAGING),
    ),
    Route("GET", "/v1/webhook_endpoints/{id}", lambda call: fetch(call.books, "webhook_endpoint", call.ids[0])),
    Route("POST", "/v1/webhook_endpoints/{id}", update_endpoint, UPDATE_ENDPOINT),
    Route("DELETE", "/v1/webhook_endpoints/{id}", delete_endpoint),
]
