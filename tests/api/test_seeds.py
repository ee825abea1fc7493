"""The five documents' endpoints, each asked with the document's own example request."""

import json
from typing import Any

from nestpay.api.app import build_api
from nestpay.api.auth import COOKIE
from nestpay.billing import accounts
from nestpay.domain.orders import OrderStatus
from nestpay.settings import get_settings
from nestpay.store.tables import OrderRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.api.browser import Browser
from tests.api.program import Program
from tests.billing.sandbox_house import House

CHECKOUTS = ["/api/payment/checkout-session", "/api/stripe/checkout-session", "/api/create-checkout"]
CHECKOUTS += ["/stripe-checkout", "/functions/v1/stripe-checkout"]
WEBHOOKS = ["/stripe-webhook", "/functions/v1/stripe-webhook"]


def at_stripe(house: House, plan: str, interval: str = "month") -> str:
    """The id that the documents call `price_xxx`."""
    return house.prices[plan, interval].provider_price_id or ""


def ordered(url: str) -> str:
    """The price of the order that waits for this payment page."""
    (order,) = [row for row in builders.rows_of(OrderRow) if row.checkout_url == url]
    return order.price_id


# Checkout


def test_every_documents_checkout_route_leads_to_the_payment_page(house: House, program: Program) -> None:
    answers = [program.post(path, {"priceId": at_stripe(house, "pro")}) for path in CHECKOUTS]
    assert [answer.status_code for answer in answers] == [200] * len(CHECKOUTS)
    (url,) = {answer.json()["url"] for answer in answers}
    assert "/checkout/cs_" in url
    assert ordered(url) == house.price("pro")


def test_the_starters_examples_lead_to_the_price_that_is_meant(house: House, program: Program) -> None:
    monthly = program.post("/api/create-checkout", {"priceId": at_stripe(house, "pro"), "billingCycle": "monthly"})
    assert ordered(monthly.json()["url"]) == house.price("pro")
    plan_id = house.prices["pro", "month"].plan_id
    yearly = program.post("/api/create-checkout", {"planId": plan_id, "billingCycle": "yearly"})
    assert ordered(yearly.json()["url"]) == house.price("pro", "year")


def test_scalerockets_example_says_the_mode_and_it_must_fit(house: House, program: Program) -> None:
    price = at_stripe(house, "pro")
    assert program.post("/stripe-checkout", {"priceId": price, "mode": "subscription"}).status_code == 200
    refused = program.post("/stripe-checkout", {"priceId": price, "mode": "payment"})
    assert (refused.status_code, refused.json()["key"]) == (422, "errors.refused")
    pack = at_stripe(house, "credits-500", "once")
    assert program.post("/stripe-checkout", {"priceId": pack, "mode": "payment"}).status_code == 200


def test_nextys_creem_names_are_understood_too(house: House, program: Program) -> None:
    product = house.prices["credits-500", "once"].provider_product_id
    assert program.post("/api/payment/checkout-session", {"creemProductId": product}).status_code == 200
    answer = program.post("/api/payment/checkout-session", {"plan": "pro", "recurringInterval": "every-year"})
    assert ordered(answer.json()["url"]) == house.price("pro", "year")


SENSELESS: list[tuple[Any, int]] = [
    ({}, 422),
    ({"planId": "pro"}, 422),
    ({"planId": "pro", "billingCycle": "weekly"}, 422),
    ({"planId": "pro", "billingCycle": "once"}, 422),
    ({"planId": "nobody's", "billingCycle": "monthly"}, 404),
    ({"priceId": "price_xxx", "billingCycle": "monthly"}, 404),
    ({"priceId": ["price_xxx"]}, 422),
    ({"priceId": "price_xxx", "mode": "setup"}, 422),
]


def test_a_checkout_that_names_no_one_price_is_refused(house: House, program: Program) -> None:
    for body, status in SENSELESS:
        answer = program.post("/api/create-checkout", body)
        assert (body, answer.status_code) == (body, status)
        assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_paid_is_verified_under_nextys_path(house: House, program: Program) -> None:
    house.subscribe()
    (order,) = builders.rows_of(OrderRow)
    answer = program.get("/api/payment/verify-success", session_id=order.provider_session_id)
    assert (answer.json()["success"], answer.json()["plan_title"]) == (True, "Pro")
    assert program.get("/api/payment/verify-success", checkout_id=order.provider_session_id).json()["success"]
    assert program.get("/api/payment/verify-success").status_code == 404


# Subscriptions and payments


def test_the_starters_list_shows_the_subscription_with_its_plan(house: House, program: Program) -> None:
    assert program.get("/api/subscriptions").json() == {"subscriptions": [], "subscription": None}
    row = house.subscribe()
    answer = program.get("/api/subscriptions").json()
    assert [each["id"] for each in answer["subscriptions"]] == [row.id]
    held = answer["subscription"]
    assert (held["status"], held["plan"]["name"], held["isPaid"], held["interval"]) == ("active", "Pro", True, "month")
    assert held["stripeSubscriptionId"] == row.provider_subscription_id


def test_the_starters_way_to_cancel_ends_it_with_its_period(house: House, program: Program) -> None:
    row = house.subscribe()
    answer = program.delete(f"/api/subscriptions/{row.id}")
    assert (answer.status_code, answer.json()["status"], answer.json()["isPaid"]) == (200, "active", True)
    assert house.held().cancels_at is not None
    assert program.delete(f"/api/subscriptions/{row.provider_subscription_id}").status_code == 200


def test_nobody_cancels_what_is_not_theirs(house: House, program: Program) -> None:
    row = house.subscribe()
    bob, _ = signed_in("bob@example.com")
    assert bob.delete(f"/api/subscriptions/{row.id}").status_code == 404
    assert Program().delete(f"/api/subscriptions/{row.id}").status_code == 401
    assert house.held().cancels_at is None


def test_payments_come_newest_first_in_minor_units(house: House, program: Program) -> None:
    for amount in (900, 1900):
        order = {"amount_total": amount, "status": OrderStatus.SUCCEEDED}
        builders.add_order(house.user_id, house.prices["credits-500", "once"], **order)
    first = program.get("/api/payments", limit=1).json()
    second = program.get("/api/payments", limit=1, after=first["next"]).json()
    found = first["payments"] + second["payments"]
    assert [(each["amount"], each["currency"], each["amountText"]) for each in found] == [
        (1900, "usd", "$19.00"),
        (900, "usd", "$9.00"),
    ]


# ScaleRocket's portal and webhook


def test_scalerockets_portal_leads_back_to_a_page_of_ours_only(house: House, program: Program) -> None:
    house.subscribe()
    back = f"{get_settings().site_url}/dashboard/settings"
    for path in ("/stripe-portal", "/functions/v1/stripe-portal"):
        assert program.post(path, {"returnUrl": back}).json()["url"].startswith("http")
        assert program.post(path, {}).status_code == 200
    for foreign in ("https://evil.example/dashboard", "//evil.example", "http://[", "javascript:alert(1)"):
        assert program.post("/stripe-portal", {"returnUrl": foreign}).status_code == 422


def test_scalerockets_webhook_takes_stripes_events(house: House) -> None:
    raw, headers = stripe_objects.delivery(stripe_objects.event("price.teleported", {"id": "p", "pad": "x" * 100_000}))
    taker = Browser(build_api())
    first, again = (taker.post(path, content=raw, headers=headers).json() for path in WEBHOOKS)
    assert (first, again["duplicate"]) == ({"received": True, "duplicate": False}, True)
    assert taker.post(WEBHOOKS[0], content=raw + b" ", headers=headers).status_code == 400
    assert builders.counts(WebhookEventRow) == (1,)


# Browsers


def signed_in(email: str) -> tuple[Browser, str]:
    """A browser with the cookie of a fresh account, and the user's id."""
    token = accounts.redeem_ticket(accounts.sign_up(email, "a long enough one"))
    user = accounts.current_user(token)
    assert user is not None
    browser = Browser(build_api())
    browser.cookies.set(COOKIE, token)
    return browser, user.id


def test_no_other_site_cancels_for_its_visitors(house: House) -> None:
    carol, user_id = signed_in("carol@example.com")
    row = house.subscribe(user_id=user_id)
    for headers in ({"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert carol.delete(f"/api/subscriptions/{row.id}", headers=headers).status_code == 403
    assert house.held(user_id).cancels_at is None
    assert carol.delete(f"/api/subscriptions/{row.id}", headers={"origin": get_settings().origin}).status_code == 200


def test_a_body_that_is_too_large_is_read_no_further(house: House, program: Program) -> None:
    large = json.dumps({"priceId": "x" * 70_000})
    for path in ("/api/create-checkout", "/stripe-portal", "/api/v1/credits/deduct"):
        answer = program.post(path, content=large)
        assert (answer.status_code, answer.json()["key"]) == (413, "errors.body_too_large")
