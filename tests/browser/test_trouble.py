"""When things come late, twice or not at all: the customer still gets what they paid for, once."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitors import (
    begin_checkout,
    choose,
    come_in,
    credits_of,
    expect_paid,
    new_customer,
    orders_in,
    pay,
)
from tests.infra.server import Server

pytestmark = pytest.mark.browser
PAID = "checkout.session.completed"
TIME_TO_SETTLE_MS = 30_000


@contextmanager
def fault(server: Server, **wish: object) -> Iterator[None]:
    board = f"{server.url}/sandbox/faults"
    made = httpx.post(board, json=wish).raise_for_status().json()
    try:
        yield
    finally:
        httpx.delete(f"{board}/{made['id']}")


def test_the_page_of_thanks_asks_the_provider_when_the_webhook_is_late(page: Page, server: Server) -> None:
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    choose(page, "credits-500", "once")
    page.wait_for_url("**/sandbox/stripe/checkout/**")
    with fault(server, on="deliveries", kind="drop", match=PAID, times=1):
        pay(page)
        expect_paid(page)
    assert credits_of(server, email) == 600
    httpx.post(f"{server.url}/sandbox/faults/redeliver").raise_for_status()
    page.goto("/dashboard/my-orders")
    expect(page.get_by_role("row")).to_have_count(2)
    assert credits_of(server, email) == 600


def test_a_tab_that_is_closed_after_paying_loses_nothing(page: Page, server: Server) -> None:
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    choose(page, "credits-500", "once")
    page.wait_for_url("**/sandbox/stripe/checkout/**")
    other = page.context.new_page()
    other.goto("/dashboard")
    pay(page)
    page.wait_for_url("**/payment/success**", wait_until="commit")
    page.close()
    expect(other.locator("#header-credits")).to_have_text("600 credits")
    assert [order.status for order in orders_in(server, email)] == ["succeeded"]


def test_a_process_killed_between_webhook_and_fulfilment_ends_with_the_same_rows(
    browser: Browser, own_server: Server
) -> None:
    email = new_customer(own_server)
    visitor = browser.new_context(base_url=own_server.url)
    tab = visitor.new_page()
    come_in(tab, own_server, email, to="/api/docs")
    begin_checkout(tab, own_server, "pro", "month")
    # The subscription is read again after its webhook was stored: the process dies waiting for that.
    wish = {"on": "api", "kind": "slow", "match": "*subscriptions/*", "seconds": 30}
    httpx.post(f"{own_server.url}/sandbox/faults", json=wish).raise_for_status()
    pay(tab)
    tab.wait_for_url("**/payment/success**", wait_until="commit")
    own_server.kill()
    own_server.start()
    httpx.delete(f"{own_server.url}/sandbox/faults").raise_for_status()
    tab.goto("/api/docs")
    deadline = TIME_TO_SETTLE_MS
    while credits_of(own_server, email) != 1100 and deadline > 0:
        tab.wait_for_timeout(500)
        deadline -= 500
    assert credits_of(own_server, email) == 1100
    assert [(order.status, order.credits) for order in orders_in(own_server, email)] == [("succeeded", 1000)]
    visitor.close()
