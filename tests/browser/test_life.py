"""A subscription's life from its owner's chair: change, schedule, cancel, resume, pause, share, portal, refund."""

import re
import secrets

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visitors import (
    choose,
    come_in,
    credits_of,
    expect_paid,
    invitation_to,
    lever,
    new_customer,
    orders_in,
    pay,
    payment_of,
    subscribe,
)
from tests.infra.server import Server

pytestmark = pytest.mark.browser
SUBSCRIPTION = re.compile("/dashboard/subscription$")


def pick(page: Page, plan: str, interval: str = "month") -> None:
    page.goto("/dashboard/subscription/change")
    page.locator(f"[data-choice={plan}][data-interval={interval}] button").click()
    expect(page.locator("#change")).to_have_attribute("data-stage", "review")


def agree(page: Page, button: str = "Agree and pay") -> None:
    page.get_by_role("button", name=button).click()
    page.wait_for_url(SUBSCRIPTION)


def test_a_change_charges_what_was_shown_and_brings_its_credits(page: Page, server: Server) -> None:
    email = subscribe(page, server)
    pick(page, "Business")
    expect(page.locator("#change")).to_contain_text("Business, by the month")
    due = page.locator("#due-now").inner_text()
    assert 58 < float(due.removeprefix("$")) <= 60
    agree(page)
    expect(page.get_by_role("heading", name="Business")).to_be_visible()
    expect(page.locator("#invoices")).to_contain_text(due)
    expect(page.locator("#header-credits")).to_have_text(re.compile(r"5,(09|10)\d credits"))
    assert orders_in(server, email)[0].amount_text == due


def test_a_price_that_moved_is_shown_again_and_nothing_is_charged(page: Page, server: Server) -> None:
    email = subscribe(page, server)
    pick(page, "Business")
    other = page.context.new_page()
    pick(other, "Business", "year")
    agree(other)
    page.get_by_role("button", name="Agree and pay").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert len(orders_in(server, email)) == 2


def test_a_smaller_plan_is_scheduled_and_can_be_taken_back(page: Page, server: Server) -> None:
    email = subscribe(page, server, "business")
    pick(page, "Pro")
    expect(page.locator("#due-now")).to_have_text("$0.00")
    agree(page, "Agree and schedule")
    banner = page.locator("[data-banner=change]")
    expect(banner).to_contain_text("Pro, by the month begins on")
    banner.get_by_role("button", name="Keep it as it is").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_role("heading", name="Business")).to_be_visible()
    assert len(orders_in(server, email)) == 1


def test_cancelling_keeps_what_is_paid_for_and_can_be_taken_back(page: Page, server: Server) -> None:
    email = subscribe(page, server)
    page.get_by_role("link", name="Cancel plan").click()
    expect(page.get_by_text("1,000 credits of your plan can be used until")).to_be_visible()
    page.get_by_text("It is too expensive").click()
    page.get_by_label("Anything you would like to tell us?").fill("Perhaps later.")
    page.get_by_role("button", name="Cancel my subscription").click()
    page.wait_for_url(SUBSCRIPTION)
    banner = page.locator("[data-banner=ending]")
    expect(banner).to_contain_text("Your plan ends on")
    assert credits_of(server, email) == 1100
    banner.get_by_role("button", name="Keep my plan").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_role("link", name="Cancel plan")).to_be_visible()


def test_a_pause_charges_nothing_more_and_ends_when_its_owner_says_so(page: Page, server: Server) -> None:
    subscribe(page, server)
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_label("For how long?").select_option("2")
    page.locator("dialog[open]").get_by_role("button", name="Pause").click()
    banner = page.locator("[data-banner=paused]")
    expect(banner).to_contain_text("It goes on by itself on")
    banner.get_by_role("button", name="Go on now").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_text("Active", exact=True)).to_be_visible()


def test_a_seat_is_bought_given_taken_and_taken_back(page: Page, browser: Browser, server: Server) -> None:
    subscribe(page, server)
    page.get_by_role("link", name="Add a seat").click()
    expect(page.locator("#change")).to_contain_text("Pro, by the month, 2 seats")
    agree(page)
    friend = f"{secrets.token_hex(6)}@example.com"
    page.get_by_label("Invite by e-mail").fill(friend)
    page.get_by_role("button", name="Send invitation").click()
    expect(page.locator("#seats-summary")).to_have_text("2 of 2 seats taken")
    guest = browser.new_context(base_url=server.url, locale="en-US")
    tab = guest.new_page()
    come_in(tab, server, new_customer(server), to=invitation_to(server, friend))
    expect(tab.get_by_role("heading", name="The seat is yours")).to_be_visible()
    tab.goto("/dashboard/subscription")
    expect(tab.locator("[data-banner=seat]")).to_contain_text("You use Pro through a seat")
    expect(tab.get_by_role("link", name="Change plan")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Take back")).click()
    expect(page.locator("#seats-summary")).to_have_text("1 of 2 seats taken")
    tab.reload()
    expect(tab.get_by_role("heading", name="Free")).to_be_visible()
    guest.close()


def test_what_is_done_on_the_providers_page_shows_on_ours(page: Page, server: Server) -> None:
    subscribe(page, server)
    page.get_by_role("button", name="Billing portal").click()
    page.wait_for_url("**/sandbox/stripe/portal/**")
    page.get_by_test_id("cancel-plan").click()
    page.get_by_test_id("confirm-cancel").click()
    page.get_by_test_id("portal-return").click()
    page.wait_for_url(SUBSCRIPTION)
    expect(page.locator("[data-banner=ending]")).to_be_visible()


def test_a_refund_shows_at_once_and_takes_its_credits_back(page: Page, server: Server) -> None:
    email = new_customer(server)
    come_in(page, server, email, to="/pricing")
    choose(page, "credits-500", "once")
    pay(page)
    expect_paid(page)
    page.goto("/dashboard/my-orders")
    expect(page.get_by_role("row", name=re.compile("500 credits.*Paid"))).to_be_visible()
    expect(page.locator("#header-credits")).to_have_text("600 credits")
    (order,) = orders_in(server, email)
    lever(server, "refund", payment_intent=payment_of(server, order.id))
    expect(page.get_by_role("row", name=re.compile("500 credits.*Refunded"))).to_be_visible()
    expect(page.locator("#header-credits")).to_have_text("100 credits")
    page.goto("/dashboard/credit-history")
    expect(page.get_by_role("row", name=re.compile("Taken back with a refund.*−500"))).to_be_visible()


def test_credits_are_explained_from_the_line_to_the_lot_and_as_a_file(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server), to="/dashboard/credit-usage-example")
    page.locator("[data-job=medium] button").click()
    expect(page.locator("#header-credits")).to_have_text("90 credits")
    page.goto("/dashboard/credit-history")
    row = page.get_by_role("row", name=re.compile("Used.*−10"))
    row.get_by_role("button", name="Which credits it touched").click()
    row.get_by_role("link", name="Welcome credits").click()
    page.wait_for_url("**/dashboard/credits#lot-*")
    expect(page.get_by_text("90 of 100 left")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("it is 90 credits now"))).to_be_visible()
    answer = page.request.get("/api/credits/history.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert [line.split(",")[1:3] for line in answer.text().splitlines()[1:]] == [
        ["signup_bonus", "100"],
        ["feature_usage", "-10"],
    ]
