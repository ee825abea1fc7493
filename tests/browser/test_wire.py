"""Every handler of every State, called past the pages: as nobody, as a customer, and as another customer."""

import inspect
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from nestpay.web import pages as all_pages
from tests.browser.visitors import choose, come_in, credits_of, expect_paid, new_customer, pay
from tests.browser.wire import call, handlers
from tests.infra.server import Server

pytestmark = pytest.mark.browser
assert all_pages

# They end something that a story still needs, or go on for minutes.
LEFT_OUT = {"sign_out", "sign_out_others", "change_password", "sign_in_as_demo", "setvar", "sign_up", "ask"}
ARGUMENTS: dict[str, Any] = {
    "form": {"email": "nobody@example.com", "password": "wrong password", "name": "Mallory", "language": "fr"},
    "cursor": "",
    "job": "large",
    "key": "guessed",
    "baked": "x",
    "price_id": "price",
    "seat_id": "seat",
    "log_id": "line",
    "browser_id": "session",
    "shown": "x",
    "plan_id": "plan",
    "is_on": False,
    "to": 0,
    "uid": "n1",
    "step": 1,
    "what": "language",
    "value": "fr",
    "part": "benefits",
    "locale": "fr",
    "mark": "",
    "text": "text",
    "when": "now",
    "slug": "secret",
    "subscription_id": "subscription",
    "endpoint_id": "endpoint",
    "on": False,
    "delivery_id": "delivery",
    "name": "secret.pdf",
    "file": {"name": "secret.pdf", "size": 1},
    "how": {"status": 201, "name": "secret.pdf"},
}


def every_call() -> list[tuple[str, dict[str, Any]]]:
    calls = []
    for name, handler in handlers().items():
        wanted = list(inspect.signature(handler.fn).parameters)[1:]
        if name.split(".")[-1] not in LEFT_OUT:
            calls.append((name, {argument: ARGUMENTS[argument] for argument in wanted}))
    return calls


@pytest.fixture
def victim(page: Page, context: BrowserContext, server: Server) -> tuple[str, str]:
    """A customer with an order: their address, and the address of their page of thanks."""
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    choose(page, "credits-500", "once")
    pay(page)
    expect_paid(page)
    address = page.url.removeprefix(server.url)
    context.clear_cookies()
    return email, address


def test_nobody_learns_or_changes_anything(victim: tuple[str, str], page: Page, server: Server) -> None:
    email, address = victim
    page.goto("/terms")
    said = call(page, address, *every_call())
    assert "sign-in" in said
    assert email not in said
    assert "NP-" not in said
    assert credits_of(server, email) == 600


def test_another_customer_sees_only_what_is_theirs(victim: tuple[str, str], page: Page, server: Server) -> None:
    email, address = victim
    other = new_customer(server)
    come_in(page, server, other)
    said = call(page, address, *every_call())
    assert other in said
    assert email not in said
    assert "NP-" not in said
    assert "$9.00" not in said
    assert credits_of(server, email) == 600
    assert credits_of(server, other) == 100


def test_a_variable_cannot_be_set_from_outside(victim: tuple[str, str], page: Page, server: Server) -> None:
    page.goto("/terms")
    names = [name for name in handlers() if name.endswith("session.setvar")]
    said = call(page, "/dashboard", *((name, {"var_name": "email", "value": "mallory@example.com"}) for name in names))
    assert "mallory@example.com" not in said
