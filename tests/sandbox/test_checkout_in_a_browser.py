"""The hosted checkout in a real browser: by its test ids, on a phone, in the dark, and without JavaScript."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.world import Served

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


def leads_to_the_shop(page: Page, sandbox: Served, session: str) -> None:
    """The browser is back at the shop with the session's id."""
    page.wait_for_url(f"{sandbox.site}/?ok={session}")


def test_a_customer_tries_a_code_is_declined_approves_and_pays(browser: Browser, sandbox: Served) -> None:
    sandbox.client.coupons.create({"id": "QUARTER", "percent_off": 25})
    sandbox.client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": "QUARTER"}, "code": "SAVE"})
    session = sandbox.session(
        sandbox.price(2000),
        success_url=sandbox.site + "/?ok={CHECKOUT_SESSION_ID}",
        allow_promotion_codes=True,
        automatic_tax={"enabled": True},
        consent_collection={"terms_of_service": "required"},
    )
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(session.url)
    page.get_by_test_id("email").fill("ada@example.com")
    page.get_by_test_id("promo-code").fill("nope")
    page.get_by_test_id("promo-apply").click()
    expect(page.get_by_test_id("promo-error")).to_have_text("This code is invalid.")
    expect(page.get_by_test_id("email")).to_have_value("ada@example.com")
    page.get_by_test_id("promo-code").fill("save")
    page.get_by_test_id("promo-apply").click()
    expect(page.get_by_test_id("total")).to_have_text("$15.00")
    page.get_by_test_id("country").select_option("DE")
    expect(page.get_by_test_id("total")).to_have_text("$17.85")
    page.get_by_test_id("terms").check()
    page.get_by_test_id("card-decline").click()
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("notice")).to_contain_text("Your card was declined.")
    page.get_by_test_id("card-3ds").click()
    page.get_by_test_id("pay").click()
    page.get_by_test_id("3ds-approve").click()
    leads_to_the_shop(page, sandbox, session.id)
    assert sandbox.reread(session, "subscription").subscription.status == "active"
    assert not complaints
    page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_every_screen(browser: Browser, sandbox: Served, size: str, scheme: str) -> None:
    width, height = SIZES[size]
    session = sandbox.session(sandbox.price(), automatic_tax={"enabled": True}, allow_promotion_codes=True)
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    for address in (session.url, f"{sandbox.site}/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


def test_every_button_works_without_javascript(browser: Browser, sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(), success_url=sandbox.site + "/?ok={CHECKOUT_SESSION_ID}")
    page = browser.new_page(java_script_enabled=False)
    page.goto(session.url)
    page.get_by_test_id("email").fill("ada@example.com")
    page.get_by_test_id("card-success").click()
    expect(page.get_by_test_id("card-number")).to_have_value("4242 4242 4242 4242")
    page.get_by_test_id("pay").click()
    leads_to_the_shop(page, sandbox, session.id)
    page.close()
