"""The watch from an admin's chair: a failed event is found on Today, looked through and applied, one and many."""

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_trouble import PAID, fault
from tests.browser.visitors import (
    begin_checkout,
    come_in,
    credits_of,
    keep_as_failed,
    new_admin,
    new_customer,
)
from tests.infra.server import Server

pytestmark = pytest.mark.browser
CARD = {"do": "pay", "name": "Ada", "country": "US", "number": "4242424242424242"}


def pay_unheard(tab: Page, server: Server, email: str) -> None:
    """Pay for a pack while the shop's inbox cannot do anything with the news."""
    begin_checkout(tab, server, "credits-500", "once")
    with fault(server, on="deliveries", kind="drop", match=PAID, times=1):
        answer = tab.request.post(tab.url, form={**CARD, "email": email}, max_redirects=0)
        assert answer.status in (200, 303)
        events = httpx.get(
            f"{server.url}/sandbox/stripe/v1/events",
            params={"type": PAID, "limit": 1},
            headers={"authorization": "Bearer sk_test_sandbox_tests"},
        ).raise_for_status()
    keep_as_failed(server, events.json()["data"][0])


def test_a_failed_event_is_found_on_today_and_applied_and_the_customer_gets_the_credits(
    page: Page, context: BrowserContext, server: Server
) -> None:
    email = new_customer(server)
    come_in(page, server, email)
    pay_unheard(page, server, email)
    page.goto("/dashboard")
    expect(page.locator("#header-credits")).to_have_text("100 credits")
    assert context.browser
    desk = context.browser.new_context(base_url=server.url).new_page()
    come_in(desk, server, new_admin(server), to="/dashboard/admin")
    desk.locator("[data-concern=events]").click()
    desk.get_by_role("link", name=PAID).first.click()
    expect(desk.get_by_role("note").filter(has_text="the database was away")).to_be_visible()
    desk.get_by_role("button", name="See what would change").click()
    balance = desk.locator("[data-table=usage]")
    expect(balance).to_contain_text("one_time_credits_balance")
    expect(balance).to_contain_text("600")
    assert credits_of(server, email) == 100
    desk.get_by_role("button", name="Apply these changes").click()
    expect(desk.get_by_text("The event is applied.")).to_be_visible()
    expect(page.locator("#header-credits")).to_have_text("600 credits")
    replay_the_next_with_all_that_failed(desk, page, server, email)


def replay_the_next_with_all_that_failed(desk: Page, page: Page, server: Server, email: str) -> None:
    """A second event, taken up with everything in trouble."""
    pay_unheard(page, server, email)
    desk.goto("/dashboard/admin/webhooks?status=trouble")
    desk.get_by_role("button", name="Apply these again").click()
    expect(desk.get_by_role("dialog")).to_contain_text("listed")
    desk.get_by_role("dialog").get_by_role("button", name="Apply them").click()
    expect(desk.get_by_text("applied, 0 failed.")).to_be_visible()
    assert credits_of(server, email) == 1100
