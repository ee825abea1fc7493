"""`make screenshots`: the pictures of the documents, taken of a fresh sandbox as the demo customer sees it."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page

from nestpay.billing import accounts
from nestpay.settings import reset_settings
from nestpay.store import session
from tests.infra.server import Server

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
# name, path, as whom, theme, window
WANTED = [
    ("pricing", "/pricing", "", "light", DESKTOP),
    ("pricing-dark", "/pricing", "", "dark", DESKTOP),
    ("pricing-phone", "/zh/pricing", "", "light", PHONE),
    ("sign-in", "/sign-in", "", "light", DESKTOP),
    ("dashboard", "/dashboard", "customer@example.com", "light", DESKTOP),
    ("credit-history", "/dashboard/credit-history", "customer@example.com", "light", DESKTOP),
]


@pytest.mark.screenshots
@pytest.mark.parametrize(("name", "path", "email", "theme", "window"), WANTED, ids=[wanted[0] for wanted in WANTED])
def test_a_picture(
    name: str, path: str, email: str, theme: str, window: dict, browser: Browser, server: Server
) -> None:
    visitor = browser.new_context(
        base_url=server.url, color_scheme=theme, viewport=window, device_scale_factor=2, reduced_motion="reduce"
    )
    tab = visitor.new_page()
    if email:
        _sign_in(tab, server, email)
    with tab.expect_websocket():
        tab.goto(path)
    tab.wait_for_load_state("networkidle")
    PICTURES.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=PICTURES / f"{name}.png")
    visitor.close()


def _sign_in(tab: Page, server: Server, email: str) -> None:
    """By a ticket made in the server's own database, so that the pictures depend on no form."""
    reset_settings()
    session.connect(server.database_url)
    ticket = accounts.sign_in(email, "nestpay-demo")
    session.disconnect()
    tab.goto(f"/api/auth/session?ticket={quote(ticket)}&next=/dashboard")
