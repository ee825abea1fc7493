"""The example that invites buyers to a repository, against a host that answers on this machine."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import time_machine

from examples.repository_invite.invitation import RepositoryInvite
from nestpay.billing import belongings, deliveries
from tests.billing.test_deliveries import give_back, only, pay, sell
from tests.shop import Shop, shop, stripe_edge

__all__ = ["shop", "stripe_edge"]


class Host:
    """A code host: who is invited, by the id of the invitation; `is_down` makes it fail."""

    def __init__(self) -> None:
        self.invited: dict[str, str] = {}
        self.is_down = False
        self.tokens: set[str] = set()
        host = self

        class Answers(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

            def do_PUT(self) -> None:
                wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                key = self.path.rpartition("/")[2]
                host.tokens.add(self.headers["Authorization"])
                if not host.is_down:
                    host.invited.setdefault(key, wish["email"])
                body = json.dumps({"html_url": "https://code.example/acme/private"}).encode()
                self._answer(503 if host.is_down else 200, body)

            def do_DELETE(self) -> None:
                self._answer(204 if host.invited.pop(self.path.rpartition("/")[2], None) else 404, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    api = f"http://127.0.0.1:{made.server.server_port}"
    deliveries.register(RepositoryInvite("acme/private", token="a token", api=api))
    yield made
    deliveries.forget("repository_invite")
    made.server.shutdown()
    made.server.server_close()


def test_a_buyer_is_invited_once_the_host_answers_and_uninvited_with_the_refund(
    shop: Shop, host: Host, clock: time_machine.Traveller
) -> None:
    host.is_down = True
    pay(shop, sell(shop, "repository_invite"))
    deliveries.run_due()
    assert (only().state, host.invited) == ("pending", {})
    assert "503" in only().error
    host.is_down = False
    clock.shift(timedelta(minutes=2))
    deliveries.run_due()
    assert list(host.invited.values()) == ["ada@example.com"]
    assert host.tokens == {"Bearer a token"}
    (mine,) = belongings.of_user(shop.user_id)
    assert (mine.handed[0].url, mine.handed[0].text) == ("https://code.example/acme/private", "acme/private")
    give_back()
    deliveries.run_due()
    assert (only().state, host.invited) == ("revoked", {})
    (mine,) = belongings.of_user(shop.user_id)
    assert (mine.handed[0].url, mine.handed[0].text) == ("", "")
