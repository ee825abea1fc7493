"""Promotion codes on the checkout page: what they take off, and why they are refused."""

from typing import Any

import pytest
import stripe

from tests.sandbox.world import Served


def code(sandbox: Served, text: str, coupon: dict[str, Any] | None = None, **more: Any) -> stripe.PromotionCode:
    """A promotion code for a coupon of a quarter off, or of another kind."""
    made = sandbox.client.coupons.create({"percent_off": 25} if coupon is None else coupon)
    params: dict[str, Any] = {"promotion": {"type": "coupon", "coupon": made.id}, "code": text, **more}
    return sandbox.client.promotion_codes.create(params)


def typed(sandbox: Served, session: Any, text: str) -> str:
    """The page after typing a code into its box."""
    answer = sandbox.press(session, "promo-apply", code=text)
    return sandbox.browser.get(answer.headers["location"]).text if answer.is_redirect else answer.text


def test_a_code_is_applied_whatever_its_case_and_removed_again(sandbox: Served) -> None:
    promotion = code(sandbox, "LAUNCH25")
    session = sandbox.session(sandbox.price(2000, interval=None), allow_promotion_codes=True)
    assert "$15.00" in typed(sandbox, session, " launch25 ")
    changed = sandbox.reread(session, "total_details.breakdown")
    assert (changed.amount_subtotal, changed.amount_total) == (2000, 1500)
    assert changed.discounts[0].promotion_code == promotion.id
    assert changed.total_details.breakdown.discounts[0].amount == 500
    sandbox.press(session, "promo-remove")
    assert sandbox.reread(session).amount_total == 2000
    typed(sandbox, session, "LAUNCH25")
    sandbox.press(session)
    assert sandbox.reread(session, "payment_intent").payment_intent.amount == 1500
    assert sandbox.client.promotion_codes.retrieve(promotion.id).times_redeemed == 1


def test_a_subscription_keeps_its_discount(sandbox: Served) -> None:
    promotion = code(sandbox, "HALF", {"percent_off": 50, "duration": "repeating", "duration_in_months": 3})
    session = sandbox.session(sandbox.price(2900), allow_promotion_codes=True)
    typed(sandbox, session, "HALF")
    sandbox.press(session)
    subscription = sandbox.reread(session, "subscription.discounts", "subscription.latest_invoice").subscription
    discount = subscription.discounts[0]
    assert (discount.promotion_code, discount.source.type, discount.subscription) == (
        promotion.id,
        "coupon",
        subscription.id,
    )
    assert discount.end > discount.start + 80 * 86400
    assert subscription.latest_invoice.total == 1450
    assert subscription.latest_invoice.total_discount_amounts[0].amount == 1450


def test_codes_that_cannot_be_used_are_refused_with_a_reason(sandbox: Served) -> None:
    other = sandbox.client.customers.create()
    code(sandbox, "PAST", expires_at=1)
    code(sandbox, "OTHERS", customer=other.id)
    code(sandbox, "BIG", restrictions={"minimum_amount": 5000, "minimum_amount_currency": "usd"})
    code(sandbox, "EURO", {"amount_off": 500, "currency": "eur"})
    product = sandbox.client.products.create({"name": "Other"})
    code(sandbox, "ELSEWHERE", {"percent_off": 25, "applies_to": {"products": [product.id]}})
    off = code(sandbox, "OFF")
    sandbox.client.promotion_codes.update(off.id, {"active": False})
    session = sandbox.session(sandbox.price(2000, interval=None), allow_promotion_codes=True)
    for text, reason in {
        "NONSENSE": "This code is invalid.",
        "PAST": "This code has expired.",
        "OTHERS": "This code belongs to another customer.",
        "BIG": "This code needs a purchase of at least $50.00.",
        "EURO": "This code only works for purchases in EUR.",
        "ELSEWHERE": "This code does not work for what is in your cart.",
        "OFF": "This code is no longer active.",
    }.items():
        assert reason in typed(sandbox, session, text)
    assert sandbox.reread(session).amount_total == 2000


def test_a_refused_code_leaves_the_one_before_it_in_place(sandbox: Served) -> None:
    code(sandbox, "GOOD")
    session = sandbox.session(sandbox.price(2000, interval=None), allow_promotion_codes=True)
    typed(sandbox, session, "GOOD")
    typed(sandbox, session, "NONSENSE")
    assert sandbox.reread(session).amount_total == 1500


def test_a_code_for_first_purchases_works_once_a_customer(sandbox: Served) -> None:
    code(sandbox, "FIRST", restrictions={"first_time_transaction": True})
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    for works in (True, False):
        session = sandbox.session(sandbox.price(2000, interval=None), allow_promotion_codes=True, customer=customer.id)
        assert ("only for first purchases" not in typed(sandbox, session, "FIRST")) == works
        sandbox.press(session)


def test_a_code_that_is_used_up_stops(sandbox: Served) -> None:
    code(sandbox, "ONCE", max_redemptions=1)
    session = sandbox.session(sandbox.price(2000, interval=None), allow_promotion_codes=True)
    typed(sandbox, session, "ONCE")
    sandbox.press(session)
    again = sandbox.session(sandbox.price(2000, interval=None), allow_promotion_codes=True)
    assert "no longer active" in typed(sandbox, again, "ONCE")


def test_a_page_without_codes_has_no_box(sandbox: Served) -> None:
    code(sandbox, "LAUNCH25")
    session = sandbox.session(sandbox.price())
    assert "promo-code" not in sandbox.page(session)
    typed(sandbox, session, "LAUNCH25")
    assert sandbox.reread(session).amount_total == 2900


def test_the_api_refuses_a_code_that_cannot_be_used(sandbox: Served) -> None:
    promotion = code(sandbox, "BIG", restrictions={"minimum_amount": 5000, "minimum_amount_currency": "usd"})
    customer = sandbox.client.customers.create()
    card = sandbox.client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    price = sandbox.price()
    params: dict[str, Any] = {"customer": customer.id, "discounts": [{"promotion_code": promotion.id}]}
    with pytest.raises(stripe.InvalidRequestError, match="at least"):
        sandbox.session(price, **params)
    params |= {"items": [{"price": price.id}], "default_payment_method": card.id}
    with pytest.raises(stripe.InvalidRequestError, match="at least"):
        sandbox.client.subscriptions.create(params)


def test_two_active_codes_cannot_share_their_text(sandbox: Served) -> None:
    code(sandbox, "LAUNCH25")
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        code(sandbox, "launch25")
    listed = sandbox.client.promotion_codes.list({"code": "launch25", "active": True})
    assert len(listed.data) == 1
