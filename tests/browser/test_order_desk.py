"""A customer writes "I paid and got nothing": the admin finds the order, sees why, mends it, and sends half back."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_watch import pay_unheard
from tests.browser.visitors import come_in, credits_of, new_admin, new_customer, orders_in
from tests.infra.server import Server

pytestmark = pytest.mark.browser


def test_who_paid_and_got_nothing_is_found_helped_and_partly_refunded(
    page: Page, context: BrowserContext, server: Server
) -> None:
    email = new_customer(server)
    come_in(page, server, email)
    pay_unheard(page, server, email)
    assert context.browser
    desk = context.browser.new_context(base_url=server.url).new_page()
    come_in(desk, server, new_admin(server), to="/dashboard/admin/orders")
    expect(desk.locator("#totals")).to_contain_text("order")
    desk.get_by_role("searchbox").fill(email)
    desk.get_by_role("button", name="Search").click()
    expect(desk.locator("#totals")).to_contain_text("1 order")
    desk.get_by_role("row").filter(has_text=email).get_by_role("link", name="NP-").click()
    why = desk.locator("#findings")
    expect(why).to_contain_text("could not be applied")
    expect(why).to_contain_text("the database was away")
    desk.get_by_role("button", name="Ask the provider").click()
    expect(why).to_contain_text("all of its 500 credits are there")
    refund_half(desk)
    page.goto("/dashboard")
    expect(page.locator("#header-credits")).to_have_text("350 credits")
    assert credits_of(server, email) == 350
    newest = orders_in(server, email)[0]
    assert (newest.type, newest.amount_text) == ("refund", "$4.50")


def refund_half(desk: Page) -> None:
    """First what it would mean, then the question, then the money, once."""
    desk.get_by_label("Amount").fill("4.50")
    desk.get_by_role("button", name="Show what it means").click()
    meaning = desk.locator("#simulation")
    for line in ("Money back to the customer$4.50", "Still refundable afterwards$4.50", "taken back250"):
        expect(meaning).to_contain_text(line)
    desk.locator("#refund").get_by_role("button", name="Refund $4.50").first.click()
    desk.get_by_role("dialog").get_by_role("button", name="Refund $4.50").dblclick()
    expect(desk.get_by_text("$4.50 were refunded.")).to_be_visible()
    expect(desk.get_by_text("Partly refunded").first).to_be_visible()
    expect(desk.locator("#timeline")).to_contain_text("Admin: order.refund")
