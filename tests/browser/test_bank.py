"""When a bank says no, or asks: the page tells, the way out is one click, and nothing changes before it is settled."""

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_life import SUBSCRIPTION, pick
from tests.browser.visitors import orders_in, subscribe
from tests.infra.server import Server

pytestmark = pytest.mark.browser
FAILS, ASKS = "pm_card_chargeCustomerFail", "pm_card_threeDSecureRequired"


def pay_with(server: Server, email: str, card: str, **also: str) -> None:
    """Let another card pay for the newest subscription of this customer, as the company's own staff could."""
    with httpx.Client(
        base_url=f"{server.url}/sandbox/stripe/v1", headers={"Authorization": "Bearer sk_test_staff"}, trust_env=False
    ) as stripe:
        (customer,) = stripe.get("/customers", params={"email": email}).json()["data"]
        method = stripe.post(f"/payment_methods/{card}/attach", data={"customer": customer["id"]}).json()
        held = stripe.get("/subscriptions", params={"customer": customer["id"]}).json()["data"][0]
        wish = {"default_payment_method": method["id"], **also}
        stripe.post(f"/subscriptions/{held['id']}", data=wish).raise_for_status()


def test_a_renewal_that_failed_is_told_and_paid_from_the_banner(page: Page, server: Server) -> None:
    email = subscribe(page, server)
    pay_with(server, email, FAILS, billing_cycle_anchor="now", proration_behavior="none")
    banner = page.locator("[data-banner=past_due]")
    expect(banner).to_contain_text("Your last payment failed")
    expect(banner).to_contain_text("Your plan stays open until")
    banner.get_by_role("link", name="Pay now").click()
    page.get_by_test_id("invoice-card").select_option("4242424242424242")
    page.get_by_test_id("invoice-pay").click()
    expect(page.get_by_test_id("invoice-status")).to_have_text("paid")
    page.goto("/dashboard/subscription")
    expect(page.get_by_role("link", name="Change plan")).to_be_visible()
    expect(banner).to_have_count(0)


def test_a_change_that_the_bank_asks_about_waits_until_it_is_confirmed(page: Page, server: Server) -> None:
    email = subscribe(page, server)
    pay_with(server, email, ASKS)
    pick(page, "Business")
    page.get_by_role("button", name="Agree and pay").click()
    page.wait_for_url(re.compile("/sandbox/stripe/"))
    asked = page.url
    page.goto("/dashboard/subscription")
    banner = page.locator("[data-banner=action]")
    expect(banner).to_contain_text("Your bank asks you to confirm a payment")
    expect(page.get_by_role("heading", name="Pro", exact=True)).to_be_visible()
    assert [order.status for order in orders_in(server, email)].count("succeeded") == 1
    page.goto(asked)
    if page.get_by_test_id("approve").count():
        page.get_by_test_id("approve").click()
    page.get_by_role("button", name="Approve").click()
    page.goto("/dashboard/subscription")
    expect(page.get_by_role("heading", name="Business")).to_be_visible()
    expect(banner).to_have_count(0)
    assert SUBSCRIPTION.search(page.url)
