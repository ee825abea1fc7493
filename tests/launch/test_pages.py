"""What `make run` serves is the whole product: pages, API and sandbox on one port, live in a real browser."""

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.infra.server import Server


@pytest.mark.browser
def test_the_plans_are_on_the_page_and_the_page_is_alive(page: Page) -> None:
    with page.expect_websocket(lambda socket: "/_event" in socket.url):
        page.goto("/pricing")
    expect(page.get_by_text("Pro", exact=True).first).to_be_visible()


@pytest.mark.browser
def test_the_plans_can_be_read_with_javascript_off(browser: Browser, server: Server) -> None:
    visitor = browser.new_context(base_url=server.url, java_script_enabled=False)
    tab = visitor.new_page()
    tab.goto("/pricing")
    expect(tab.get_by_text("Pro", exact=True).first).to_be_visible()
    visitor.close()


@pytest.mark.browser
def test_api_and_sandbox_answer_on_the_same_port(server: Server) -> None:
    assert httpx.get(f"{server.url}/api/openapi.json").is_success
    assert httpx.get(f"{server.url}/sandbox/").is_success
    assert httpx.post(f"{server.url}/api/webhooks/stripe", content=b"{}").status_code == 400
