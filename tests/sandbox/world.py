"""A sandbox on a real port, a receiver for its webhooks, and a customer's browser without a screen."""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import stripe
import uvicorn

from nestpay.sandbox.app import Sandbox, SandboxOptions, build_sandbox

SECRET = "whsec_sandbox_tests"
QUICK = (0.1, 0.2, 0.3, 0.3, 0.3)


class Receiver:
    """Takes webhooks and checks their signatures with Stripe's own SDK; `answers` are the statuses of the next ones."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.unverified: list[str] = []
        self.answers: list[int] = []
        self.secret = SECRET
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                status = receiver.answers.pop(0) if receiver.answers else 200
                try:
                    stripe.WebhookSignature.verify_header(body, self.headers["stripe-signature"], receiver.secret, 300)
                except stripe.SignatureVerificationError:
                    status = 400
                if status == 400:
                    receiver.unverified.append(body)
                elif status == 200:
                    receiver.events.append(json.loads(body))
                else:
                    receiver.refused.append(json.loads(body)["id"])
                self.send_response(status)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                """Tests stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def types(self) -> list[str]:
        """The types received so far, in the order in which they happened."""
        return [event["type"] for event in self.events]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass
class Time:
    """The machine's time, which a test may move."""

    ahead: float = 0

    def __call__(self) -> float:
        """Seconds, Unix."""
        return time.time() + self.ahead


@dataclass
class Served:
    """A sandbox that answers on a port of its own."""

    folder: Path
    webhook_url: str | None = None
    time: Time = field(default_factory=Time)
    pauses: tuple[float, ...] = QUICK
    creem_webhook_url: str | None = None
    creem_webhook_secret: str | None = None
    creem_pauses: tuple[float, ...] = (30, 60, 300, 3600)
    sandbox: Sandbox = field(init=False)

    def __post_init__(self) -> None:
        """Start serving."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        self.site = f"http://127.0.0.1:{listener.getsockname()[1]}"
        options = SandboxOptions(
            self.folder / "sandbox.sqlite",
            self.site,
            self.webhook_url,
            SECRET,
            self.pauses,
            self.creem_webhook_url,
            self.creem_webhook_secret,
            self.creem_pauses,
            self.time,
        )
        self.sandbox = build_sandbox(options)
        self._server = uvicorn.Server(uvicorn.Config(self.sandbox, log_level="warning", access_log=False))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        eventually(lambda: self._server.started)
        self._http = stripe.RequestsClient()
        self.client = stripe.StripeClient(
            "sk_test_sandbox", base_addresses={"api": f"{self.site}/stripe"}, http_client=self._http
        ).v1
        self.browser = httpx.Client(base_url=self.site, trust_env=False)

    def close(self) -> None:
        """Stop serving; what is in the database stays."""
        self.browser.close()
        self._http.close()
        self._server.should_exit = True
        self._thread.join(10)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A bare call of the API, for what the SDK hides."""
        headers = {"Authorization": "Bearer sk_test_sandbox", **more.pop("headers", {})}
        return self.browser.request(method, f"/stripe/v1{path}", headers=headers, **more)

    def control(self, action: str, **given: Any) -> dict[str, Any]:
        """Press one of the board's levers over JSON; a refusal fails with its message."""
        answer = self.browser.post(f"/stripe-controls/{action}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def price(
        self, amount: int = 2900, currency: str = "usd", interval: str | None = "month", **more: Any
    ) -> stripe.Price:
        """A new price with a product of its own."""
        params: dict[str, Any] = {"currency": currency, "unit_amount": amount, "product_data": {"name": "Pro"}, **more}
        if interval:
            params["recurring"] = {"interval": interval}
        return self.client.prices.create(params)

    def session(self, price: stripe.Price, **more: Any) -> Any:
        """A new checkout session for one of that price."""
        params: dict[str, Any] = {
            "mode": "subscription" if price.type == "recurring" else "payment",
            "line_items": [{"price": price.id, "quantity": 1}],
            "success_url": "http://shop.example/ok?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.example/cancel",
            **more,
        }
        return self.client.checkout.sessions.create(params)

    def press(self, session: Any, do: str = "pay", **form: str) -> httpx.Response:
        """Fill in the hosted page of a session and press one of its buttons."""
        filled = {"email": "ada@example.com", "name": "Ada", "country": "US", "number": "4242424242424242", **form}
        return self.browser.post(f"/stripe/checkout/{session.id}", data={"do": do, **filled})

    def page(self, session: Any) -> str:
        """The hosted page of a session as text."""
        return self.browser.get(f"/stripe/checkout/{session.id}").text

    def reread(self, session: Any, *expand: str) -> Any:
        """The session as it is now."""
        return self.client.checkout.sessions.retrieve(session.id, {"expand": list(expand)})

    def types(self, *names: str) -> list[str]:
        """The types of all events so far, oldest first; only those that begin with one of the names, if any are given."""
        events = self.client.events.list({"limit": 100}).data
        return [event.type for event in reversed(events) if not names or event.type.startswith(names)]


def eventually(condition: Callable[[], Any], seconds: float = 8.0) -> Any:
    """Wait until the condition holds and return what it said; fail when it never does."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never happened")
