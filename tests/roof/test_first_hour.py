"""A developer's first hour, as the documents tell it: from an empty folder beside the clone to a paid feature that sells.

The folder holds the code blocks of docs/adding_a_page.md and docs/adding_a_benefit.md and nothing else; nestpay is there
as an installed package is, without its checkout.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from nestpay.billing import accounts
from nestpay.billing.accounts import DEMO_CUSTOMER
from nestpay.store import session
from tests.infra.server import Server, own_server
from tests.infra.wheel import unpacked_wheel
from tests.infra.written_out import write_out

SECONDS_TO_ARRIVE = 20
# What is drawn while nobody was asked yet is all that the HTML holds; the rest is drawn by a browser that may see it.
PAGES = """
import json
from reflex_components_core.core.cond import Cond
import reflex as rx
from nestpay.web import i18n, pages, register

app = rx.App()
pages.add_all(app)
drawn = app._unevaluated_pages["studio"].component()

def gates(component):
    if isinstance(component, Cond) and str(component.cond).endswith("looking_rx_state_"):
        yield component
    for child in component.children:
        yield from gates(child)

(gate,) = gates(drawn)
at_first, later = map(str, gate.children)
print(json.dumps({
    "routes": sorted(route for route in app._unevaluated_pages if route.endswith("studio")),
    "plans": register.gates["/studio"].plans,
    "audience": register.pages["/studio"].audience,
    "menu": [entry.path for entry in register.menu],
    "at first": "What is it about?" in at_first,
    "later": "What is it about?" in later,
    "terms": i18n.t_in("en", "terms.lead"),
}))
"""


@pytest.fixture(scope="module")
def mysaas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The developer's own folder."""
    return write_out(tmp_path_factory.mktemp("mysaas"), "adding_a_page.md", "adding_a_benefit.md", "going_live.md")


def python(mysaas: Path, *arguments: str) -> str:
    """What Python says in that folder, with no setting but those of its `.env`."""
    ours = ("MODE", "EXTENSIONS", "PLANS_FILE", "VAR_DIR", "SECRET_KEY", "SITE_URL", "DATABASE_URL")
    known = {name: value for name, value in os.environ.items() if name not in ours}
    environment = {**known, "PYTHONPATH": str(unpacked_wheel())}
    done = subprocess.run([sys.executable, *arguments], cwd=mysaas, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_developers_own_tests_are_green(mysaas: Path) -> None:
    assert "4 passed" in python(mysaas, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def test_the_page_is_there_in_every_language_and_its_html_holds_nothing_for_strangers(mysaas: Path) -> None:
    program = f"import os, sys; os.environ['SECRET_KEY'] = 'x' * 48; sys.path.insert(0, os.getcwd())\n{PAGES}"
    assert json.loads(python(mysaas, "-c", program)) == {
        "routes": ["fr/studio", "studio", "zh/studio"],
        "plans": ["pro", "business"],
        "audience": "customer",
        "menu": ["/studio"],
        "at first": False,
        "later": True,
        "terms": "What Studio Ltd and you agree upon. In force since 1 March 2027.",
    }


@pytest.fixture(scope="module")
def house(mysaas: Path) -> Iterator[Server]:
    """`python -m nestpay run` in that folder, without building pages."""
    server = own_server({"PYTHONPATH": str(unpacked_wheel())}, folder=mysaas)
    server.start()
    yield server
    server.stop()


class Customer:
    """The demo customer, over HTTP."""

    def __init__(self, house: Server) -> None:
        self.house, self.client = house, httpx.Client(base_url=house.url, trust_env=False, follow_redirects=False)
        session.connect(house.database_url)
        ticket = accounts.sign_in(DEMO_CUSTOMER, "nestpay-demo")
        session.disconnect()
        self.client.get("/api/auth/session", params={"ticket": ticket})

    @property
    def credits(self) -> int:
        return self.client.get("/api/v1/credits").json()["total"]

    def ask(self, topic: str, request_id: str) -> httpx.Response:
        wish, url = {"topic": topic, "request_id": request_id}, f"{self.house.url}/api/studio/headlines"
        # A connection of its own: after an error that no route foresaw the server closes it.
        return httpx.post(url, json=wish, cookies=dict(self.client.cookies), trust_env=False)

    def buy_pro(self) -> None:
        wish = {"planId": "pro", "billingCycle": "monthly"}
        opened = until(lambda: self.client.post("/api/payment/checkout-session", json=wish), httpx.codes.is_success)
        card = {"do": "pay", "email": DEMO_CUSTOMER, "name": "Ada", "country": "US", "number": "4242424242424242"}
        assert self.client.post(opened.json()["url"], data=card).status_code in (200, 303)
        # The money may be heard of a moment before the subscription is read; what is refused costs nothing.
        until(lambda: self.ask("bees", "0"), httpx.codes.is_success)
        until(lambda: self.credits, lambda found: found >= 1000)


def until(look: Callable[[], Any], is_right: Callable[[Any], bool]) -> Any:
    """What `look` finds once it is right."""
    deadline = time.monotonic() + SECONDS_TO_ARRIVE
    while not is_right(getattr(found := look(), "status_code", found)):
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def test_the_feature_sells_and_the_benefit_comes_with_the_plan(house: Server) -> None:
    customer = Customer(house)
    nobody = httpx.Client(base_url=house.url, trust_env=False)
    assert nobody.post("/api/studio/headlines", json={"topic": "bees", "request_id": "1"}).status_code == 401
    assert customer.ask("bees", "1").json()["key"] == "errors.not_included"
    customer.buy_pro()
    before = customer.credits
    assert [customer.ask("bees", "1").json() for _ in range(2)] == [
        {"headline": "Ten things nobody told you about bees"}
    ] * 2
    assert before - customer.credits == 3
    assert customer.ask("a secret", "2").status_code == 500
    assert before - customer.credits == 3
    spend = {"amount": customer.credits - 2}
    customer.client.post("/api/v1/credits/deduct", json=spend, headers={"Idempotency-Key": "all but two"})
    shortage = customer.ask("bees", "3")
    assert (shortage.status_code, shortage.json()["needed"], shortage.json()["available"]) == (402, 3, 2)
    members = house.var / "club"
    until(lambda: [path.read_text() for path in members.glob("*")], lambda found: found == [DEMO_CUSTOMER])
