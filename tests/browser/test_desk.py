"""The desk under an impatient hand: typed into before it is ready, and rearranged with the mouse."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.visitors import come_in, new_admin
from tests.infra.server import Server

pytestmark = pytest.mark.browser


def late(route: Route) -> None:
    """A script that takes its time."""
    time.sleep(0.1)
    route.continue_()


def test_what_is_typed_before_a_list_is_ready_stays(page: Page, server: Server) -> None:
    come_in(page, server, new_admin(server), to="/terms")
    page.route("**/*.js", late)
    page.goto("/dashboard/admin/customers", wait_until="commit")
    page.get_by_role("searchbox").fill("ada")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("ada")


def test_a_plan_is_dragged_to_its_place_and_back(page: Page, server: Server) -> None:
    come_in(page, server, new_admin(server), to="/dashboard/admin/plans")
    free, pro = (page.locator(f"#plans li[data-plan={key}]") for key in ("free", "pro"))
    first = page.locator("#plans li").first
    expect(first).to_have_attribute("data-plan", "free")
    free.locator("[draggable]").drag_to(pro)
    expect(first).to_have_attribute("data-plan", "pro")
    free.locator("[draggable]").drag_to(pro)
    expect(first).to_have_attribute("data-plan", "free")
