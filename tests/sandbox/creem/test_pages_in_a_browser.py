"""Creem's pages in a real browser: a purchase with a refused card first, and every page on every screen, in the dark."""

from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.sandbox.creem.world import Shop

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}


def test_a_customer_is_refused_pays_and_ends_it_on_the_own_page(browser: Browser, shop: Shop) -> None:
    shop.post(
        "/discounts", name="Q", code="SAVE", type="percentage", percentage=25, duration="once", applies_to_products=[]
    )
    checkout = shop.checkout(shop.product(2000), success_url=f"{shop.site}/?bought")
    page = browser.new_page(java_script_enabled=False)
    page.goto(checkout["checkout_url"])
    page.get_by_test_id("email").fill("ada@example.com")
    page.get_by_test_id("card-decline-new").click()
    page.get_by_test_id("pay").click()
    expect(page.get_by_test_id("notice")).to_contain_text("Your card was declined.")
    page.get_by_test_id("code-open").click()
    page.get_by_test_id("code").fill("save")
    page.get_by_test_id("code-apply").click()
    expect(page.get_by_test_id("total")).to_have_text("$15.00")
    expect(page.get_by_test_id("email")).to_have_value("ada@example.com")
    page.get_by_test_id("card-success-new").click()
    page.get_by_test_id("pay").click()
    page.wait_for_url(lambda url: "bought" in url and f"checkout_id={checkout['id']}" in url and "signature=" in url)
    customer = shop.get("/customers", email="ada@example.com")["id"]
    page.goto(shop.post("/customers/billing", customer_id=customer)["customer_portal_link"])
    page.get_by_test_id("cancel-open").click()
    page.get_by_test_id("cancel").click()
    expect(page.get_by_test_id("status")).to_have_text("Ended")
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_every_screen(browser: Browser, shop: Shop, scheme: Any) -> None:
    subscription = shop.subscribe(shop.product(name="A product with rather a long name " * 3))
    portal = shop.post("/customers/billing", customer_id=subscription["customer"]["id"])["customer_portal_link"]
    paid, fresh = shop.checkout(shop.product(900, "once"), success_url=None), shop.checkout(subscription["product"])
    shop.press(paid)
    for width, height in SIZES.values():
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        for address in (
            fresh["checkout_url"],
            paid["checkout_url"],
            portal,
            f"{shop.site}/creem/",
            f"{shop.site}/deliveries",
        ):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") == width, address
        page.close()
