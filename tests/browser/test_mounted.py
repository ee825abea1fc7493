"""nestpay inside an app that was there before: its people buy, and its own page knows."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitors import choose, expect_paid, pay
from tests.infra.browser import PATIENCE_MS
from tests.infra.hosts import mounted_reflex

pytestmark = pytest.mark.browser
SIGN_IN = re.compile(r"/login/?\?next=")


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A visitor of Acme Notes."""
    visitor = browser.new_context(base_url=mounted_reflex().url, locale="en-US")
    visitor.set_default_timeout(PATIENCE_MS)
    yield visitor.new_page()
    visitor.close()


def test_a_user_of_a_host_buys_as_who_they_are_there_and_both_sides_know(tab: Page) -> None:
    tab.goto("/")
    expect(tab.get_by_role("heading", name="Notes that shorten themselves")).to_be_visible()
    tab.get_by_role("link", name="Pricing").click()
    expect(tab).to_have_title("Pricing · Acme Notes")
    choose(tab, "credits-500", "once")

    tab.wait_for_url(SIGN_IN)
    tab.get_by_label("E-mail").fill("ada@acme.example")
    tab.get_by_label("Password").fill("acme-demo")
    tab.get_by_role("button", name="Sign in").click()
    pay(tab)
    expect_paid(tab)

    tab.goto("/dashboard")
    expect(tab.locator("#header-credits")).to_have_text("600 credits")
    expect(tab.get_by_role("row", name=re.compile(r"500 credits.*Paid.*\$9.00"))).to_be_visible()
    tab.get_by_role("link", name="Acme Notes").first.click()
    expect(tab.locator("#acme-credits")).to_have_text("600")
    tab.get_by_placeholder("A long note").fill("one two three four five six seven eight")
    tab.get_by_role("button", name="Summarise").click()
    expect(tab.locator("#acme-summary")).to_have_text("one two three four five six …")
    expect(tab.locator("#acme-credits")).to_have_text("597")

    tab.goto("/dashboard")
    tab.get_by_role("button", name="Account").click()
    expect(tab.get_by_role("link", name="Settings")).to_have_count(0)
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Notes that shorten themselves")).to_be_visible()
    tab.goto("/dashboard")
    tab.wait_for_url(SIGN_IN)
