"""A shop that sells through the Creem sandbox: its API, its checkout page, and somebody who hears its webhooks."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.sandbox.world import Served

KEY = "creem_test_sandbox"
SECRET = "whsec_" + base64.b64encode(b"creem tests have this secret").decode()
DAY = 86400
GOOD = "4111 1111 1111 1111"


class Receiver:
    """Takes Creem's webhooks and checks their signatures; `answers` are the statuses of the next ones."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.unverified: list[str] = []
        self.answers: list[int] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[str] = []
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                right = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest() == self.headers["creem-signature"]
                status = 400 if not right else receiver.answers.pop(0) if receiver.answers else 200
                receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
                receiver.bodies.append(body.decode())
                if not right:
                    receiver.unverified.append(body.decode())
                elif status == 200:
                    receiver.events.append(json.loads(body))
                else:
                    receiver.refused.append(json.loads(body)["id"])
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/creem"

    def types(self) -> list[str]:
        """The types received so far, in the order in which they happened."""
        return [event["eventType"] for event in sorted(self.events, key=lambda event: event["created_at"])]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Shop:
    """Sells through a served sandbox."""

    def __init__(self, folder: Path, webhook_url: str | None = None, **more: Any) -> None:
        self.served = Served(folder, creem_webhook_url=webhook_url, creem_webhook_secret=SECRET, **more)
        self.site, self.browser = self.served.site, self.served.browser
        self.http = httpx.Client(base_url=f"{self.site}/creem", headers={"x-api-key": KEY}, trust_env=False)

    def close(self) -> None:
        """Stop serving."""
        self.http.close()
        self.served.close()

    def get(self, path: str, status: int = 200, /, **params: Any) -> Any:
        """GET; another status than the expected one fails with the answer."""
        return self._read(self.http.get(f"/v1{path}", params=params), status)

    def post(self, path: str, status: int = 200, /, **given: Any) -> Any:
        """POST as JSON."""
        return self._read(self.http.post(f"/v1{path}", json=given), status)

    def _read(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json()

    def product(self, price: int = 2900, period: str = "every-month", **more: Any) -> Any:
        """Something new to sell."""
        kind = "onetime" if period == "once" else "recurring"
        given = {"name": "Pro", "description": "All of it", "price": price, "currency": "USD", "billing_type": kind}
        return self.post("/products", **{**given, "billing_period": period, **more})

    def checkout(self, product: Any, **more: Any) -> Any:
        """A fresh checkout of a product."""
        return self.post("/checkouts", product_id=product["id"], **{"success_url": "http://shop.example/ok", **more})

    def press(self, checkout: Any, do: str = "pay", **form: str) -> httpx.Response:
        """Fill in the page of a checkout and press one of its buttons."""
        filled = {"email": "ada@example.com", "name": "Ada", "country": "US", "number": GOOD, **form}
        return self.browser.post(checkout["checkout_url"], data={"do": do, **filled})

    def subscribe(self, product: Any | None = None, number: str = GOOD, **more: Any) -> Any:
        """Somebody who subscribed just now, as the API shows the subscription."""
        checkout = self.checkout(product or self.product(), **more)
        assert self.press(checkout, number=number).status_code == 303
        return self.subscription(self.get("/checkouts", checkout_id=checkout["id"])["subscription"])

    def subscription(self, subscription: Any) -> Any:
        """The subscription as it is now."""
        return self.get("/subscriptions", subscription_id=subscription["id"])

    def act(self, subscription: Any, what: str, status: int = 200, /, **given: Any) -> Any:
        """Cancel, pause, resume or upgrade a subscription."""
        return self.post(f"/subscriptions/{subscription['id']}/{what}", status, **given)

    def control(self, lever: str, **given: Any) -> Any:
        """Pull one of the desk's levers over JSON."""
        return self._read(self.browser.post(f"/creem-controls/{lever}", json=given), 200)

    def moment(self, text: str) -> float:
        """Seconds of a date as Creem writes it."""
        return datetime.fromisoformat(text).timestamp()

    def advance(self, days: float) -> Any:
        """Move the world's clock."""
        answer = self.browser.post("/clock", json={"advance": days * DAY}, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()
