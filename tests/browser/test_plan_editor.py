"""An admin edits a plan beside its picture, and the public page shows it to a browser without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitors import come_in, new_admin
from tests.infra.server import Server

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page: Page, server: Server) -> Page:
    """A tab of an admin, on the list of plans."""
    come_in(page, server, new_admin(server), to="/dashboard/admin/plans")
    return page


def edit_a_copy(desk: Page) -> None:
    """Open a copy of the Business plan: the plans of the server's other stories stay as they are."""
    desk.locator("[data-plan=business]").get_by_role("button", name="Duplicate").click()
    expect(desk.locator("#plan-form")).to_be_visible()
    expect(desk.locator("input[name=title]")).to_have_value("Business")


def test_an_edit_is_seen_beside_the_form_guarded_saved_and_public(desk: Page, browser: Browser, server: Server) -> None:
    edit_a_copy(desk)
    title = desk.locator("input[name=title]")
    title.fill("Stable <b>")
    expect(desk.locator("#preview h4")).to_have_text("Stable <b>")

    desk.get_by_role("link", name="Plans", exact=True).last.click()
    expect(desk.locator("#leave-plan")).to_be_visible()
    desk.locator("#leave-plan").get_by_role("button", name="Cancel").click()
    expect(title).to_have_value("Stable <b>")

    desk.locator("#button_link").fill("javascript:alert(1)")
    desk.locator("#save").click()
    expect(desk.locator("[data-wrong=button_link]")).to_contain_text("A link begins with")
    desk.locator("#button_link").fill("/sign-up")

    lines = desk.locator("#features input[name$='.text']")
    before = lines.count()
    desk.locator("#add-feature").click()
    expect(lines).to_have_count(before + 1)
    lines.last.fill("A horse")
    desk.locator("#features li").last.get_by_role("button", name="Line up").click()
    expect(desk.locator("#preview li").nth(-2)).to_contain_text("A horse")
    desk.locator("input[name=active]").check()
    desk.locator("#save").click()
    expect(desk.get_by_text("Saved.").first).to_be_visible()
    expect(desk.locator("#plan-form")).to_have_attribute("data-dirty", "false")

    plain = browser.new_context(base_url=server.url, java_script_enabled=False)
    reader = plain.new_page()
    card = reader.locator("article", has=reader.get_by_role("heading", name="Stable <b>"))
    for _ in range(20):
        reader.goto("/pricing")
        if card.count():
            break
        desk.wait_for_timeout(200)
    expect(card.first).to_contain_text("A horse")
    expect(card.first.get_by_role("link").first).to_have_attribute("href", "/sign-up")
    plain.close()

    desk.goto("/pricing")
    expect(desk.locator("[data-plan]:visible h4", has_text=re.compile("^Stable <b>$"))).to_have_count(1)

    desk.goto("/dashboard/admin/plans")
    desk.locator("#plans li", has_text="Stable <b>").get_by_role("button", name="Archive").click()
    expect(desk.locator("#plans li", has_text="Stable <b>")).to_have_count(0)
