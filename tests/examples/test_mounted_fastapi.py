"""The FastAPI host of the examples over HTTP: its people sign in there, and pay here, without any Reflex."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest

from tests.infra.hosts import mounted_fastapi

SECONDS_TO_BE_STOCKED = 30


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[httpx.Client]:
    """The example as it is started, where the import of Reflex would fail."""
    (tmp_path / "reflex.py").write_text('raise ImportError("Reflex was loaded")\n')
    server = mounted_fastapi(str(tmp_path))
    server.start()
    with httpx.Client(base_url=server.url, timeout=20, trust_env=False) as client:
        yield client
    server.stop()


def test_a_user_of_a_fastapi_app_pays_for_its_routes_with_what_nestpay_sold(acme: httpx.Client) -> None:
    hello = {"text": "Hello world", "request": "r1"}
    stranger = acme.get("/translate", params=hello)
    assert (stranger.status_code, stranger.json()["key"]) == (401, "errors.sign_in_required")
    assert acme.post("/login", json={"email": "ada@acme.example", "password": "wrong"}).status_code == 401
    assert acme.post("/login", json={"email": "ada@acme.example", "password": "acme-demo"}).json() == {"hello": "Ada"}

    for _ in range(2):
        assert acme.get("/translate", params=hello).json() == {"text": "bonjour monde", "credits_left": 98}
    buy_credits(acme)
    deadline = monotonic() + SECONDS_TO_BE_STOCKED
    while (total := acme.get("/api/v1/credits").json()["total"]) == 98 and monotonic() < deadline:
        sleep(0.1)
    assert total == 598
    (payment,) = acme.get("/api/payments").json()["payments"]
    assert (payment["amount"], payment["description"]) == (900, "500 credits")


def buy_credits(acme: httpx.Client) -> None:
    """Pay a pack on the sandbox's page, as soon as the sandbox has it to sell."""
    deadline = monotonic() + SECONDS_TO_BE_STOCKED
    while True:
        page = acme.post("/api/payment/checkout-session", json={"planId": "credits-500", "billingCycle": "once"})
        if page.is_success or monotonic() > deadline:
            break
        sleep(0.2)
    form = {"do": "pay", "email": "ada@acme.example", "name": "Ada", "country": "US", "number": "4242424242424242"}
    paid = acme.post(page.raise_for_status().json()["url"], data=form)
    assert paid.status_code == 303, paid.text
