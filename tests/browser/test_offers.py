"""What makes a price smaller at first: a trial, once a person, and a code that is typed on the payment page."""

import re
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitors import begin_checkout, come_in, new_customer, orders_in, pay
from tests.infra.server import Server, own_server

pytestmark = pytest.mark.browser
CATALOGUE = """
currency = "usd"
provider = "stripe"
[[plans]]
key = "pro"
title = "Pro"
trial_days = 14
benefits = { monthly_credits = 1000 }
features = []
prices = [{ interval = "month", amount = "19" }]
[[plans]]
key = "pack"
title = "Pack"
group = "credits"
benefits = { one_time_credits = 500 }
features = []
prices = [{ interval = "once", amount = "20" }]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose catalogue has a trial."""
    plans = tmp_path_factory.mktemp("plans") / "plans.toml"
    Path(plans).write_text(CATALOGUE)
    server = own_server({"PLANS_FILE": str(plans)})
    server.start()
    yield server
    server.stop()


@pytest.fixture
def visitor(browser: Browser, shop: Server) -> Iterator[Page]:
    context = browser.new_context(base_url=shop.url, locale="en-US")
    yield context.new_page()
    context.close()


def arrive(tab: Page, shop: Server, email: str, plan: str, interval: str) -> None:
    come_in(tab, shop, new_customer(shop, email=email), to="/api/docs")
    begin_checkout(tab, shop, plan, interval)


def test_a_trial_is_refused_the_second_time(visitor: Page, browser: Browser, shop: Server) -> None:
    name = secrets.token_hex(6)
    arrive(visitor, shop, f"{name}@example.com", "pro", "month")
    expect(visitor.get_by_test_id("pay")).to_have_text("Start trial")
    pay(visitor)
    visitor.wait_for_url("**/payment/success**", wait_until="commit")
    again = browser.new_context(base_url=shop.url, locale="en-US")
    tab = again.new_page()
    arrive(tab, shop, f"{name}+second@example.com", "pro", "month")
    expect(tab.get_by_test_id("pay")).to_have_text("Subscribe")
    again.close()


def test_a_code_lowers_the_price_and_the_order_says_what_was_paid(visitor: Page, shop: Server) -> None:
    api, code = f"{shop.url}/sandbox/stripe/v1", f"HALF{secrets.token_hex(3).upper()}"
    key = httpx.BasicAuth("sk_test_story", "")
    coupon = httpx.post(f"{api}/coupons", data={"percent_off": "50", "duration": "once"}, auth=key).json()
    promotion = {"promotion[type]": "coupon", "promotion[coupon]": coupon["id"], "code": code}
    httpx.post(f"{api}/promotion_codes", data=promotion, auth=key).raise_for_status()
    email = f"{secrets.token_hex(6)}@example.com"
    arrive(visitor, shop, email, "pack", "once")
    visitor.get_by_test_id("promo-code").fill(code)
    visitor.get_by_test_id("promo-apply").click()
    expect(visitor.get_by_test_id("total")).to_have_text(re.compile(r"\$10\.00"))
    pay(visitor)
    visitor.wait_for_url("**/payment/success**", wait_until="commit")
    for _ in range(40):
        if orders_in(shop, email)[0].status == "succeeded":
            break
        visitor.wait_for_timeout(250)
    (order,) = orders_in(shop, email)
    assert (order.status, order.amount_text, order.credits) == ("succeeded", "$10.00", 500)
