"""Creem without Creem: its objects, its signed deliveries, and an HTTP edge that answers what a test scripted."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRET = "creem-webhook-secret"
KEY = "creem_test_key_of_the_tests"
Answer = dict[str, Any]
_numbers = count(1)


def product(product_id: str = "prod_pro", **fields: Any) -> Answer:
    """A product of 19 dollars a month."""
    return {
        "id": product_id,
        "mode": "test",
        "object": "product",
        "name": "Pro",
        "description": "Pro",
        "price": 1900,
        "currency": "USD",
        "billing_type": "recurring",
        "billing_period": "every-month",
        "status": "active",
        **fields,
    }


def subscription(subscription_id: str = "sub_1", **fields: Any) -> Answer:
    """An active one that began on the last of January 2027 and was paid once."""
    return {
        "id": subscription_id,
        "object": "subscription",
        "mode": "test",
        "product": product(),
        "customer": {"id": "cust_1", "object": "customer", "email": "ada@example.com"},
        "items": [{"id": "sitem_1", "object": "subscription_item", "product_id": "prod_pro", "units": 1}],
        "collection_method": "charge_automatically",
        "status": "active",
        "last_transaction_id": "tran_1",
        "last_transaction": transaction(),
        "current_period_start_date": "2027-01-31T10:00:00.000Z",
        "current_period_end_date": "2027-02-28T10:00:00.000Z",
        "canceled_at": None,
        "created_at": "2027-01-31T10:00:07.000Z",
        "updated_at": "2027-01-31T10:00:09.000Z",
        "metadata": {"order_id": "o1", "user_id": "u1", "price_id": "p1"},
        **fields,
    }


def transaction(transaction_id: str = "tran_1", **fields: Any) -> Answer:
    """A payment of 19 dollars and 2 dollars of tax, after a discount of one."""
    return {
        "id": transaction_id,
        "object": "transaction",
        "mode": "test",
        "amount": 2000,
        "amount_paid": 2000,
        "discount_amount": 100,
        "tax_amount": 200,
        "currency": "USD",
        "type": "invoice",
        "status": "paid",
        "order": "ord_1",
        "subscription": "sub_1",
        "created_at": 1801389607000,
        **fields,
    }


def checkout(checkout_id: str = "ch_1", **fields: Any) -> Answer:
    """A completed purchase of 500 credits for 9 dollars."""
    return {
        "id": checkout_id,
        "object": "checkout",
        "mode": "test",
        "status": "completed",
        "request_id": "o1",
        "units": 1,
        "product": product("prod_credits", price=900, billing_type="onetime", billing_period="once"),
        "order": {
            "id": "ord_1",
            "object": "order",
            "status": "paid",
            "type": "onetime",
            "amount": 900,
            "amount_paid": 900,
            "currency": "USD",
            "transaction": "tran_1",
        },
        "customer": {"id": "cust_1", "object": "customer", "email": "ada@example.com"},
        "metadata": {"order_id": "o1", "user_id": "u1", "price_id": "p1"},
        **fields,
    }


def event(kind: str, thing: Answer, *, event_id: str = "") -> Answer:
    """An event of type `kind` about `thing`."""
    name = event_id or f"evt_{next(_numbers)}"
    return {"id": name, "eventType": kind, "created_at": int(time.time() * 1000), "object": thing}


def delivery(body: Answer | bytes, *, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """The raw body and the headers of a signed delivery."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return raw, {"creem-signature": hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    body: Answer
    headers: dict[str, str]


@dataclass
class CreemEdge:
    """`answers` holds what comes next for a method and path: the last one stays. An answer may be made when asked."""

    answers: dict[tuple[str, str], list[tuple[int, Any] | Callable[[Asked], tuple[int, Any]]]] = field(
        default_factory=dict
    )
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def script(self, method: str, path: str, *answers: Any) -> None:
        """Answer these, one after the other; a body alone is answered with 200."""
        self.answers[method, f"/v1{path}"] = [each if _is_whole(each) else (200, each) for each in answers]

    def calls(self, method: str, path: str = "") -> list[Asked]:
        """What was asked by this method, of one path if given."""
        return [each for each in self.asked if each.method == method and path in ("", each.path.removeprefix("/v1"))]

    def answer(self, asked: Asked) -> tuple[int, Any]:
        """The status and body for one request."""
        self.asked.append(asked)
        waiting = self.answers.get((asked.method, asked.path))
        if not waiting:
            return 404, refusal(404, "Not found")
        following = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return following(asked) if callable(following) else following


def _is_whole(answer: Any) -> bool:
    return callable(answer) or isinstance(answer, tuple)


def refusal(status: int, *sentences: str) -> Answer:
    """An error as Creem writes it."""
    return {"trace_id": "trace-1", "status": status, "error": "Bad Request", "message": list(sentences), "timestamp": 1}


def listed(*items: Answer, next_page: int | None = None) -> Answer:
    """A page of a list."""
    return {"items": list(items), "pagination": {"total_records": len(items), "next_page": next_page}}


@contextmanager
def listening() -> Iterator[CreemEdge]:
    """An edge on a free port."""
    edge = CreemEdge()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(edge))
    server.daemon_threads = True
    edge.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield edge
    server.shutdown()
    server.server_close()


def _handler_of(edge: CreemEdge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            """Tests read `asked` instead."""

        def _reply(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), json.loads(raw or b"{}"), headers)
            status, answer = edge.answer(asked)
            if status == HANG_UP:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _reply  # noqa: N815  the names http.server looks for

    return Handler


HANG_UP = 0
"""Instead of a status: the work may be done, and nothing is answered."""
