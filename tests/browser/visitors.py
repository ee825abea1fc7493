"""What people do in a browser: get in, pay on the sandbox's page, read what the shop tells them."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from nestpay.billing import accounts, credits, links, views
from nestpay.billing.views import OrderRow
from nestpay.providers.stripe.client import StripeProvider
from nestpay.settings import reset_settings
from nestpay.store import events, session
from nestpay.store.events import Arrival, Failure
from nestpay.store.tables import EmailRow, PlanRow, PriceRecord
from nestpay.store.tables import OrderRow as StoredOrder
from tests.billing.people import PASSWORD
from tests.infra.server import Server

Result = TypeVar("Result")


def new_customer(server: Server, *, verified: bool = True, email: str = "") -> str:
    """A fresh account in the server's own database, with its welcome credits; gives its address."""
    email = email or f"{secrets.token_hex(6)}@example.com"
    _in_its_database(server, lambda: _sign_up(email, verified=verified))
    return email


def new_admin(server: Server) -> str:
    """A fresh admin in the server's own database; gives the address."""
    email = f"{secrets.token_hex(6)}@example.com"
    _in_its_database(server, lambda: accounts.add_admin(email, PASSWORD))
    return email


def keep_as_failed(server: Server, event: dict[str, Any]) -> None:
    """Put a provider's event into the inbox as one that failed and is not tried again today."""

    def keep() -> None:
        provider = StripeProvider(secret_key="sk_test_x", webhook_secrets=[], api_base=server.url)
        now = datetime.now(UTC)
        arrival = Arrival(provider.parse_event(json.dumps(event)), events.FAILED, Failure("the database was away"))
        with session.transaction() as books:
            events.insert_new(books, [arrival], now, now + timedelta(days=1))

    _in_its_database(server, keep)


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

    return _in_its_database(server, lambda: credits.get_user_benefits(_user_id(email)).total_available_credits)


def subscribe(tab: Page, server: Server, plan: str = "pro", interval: str = "month") -> str:
    """A new customer who has just paid for a plan, on the page of the subscription; gives the address."""
    email = new_customer(server)
    come_in(tab, server, email, to="/pricing")
    choose(tab, plan, interval)
    pay(tab)
    expect_paid(tab)
    tab.goto("/dashboard/subscription")
    expect(tab.get_by_role("link", name="Change plan")).to_be_visible()
    return email


def begin_checkout(tab: Page, server: Server, plan: str, interval: str) -> None:
    """From a price to the payment page without a page of ours: for servers that were started without any."""
    answer = tab.request.post("/api/payment/checkout-session", data={"priceId": price_in(server, plan, interval)})
    assert answer.ok, answer.text()
    tab.goto(answer.json()["url"])


def orders_in(server: Server, email: str) -> list[OrderRow]:
    """An account's orders, the newest first."""
    return _in_its_database(server, lambda: list(views.orders_of(_user_id(email)).rows))


def payment_of(server: Server, order_id: str) -> str:
    """The provider's payment behind an order."""

    def look() -> str:
        with session.reading() as books:
            order = books.get(StoredOrder, order_id)
            return (order.provider_payment_intent_id if order else None) or ""

    return _in_its_database(server, look)


def price_in(server: Server, plan: str, interval: str) -> str:
    """The id of a price at Stripe in the server's own catalogue."""

    def look() -> str:
        with session.reading() as books:
            sold = select(PriceRecord.id).join(PlanRow, col(PlanRow.id) == col(PriceRecord.plan_id))
            wanted = sold.where(PlanRow.key == plan, PriceRecord.interval == interval)
            return books.exec(wanted.where(PriceRecord.provider == "stripe", PriceRecord.active)).one()

    return _in_its_database(server, look)


def invitation_to(server: Server, email: str) -> str:
    """Where the newest mail that promises a seat to this address leads."""

    def look() -> str:
        with session.reading() as books:
            query = select(EmailRow).where(EmailRow.recipient == email, EmailRow.template == "seat_invitation")
            mail = books.exec(query.order_by(col(EmailRow.created_at).desc())).first()
            assert mail
            return links.path_in(mail) or ""

    return _in_its_database(server, look)


def lever(server: Server, name: str, **given: object) -> None:
    """Pull a lever of the sandbox, as a bank or the company's staff would."""
    httpx.post(f"{server.url}/sandbox/stripe-controls/{name}", json=given).raise_for_status()


def _user_id(email: str) -> str:
    user = accounts.current_user(accounts.redeem_ticket(accounts.sign_in(email, PASSWORD)))
    assert user
    return user.id
