"""The two providers side by side: purchases applied a second by the webhooks of each, and the lines of code each takes."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nestpay.providers
from benchmarks import customers, deliveries
from benchmarks.customers import Waiting
from benchmarks.report import figure, progress
from benchmarks.serving import Seen, Served, served
from benchmarks.workbench import WEBHOOK_SECRET, Bench

CREEM_PATH = "/api/webhooks/creem"
CONNECTIONS = 32
_MOST_A_SECOND = 7_000
_WARM_UP = 200
_FOLDER = Path(nestpay.providers.__file__).parent
_WRITTEN = {"created_at": "2027-01-31T10:00:00.000Z", "updated_at": "2027-01-31T10:00:00.000Z", "mode": "test"}


def apply(bench: Bench) -> None:
    """`creem_webhook_apply`: one-time purchases, by Creem's deliveries and by Stripe's, in the same run."""
    for kind in bench.kinds:
        bench.database(kind, f"providers_{kind}")
        with served(bench.folder) as server:
            progress(f"creem_webhook_apply on {kind}, beside Stripe's")
            makers = {"stripe": _at_stripe, "creem": _at_creem}
            for name, make in makers.items():
                _purchases(server, name, make, _WARM_UP, bench.seconds)
            seen = {
                name: _purchases(server, name, make, round(_MOST_A_SECOND * bench.seconds), bench.seconds)
                for name, make in makers.items()
            }
            for name, each in seen.items():
                figure(f"{name}_webhook_apply_{kind}_{CONNECTIONS}", each.per_second, "events/s")
            ratio = seen["stripe"].per_second / seen["creem"].per_second
            figure(f"creem_webhook_apply_ratio_{kind}", ratio, "of Stripe's time an event")


def lines(bench: Bench) -> None:
    """`lines_of_provider_code`: what is neither blank, nor a comment, nor a bracket alone."""
    for folder in sorted(path.parent for path in _FOLDER.glob("*/client.py")):
        found = (line.strip() for path in folder.glob("*.py") for line in path.read_text().splitlines())
        counted = [line for line in found if line.strip("()[]{},") and not line.startswith("#")]
        figure(f"lines_of_provider_code_{folder.name}", len(counted), "lines")


def _purchases(server: Served, provider: str, make: Callable[[Waiting], bytes], most: int, seconds: float) -> Seen:
    waiting = customers.add_waiting_orders(most, provider)
    return server.load([make(each) for each in waiting], connections=CONNECTIONS, seconds=seconds)


def _at_stripe(waiting: Waiting) -> bytes:
    return deliveries.request(deliveries.purchase(waiting))


def _at_creem(waiting: Waiting) -> bytes:
    body = json.dumps(_event(waiting)).encode()
    signature = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    lines = [
        f"POST {CREEM_PATH} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Length: {len(body)}",
        "Content-Type: application/json",
        f"creem-signature: {signature}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _event(waiting: Waiting) -> dict[str, Any]:
    """`checkout.completed` as Creem sends it, with everything it expands."""
    product = _product(waiting)
    customer = {"object": "customer", "email": "ada@example.com", "name": "Ada", "country": "FR", **_WRITTEN}
    checkout = {
        "id": waiting.session_id,
        "object": "checkout",
        "mode": "test",
        "status": "completed",
        "request_id": waiting.order_id,
        "product": product,
        "units": 1,
        "order": _order(waiting, product["id"]),
        "customer": {"id": waiting.customer_id, **customer},
        "custom_fields": [],
        "success_url": "http://127.0.0.1:8000/payment/success/",
        "metadata": {"order_id": waiting.order_id, "user_id": waiting.user_id, "price_id": waiting.price_id},
    }
    created_at = int(time.time() * 1000)
    event_id = f"evt_{uuid.uuid4().hex[:22]}"
    return {"id": event_id, "eventType": "checkout.completed", "created_at": created_at, "object": checkout}


def _product(waiting: Waiting) -> dict[str, Any]:
    return {
        "id": f"prod_{uuid.uuid4().hex[:22]}",
        "object": "product",
        "name": "500 credits",
        "description": "A top-up for busy weeks.",
        "image_url": None,
        "price": waiting.amount,
        "currency": "USD",
        "billing_type": "onetime",
        "billing_period": "once",
        "status": "active",
        "tax_mode": "exclusive",
        "tax_category": "saas",
        "default_success_url": "",
        **_WRITTEN,
    }


def _order(waiting: Waiting, product_id: str) -> dict[str, Any]:
    return {
        "id": f"ord_{uuid.uuid4().hex[:22]}",
        "object": "order",
        "customer": waiting.customer_id,
        "product": product_id,
        "transaction": f"tran_{uuid.uuid4().hex[:22]}",
        "amount": waiting.amount,
        "sub_total": waiting.amount,
        "tax_amount": 0,
        "discount_amount": 0,
        "amount_due": waiting.amount,
        "amount_paid": waiting.amount,
        "currency": "USD",
        "status": "paid",
        "type": "onetime",
        **_WRITTEN,
    }
