"""Two payment companies side by side: a customer picks one on the plan's card, and later moves to the other."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visitors import come_in, expect_paid, new_customer, orders_in, pay
from tests.infra.server import Server

pytestmark = pytest.mark.browser


def pay_creem(page: Page) -> None:
    """Fill in a test card on Creem's pretend page and pay."""
    page.wait_for_url("**/sandbox/creem/checkout/**")
    page.get_by_test_id("card-success").click()
    page.get_by_test_id("pay").click()


def test_a_customer_moves_a_subscription_from_one_company_to_the_other(page: Page, server: Server) -> None:
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    page.locator("[data-plan=pro]:visible").get_by_role("link", name="or pay with Creem").click()
    pay_creem(page)
    expect_paid(page)
    page.goto("/dashboard/subscription")
    expect(page.locator("#moving")).to_contain_text("You pay through Creem.")
    page.get_by_role("button", name="Pay another way").click()
    page.get_by_role("button", name="Continue").click()
    pay(page)
    expect_paid(page)
    page.goto("/dashboard/subscription")
    expect(page.locator("#moving")).to_contain_text("You are moving from Creem to Stripe.")
    expect(page.get_by_text("Active", exact=True)).to_be_visible()
    expect(page.locator("#header-credits")).to_have_text("1,100 credits")
    orders = orders_in(server, email)
    assert [(order.provider, order.amount_text) for order in orders] == [("stripe", "$0.00"), ("creem", "$19.00")]
