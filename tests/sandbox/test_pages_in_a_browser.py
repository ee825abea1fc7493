"""The portal and the front page in a real browser: on every screen, in the dark, without JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.sandbox.world import Served

pytestmark = pytest.mark.browser

SIZES = {"phone": (390, 844), "desktop": (1280, 900)}
SECTIONS = ("", "customers", "subscriptions", "payments", "catalogue", "events", "deliveries", "time", "faults")


def subscriber(sandbox: Served) -> Any:
    """A customer on Starter, in a shop that also sells Pro; with a payment, a dispute, a refund and a fault on the board."""
    starter = sandbox.price(1000, product_data={"name": "Starter"})
    sandbox.price(3000, product_data={"name": "Pro"})
    sandbox.press(sandbox.session(sandbox.price(1900, interval=None), customer_creation="always"))
    charge = sandbox.client.charges.list().data[0]
    sandbox.control("refund", charge=charge.id, amount=500)
    sandbox.control("dispute", charge=charge.id)
    sandbox.browser.post("/faults", json={"on": "deliveries", "kind": "delay", "match": "never.*"})
    sandbox.press(sandbox.session(starter, locale="en"))
    return sandbox.client.subscriptions.list().data[0]


def portal(sandbox: Served, subscription: Any) -> str:
    """The address of a visit to the portal."""
    params: Any = {"customer": subscription.customer, "return_url": f"{sandbox.site}/?back"}
    return sandbox.client.billing_portal.sessions.create(params).url


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_every_screen(browser: Browser, sandbox: Served, size: str, scheme: Any) -> None:
    subscription = subscriber(sandbox)
    width, height = SIZES[size]
    here = portal(sandbox, subscription)
    steps = [
        f"{here}/{step}?subscription={subscription.id}" for step in ("plan", "cancel", "confirm", "card", "details")
    ]
    invoice = str(sandbox.client.invoices.list().data[0].hosted_invoice_url)
    front = [f"{sandbox.site}/{section}" for section in (*SECTIONS, f"customers/{subscription.customer}")]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    for address in (here, *steps, invoice, *front):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") == width, address
    page.close()


def test_a_customer_changes_plan_and_card_cancels_and_comes_back_without_javascript(
    browser: Browser, sandbox: Served
) -> None:
    subscription = subscriber(sandbox)
    page = browser.new_page(java_script_enabled=False, locale="en-GB")
    page.goto(portal(sandbox, subscription))
    change_plan(page)
    page.get_by_test_id("add-card").click()
    page.get_by_test_id("card-3ds-once").click()
    expect(page.get_by_test_id("card-number")).to_have_value("4000 0025 0000 3155")
    page.get_by_test_id("save-card").click()
    page.get_by_test_id("3ds-approve").click()
    expect(page.get_by_test_id("portal-done")).to_have_text("Your payment methods are up to date.")
    page.get_by_test_id("cancel-plan").click()
    page.get_by_test_id("reason-unused").check()
    page.get_by_test_id("confirm-cancel").click()
    expect(page.get_by_test_id("plan-state")).to_contain_text("Ends on")
    page.get_by_test_id("resume").click()
    expect(page.get_by_test_id("plan-state")).to_contain_text("Renews on")
    page.get_by_test_id("portal-return").click()
    page.wait_for_url(f"{sandbox.site}/?back")
    page.close()


def change_plan(page: Page) -> None:
    """From Starter to Pro, for the rest of the month."""
    page.get_by_test_id("change-plan").click()
    page.get_by_label("Pro", exact=False).check()
    page.get_by_test_id("plan-continue").click()
    due = page.get_by_test_id("due-today").inner_text()
    expect(page.get_by_test_id("confirm-change")).to_have_text(f"Confirm and pay {due}")
    page.get_by_test_id("confirm-change").click()
    expect(page.get_by_test_id("plan-name")).to_have_text("Pro")


def test_a_fault_is_set_up_seen_and_taken_away_by_hand(browser: Browser, sandbox: Served) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{sandbox.site}/")
    page.get_by_test_id("tab-faults").click()
    form = page.get_by_test_id("fault-form-fail")
    form.get_by_label("Status").select_option("429")
    form.get_by_label("Path").fill("/v1/customers")
    page.get_by_test_id("fault-add-fail").click()
    assert sandbox.call("GET", "/customers").status_code == 429
    page.reload()
    expect(page.get_by_test_id("fault-hits")).to_have_text("1")
    page.get_by_test_id("faults-reset").click()
    expect(page.get_by_test_id("faults-none")).to_be_visible()
    assert not complaints
    page.close()


def test_a_disputed_payment_is_won_by_hand(browser: Browser, sandbox: Served) -> None:
    subscriber(sandbox)
    page = browser.new_page()
    page.goto(f"{sandbox.site}/payments")
    page.get_by_test_id("dispute-answer").click()
    page.get_by_test_id("dispute-won").click()
    expect(page.get_by_test_id("dispute-row")).to_contain_text("won")
    page.close()
