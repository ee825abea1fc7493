"""The main story: from a price to paid credits, seen from the visitor's chair."""

import re
import secrets

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.billing.people import PASSWORD
from tests.browser.visitors import choose, come_in, expect_paid, new_customer, pay
from tests.infra.server import Server

pytestmark = pytest.mark.browser


def test_a_stranger_buys_credits_signing_up_on_the_way_and_sees_them_arrive_in_every_tab(
    page: Page, context: BrowserContext
) -> None:
    page.goto("/pricing")
    choose(page, "credits-500", "once")
    page.wait_for_url("**/sign-in?next=*")
    page.get_by_role("link", name="Create an account").click()
    page.wait_for_url("**/sign-up?next=*")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("E-mail").fill(f"{secrets.token_hex(6)}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/sandbox/stripe/checkout/**")
    other = context.new_page()
    other.goto("/dashboard")
    expect(other.locator("#header-credits")).to_have_text("0 credits")
    pay(page)
    expect_paid(page)
    expect(page.locator("#payment")).to_contain_text("$9.00")
    expect(page.locator("#payment")).to_contain_text("+500 credits")
    expect(other.locator("#header-credits")).to_have_text("500 credits")
    page.get_by_role("link", name="See your orders").click()
    expect(page.get_by_role("row", name=re.compile("500 credits.*Paid.*\\$9.00"))).to_be_visible()
    page.goto("/dashboard/credit-history")
    expect(page.get_by_role("row", name=re.compile(r"Credit pack.*\+500"))).to_be_visible()


def test_a_subscription_marks_the_plan_and_a_second_one_is_refused(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server), to="/pricing")
    expect(page.get_by_text("Your current plan").first).to_be_visible()
    choose(page, "pro")
    pay(page)
    expect_paid(page)
    page.goto("/dashboard/subscription")
    expect(page.get_by_role("heading", name="Pro")).to_be_visible()
    expect(page.get_by_text("Active", exact=True)).to_be_visible()
    expect(page.locator("#header-credits")).to_have_text("1,100 credits")
    page.goto("/pricing")
    expect(page.locator("[data-plan=pro]:visible")).to_contain_text("Your current plan")
    choose(page, "business")
    expect(page.get_by_role("alert")).to_contain_text("You already have a subscription to Pro.")
    page.get_by_role("link", name="Go to your subscription").click()
    page.wait_for_url("**/dashboard/subscription")


def test_a_declined_card_charges_nothing_and_another_one_works(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server), to="/pricing")
    choose(page, "credits-500", "once")
    pay(page, "decline")
    page.wait_for_url("**/sandbox/stripe/checkout/**")
    pay(page)
    expect_paid(page)


def test_leaving_the_payment_page_leads_back_to_the_plans_with_a_kind_word(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server), to="/fr/pricing")
    choose(page, "pro", "year")
    page.wait_for_url("**/sandbox/stripe/checkout/**")
    page.get_by_test_id("cancel").click()
    page.wait_for_url("**/fr/pricing**")
    expect(page.get_by_text("Vous avez quitté la page de paiement")).to_be_visible()


@pytest.mark.parametrize("foreign", [True, False], ids=["another customer's payment", "a made-up payment"])
def test_a_payment_that_is_not_ours_shows_nothing(page: Page, server: Server, *, foreign: bool) -> None:
    address = "/payment/success?session_id=cs_test_made_up"
    if foreign:
        come_in(page, server, new_customer(server), to="/pricing")
        choose(page, "credits-500", "once")
        pay(page)
        expect_paid(page)
        address = page.url
    come_in(page, server, new_customer(server))
    page.goto(address)
    expect(page.locator("#payment")).to_have_attribute("data-stage", "unknown")
    expect(page.locator("#payment")).not_to_contain_text("$9.00")


def test_credits_are_spent_and_refused_politely_and_the_header_follows(
    page: Page, context: BrowserContext, server: Server
) -> None:
    come_in(page, server, new_customer(server), to="/dashboard/credit-usage-example")
    other = context.new_page()
    other.goto("/dashboard")
    expect(other.locator("#header-credits")).to_have_text("100 credits")
    page.locator("[data-job=large] button").click()
    expect(page.get_by_role("alert")).to_contain_text("Done for 100. 0 credits are left.")
    expect(page.locator("#header-credits")).to_have_text("0 credits")
    expect(other.locator("#header-credits")).to_have_text("0 credits")
    page.locator("[data-job=small] button").click()
    expect(page.get_by_role("alert")).to_contain_text("Not enough credits: 1 needed, 0 left.")


def test_a_protected_page_asks_to_sign_in_and_comes_back(page: Page, server: Server) -> None:
    email = new_customer(server)
    page.goto("/dashboard/my-orders")
    page.wait_for_url("**/sign-in?next=%2Fdashboard%2Fmy-orders**")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill("not this one at all")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("E-mail or password is wrong.")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/dashboard/my-orders")
    expect(page.get_by_text("No orders yet")).to_be_visible()


def test_signing_out_empties_the_tab_for_the_next_person(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server))
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.goto("/dashboard")
    page.wait_for_url("**/sign-in**")


def test_the_mail_of_the_sandbox_is_offered_and_brings_the_welcome_credits(page: Page, server: Server) -> None:
    come_in(page, server, new_customer(server, verified=False))
    page.get_by_role("link", name="Confirm now").click()
    page.get_by_role("link", name="Open the link in the mail").click()
    expect(page.get_by_role("heading", name="Your e-mail is confirmed")).to_be_visible()
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.locator("#header-credits")).to_have_text("100 credits")
