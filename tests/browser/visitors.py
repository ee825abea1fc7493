"""What people do in a browser: get in, pay on the sandbox's page, read what the shop tells them."""

import secrets
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from playwright.sync_api import Page, expect

from nestpay.billing import accounts, credits
from nestpay.settings import reset_settings
from nestpay.store import session
from tests.billing.people import PASSWORD
from tests.infra.server import Server

Result = TypeVar("Result")


def new_customer(server: Server, *, verified: bool = True) -> str:
    """A fresh account in the server's own database, with its welcome credits; gives its address."""
    email = f"{secrets.token_hex(6)}@example.com"
    _in_its_database(server, lambda: _sign_up(email, verified=verified))
    return email


def come_in(tab: Page, server: Server, email: str, *, to: str = "/dashboard") -> None:
    """Sign in by a ticket, so that a story about something else depends on no form."""
    ticket = _in_its_database(server, lambda: accounts.sign_in(email, PASSWORD))
    tab.goto(f"/api/auth/session?ticket={quote(ticket)}&next={quote(to)}")


def choose(tab: Page, plan: str, interval: str = "month") -> None:
    """Press the button of a plan on the pricing page."""
    tab.locator(f".tab:has(input[value={interval}])").first.click()
    tab.locator(f"[data-plan={plan}]:visible a").first.click()


def pay(tab: Page, card: str = "success") -> None:
    """Fill in a test card on the sandbox's page and pay."""
    tab.wait_for_url("**/sandbox/stripe/checkout/**")
    tab.get_by_test_id(f"card-{card}").click()
    tab.get_by_test_id("pay").click()


def expect_paid(tab: Page) -> None:
    """The page of thanks, turned by itself."""
    expect(tab.locator("#payment")).to_have_attribute("data-stage", "paid")


def _sign_up(email: str, *, verified: bool) -> None:
    user = accounts.current_user(accounts.redeem_ticket(accounts.sign_up(email, PASSWORD, name="Ada")))
    link = accounts.sandbox_mail_link(email, "verify")
    assert user
    assert link
    if verified:
        accounts.verify_email(link.split("token=")[1])


def _in_its_database(server: Server, work: Callable[[], Result]) -> Result:
    reset_settings()
    session.connect(server.database_url)
    try:
        return work()
    finally:
        session.disconnect()


def credits_of(server: Server, email: str) -> int:
    """What an account can spend, by the server's own books."""

    def look() -> int:
        user = accounts.current_user(accounts.redeem_ticket(accounts.sign_in(email, PASSWORD)))
        assert user
        return credits.get_user_benefits(user.id).total_available_credits

    return _in_its_database(server, look)
