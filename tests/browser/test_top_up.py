"""Automatic top-ups from the customer's chair: a pack that arrives by itself, and a bank that will not have it so."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.visitors import choose, come_in, credits_of, expect_paid, new_customer, orders_in, pay
from tests.infra.server import Server

pytestmark = pytest.mark.browser

HAS_BOUGHT = "600 credits"
"""The welcome credits and one pack."""


def test_a_pack_arrives_by_itself_when_credits_run_low(page: Page, context: BrowserContext, server: Server) -> None:
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    choose(page, "credits-500", "once")
    pay(page)
    expect_paid(page)
    switch_on(page, below=550)
    other = context.new_page()
    other.goto("/dashboard/credits")
    expect(other.locator("#top-up")).to_contain_text("0 of 2")
    spend(page)
    expect(page.locator("#header-credits")).to_have_text("1,000 credits")
    expect(other.locator("#header-credits")).to_have_text("1,000 credits")
    expect(other.locator("#top-up")).to_contain_text("1 of 2")
    assert [order.status for order in orders_in(server, email)] == ["succeeded", "succeeded"]
    other.get_by_role("button", name="Switch off").click()
    expect(other.locator("#top-up")).to_have_attribute("data-stage", "off")


def test_a_bank_that_wants_the_customer_stops_it_and_nothing_is_charged(
    page: Page, context: BrowserContext, server: Server
) -> None:
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    choose(page, "credits-500", "once")
    pay(page, "3ds")
    page.get_by_test_id("3ds-approve").click()
    expect_paid(page)
    switch_on(page, below=550)
    other = context.new_page()
    other.goto("/dashboard/credits")
    expect(other.locator("#top-up")).to_have_attribute("data-stage", "on")
    spend(page)
    banner = other.locator("[data-banner=top-up]")
    expect(banner).to_contain_text("wants you to confirm the payment")
    expect(banner).to_contain_text("Nothing was charged")
    assert credits_of(server, email) == 500
    assert sorted(order.status for order in orders_in(server, email)) == ["failed", "succeeded"]
    other.get_by_role("button", name="Switch on again").click()
    expect(other.get_by_text("Automatic top-up is on.")).to_be_visible()
    expect(banner).to_be_visible()
    assert credits_of(server, email) == 500
    other.get_by_role("link", name="Buy this pack now").click()
    other.wait_for_url("**/sandbox/stripe/checkout/**")
    expect(other.get_by_text(re.compile(r"\$9\.00")).first).to_be_visible()


def switch_on(page: Page, *, below: int) -> None:
    """Agree to the smaller pack, at most twice a month."""
    page.goto("/dashboard/credits")
    expect(page.locator("#header-credits")).to_have_text(HAS_BOUGHT)
    page.get_by_role("button", name="Set it up").click()
    page.get_by_label("Pack to buy").select_option(label="500 credits · $9")
    page.get_by_label("When fewer than this many credits are left").fill(str(below))
    page.get_by_label("At most this many times a month").fill("2")
    expect(page.get_by_role("dialog")).to_contain_text("charged to your saved card each time")
    page.get_by_role("button", name="Agree and switch on").click()
    expect(page.locator("#top-up")).to_have_attribute("data-stage", "on")
    expect(page.locator("#top-up")).to_contain_text(f"fewer than {below} credits are left")


def spend(page: Page) -> None:
    """Use a hundred credits, which falls below what was agreed."""
    page.goto("/dashboard/credit-usage-example")
    page.locator("[data-job=large] button").click()
    expect(page.get_by_role("alert")).to_contain_text("Done for 100. 500 credits are left.")
