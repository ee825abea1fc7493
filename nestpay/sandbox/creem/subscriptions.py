"""Subscriptions, as the API reads and changes them."""

from nestpay.sandbox.creem import changes, life, records
from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Listing, Shape, Text, Whole
from nestpay.sandbox.documents import Document

RETRIEVE = Shape({"subscription_id": Text()}, needs=("subscription_id",))
SEARCH = Shape({**records.PAGING, "status": Text(), "customer_id": Text(), "product_id": Text()})
CANCEL = Shape({"mode": Text(("immediate", "scheduled")), "onExecute": Text(("cancel", "pause"))})
UPGRADE = Shape({"product_id": Text(), "update_behavior": Text(changes.BEHAVIORS)}, needs=("product_id",))
ITEM = Shape({"id": Text(), "product_id": Text(), "price_id": Text(), "units": Whole(1, 10_000)})
UPDATE = Shape({"items": Listing(ITEM, most=1), "update_behavior": Text(changes.BEHAVIORS)})


def _one(call: Call) -> Document:
    return records.fetch(call.books, "subscription", call.ids[0])


def retrieve(call: Call) -> Document:
    """GET /v1/subscriptions."""
    return records.fetch(call.books, "subscription", call.params["subscription_id"])


def search(call: Call) -> Document:
    """GET /v1/subscriptions/search."""
    where, values = ["1"], []
    for name, column in (("status", "status"), ("customer_id", "customer"), ("product_id", "product")):
        if call.params.get(name):
            where.append(f"json_extract(body, '$.{column}') = ?")
            values.append(call.params[name])
    found = records.select(call.books, "subscription", " and ".join(where), tuple(values))
    return records.page(call.books, found, call.params)


def cancel(call: Call) -> Document:
    """POST /v1/subscriptions/{id}/cancel: at once, or with its period (then `onExecute` may pause it instead)."""
    subscription, given = _one(call), call.params
    status = subscription["status"]
    if status == "canceled":
        raise bad("Subscription is already canceled")
    if given.get("mode") != "scheduled" or status in life.BEHIND:
        return life.end(call.books, subscription)
    if status == "paused":
        raise bad("A paused subscription has no period to end with")
    return life.schedule_cancel(call.books, subscription, given.get("onExecute") or "cancel")


def pause(call: Call) -> Document:
    """POST /v1/subscriptions/{id}/pause."""
    subscription = _one(call)
    if subscription["status"] not in ("active", "trialing"):
        raise bad(f"Subscription cannot be paused: it is {subscription['status']}")
    return life.pause(call.books, subscription)


def resume(call: Call) -> Document:
    """POST /v1/subscriptions/{id}/resume, from a pause or from a scheduled end."""
    subscription = _one(call)
    if subscription["status"] not in ("paused", "scheduled_cancel"):
        raise bad(f"Subscription cannot be resumed: it is {subscription['status']}")
    if call.books.now >= call.books.inner(subscription["id"])["end"]:
        refusal = life.refusal(call.books, subscription)
        if refusal:
            raise bad(f"Payment failed: {refusal}")
    return life.resume(call.books, subscription)


def upgrade(call: Call) -> Document:
    """POST /v1/subscriptions/{id}/upgrade."""
    subscription = _one(call)
    product = records.fetch(call.books, "product", call.params["product_id"])
    behavior = call.params.get("update_behavior") or changes.AT_ONCE
    return changes.change(call.books, subscription, product, subscription["items"][0]["units"], behavior)


def update(call: Call) -> Document:
    """POST /v1/subscriptions/{id}: other units, or another product, of its one item."""
    subscription = _one(call)
    items = call.params.get("items") or []
    if not items:
        return subscription
    own = subscription["items"][0]
    if items[0].get("id") not in (None, own["id"]):
        raise bad("items.0.id is no item of this subscription")
    product_id = items[0].get("product_id") or subscription["product"]
    product = records.fetch(call.books, "product", product_id)
    behavior = call.params.get("update_behavior") or changes.LATER
    return changes.change(call.books, subscription, product, items[0].get("units") or own["units"], behavior)


ROUTES = [
    Route("GET", "/v1/subscriptions", retrieve, RETRIEVE),
    Route("GET", "/v1/subscriptions/search", search, SEARCH),
    Route("POST", "/v1/subscriptions/{id}", update, UPDATE),
    Route("POST", "/v1/subscriptions/{id}/cancel", cancel, CANCEL),
    Route("POST", "/v1/subscriptions/{id}/pause", pause),
    Route("POST", "/v1/subscriptions/{id}/resume", resume),
    Route("POST", "/v1/subscriptions/{id}/upgrade", upgrade, UPGRADE),
]
