"""Checkout for clients other than our pages: for who is signed in, and only when the call is meant."""

from typing import Any

import pytest

from nestpay.api.app import build_api
from nestpay.api.auth import COOKIE
from nestpay.billing import accounts
from nestpay.settings import get_settings
from nestpay.store.tables import OrderRow
from tests import builders, stripe_objects
from tests.api.browser import Browser
from tests.shop import Shop

CHECKOUT, VERIFY = "/api/payment/checkout-session", "/api/payment/verify-success"


def visitor() -> Browser:
    return Browser(build_api())


def signed_in(email: str) -> tuple[Browser, str]:
    """A browser with the cookie of a fresh account, and the user's id."""
    token = accounts.redeem_ticket(accounts.sign_up(email, "a long enough one"))
    user = accounts.current_user(token)
    assert user is not None
    browser = visitor()
    browser.cookies.set(COOKIE, token)
    return browser, user.id


@pytest.fixture
def open_till(shop: Shop) -> Shop:
    """Stripe opens payment page `cs_1`, once an idempotency key."""

    def open_page(asked: Any) -> dict[str, Any]:
        page = stripe_objects.checkout_session(
            "cs_1", customer=asked.params["customer"], metadata={}, status="open", url="https://pay.example/cs_1"
        )
        shop.edge.things["/v1/checkout/sessions/cs_1"] = page
        return page

    shop.edge.makers["/v1/checkout/sessions"] = open_page
    shop.edge.makers["/v1/customers"] = lambda _: {"id": "cus_carol", "object": "customer"}
    return shop


def test_a_signed_in_customer_gets_the_page_to_pay_at(open_till: Shop) -> None:
    browser, user_id = signed_in("carol@example.com")
    answer = browser.post(CHECKOUT, json={"priceId": open_till.pack.id})
    (order,) = builders.rows_of(OrderRow, user_id=user_id)
    assert (answer.status_code, answer.json()) == (200, {"url": "https://pay.example/cs_1", "orderId": order.id})
    assert browser.post(CHECKOUT, json={"price_id": open_till.pack.id}).json() == answer.json()


def test_nobody_pays_without_signing_in(open_till: Shop) -> None:
    for browser in (visitor(), visitor()):
        browser.cookies.set(COOKIE, "forged")
        assert browser.post(CHECKOUT, json={"priceId": open_till.pack.id}).status_code == 401
    assert visitor().get(VERIFY, params={"session_id": "cs_1"}).status_code == 401
    assert builders.counts(OrderRow) == (0,)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_another_site_cannot_make_its_visitors_buy(open_till: Shop, headers: dict[str, str]) -> None:
    browser, user_id = signed_in("carol@example.com")
    body = f'{{"priceId": "{open_till.pack.id}"}}'
    answer = browser.post(CHECKOUT, content=body, headers={"content-type": "application/json", **headers})
    assert answer.status_code == 403
    assert builders.rows_of(OrderRow, user_id=user_id) == []


def test_our_own_pages_may_call(open_till: Shop) -> None:
    browser, _ = signed_in("carol@example.com")
    answer = browser.post(CHECKOUT, json={"priceId": open_till.pack.id}, headers={"origin": get_settings().origin})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ([], 422),
        ({"priceId": ""}, 422),
        ({"priceId": "x" * 101}, 422),
        ({"priceId": "nope"}, 404),
        ({"priceId": "\x00"}, 404),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(open_till: Shop, body: Any, status: int) -> None:
    browser, _ = signed_in("carol@example.com")
    assert browser.post(CHECKOUT, json=body).status_code == status
    assert builders.counts(OrderRow) == (0,)


def test_when_the_payment_company_is_out_of_reach_it_says_so(open_till: Shop) -> None:
    open_till.edge.refuse("/v1/checkout/sessions", 401, message="no")
    browser, _ = signed_in("carol@example.com")
    answer = browser.post(CHECKOUT, json={"priceId": open_till.pack.id})
    assert (answer.status_code, answer.json()["key"]) == (502, "errors.provider_trouble")


def test_what_became_of_a_checkout_is_asked_at_the_provider(open_till: Shop) -> None:
    browser, _ = signed_in("carol@example.com")
    browser.post(CHECKOUT, json={"priceId": open_till.pack.id})
    page = open_till.edge.things["/v1/checkout/sessions/cs_1"]
    before = browser.get(VERIFY, params={"session_id": "cs_1"}).json()
    assert (before["success"], before["state"]) == (False, "confirming")
    page |= {"status": "complete", "payment_status": "paid"}
    after = browser.get(VERIFY, params={"session_id": "cs_1"}).json()
    assert (after["success"], after["state"], after["credits"], after["plan_title"]) == (
        True,
        "paid",
        500,
        "500 credits",
    )


def test_somebody_elses_or_an_unknown_session_is_not_found(open_till: Shop) -> None:
    browser, _ = signed_in("carol@example.com")
    browser.post(CHECKOUT, json={"priceId": open_till.pack.id})
    eve, _ = signed_in("eve@example.com")
    for session_id in ("cs_1", "cs_unknown", "\x00"):
        answer = eve.get(VERIFY, params={"session_id": session_id})
        assert (answer.status_code, answer.json()["key"]) == (404, "errors.not_found")
