"""Stripe's API through its real SDK: what its errors become here, and the whole of a purchase at the sandbox."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nestpay.domain.errors import ProviderMissing, ProviderRefused, ProviderTrouble
from nestpay.domain.facts import CheckoutExpired, CheckoutPaid, CheckoutSubscribed, InvoicePaid
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.providers.base import CheckoutRequest, Coupon, NewPrice
from nestpay.providers.stripe.client import StripeProvider
from tests.sandbox.world import Served
from tests.stripe_edge import StripeEdge

METADATA = {"order_id": "o1", "user_id": "u1", "price_id": "p1", "plan_id": "x"}


# Errors, one by one


@pytest.fixture
def edge() -> Iterator[StripeEdge]:
    listening = StripeEdge()
    listening.start()
    yield listening
    listening.stop()


def provider_at(url: str, timeout: float = 5) -> StripeProvider:
    return StripeProvider(secret_key="sk_test_1", webhook_secrets=[], api_base=url, timeout_seconds=timeout)


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (404, {"code": "resource_missing", "param": "id"}, ProviderMissing),
        (400, {"code": "resource_missing", "param": "customer"}, ProviderMissing),
        (400, {"message": "No such luck"}, ProviderRefused),
        (402, {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}, ProviderRefused),
        (401, {"message": "Invalid API Key provided: sk_test_1"}, ProviderTrouble),
        (403, {"message": "not yours"}, ProviderTrouble),
        (429, {"message": "slow down"}, ProviderTrouble),
        (400, {"type": "idempotency_error", "message": "other parameters"}, ProviderTrouble),
        (500, {"type": "api_error"}, ProviderTrouble),
    ],
)
def test_each_error_of_stripes_is_one_of_ours(
    edge: StripeEdge, status: int, error: dict[str, Any], expected: type[ProviderTrouble]
) -> None:
    edge.refuse("/v1/subscriptions/sub_1", status, **error)
    with pytest.raises(ProviderTrouble) as told:
        provider_at(edge.url).retrieve_subscription("sub_1")
    assert type(told.value) is expected
    assert "sk_test" not in str(told.value)


def test_what_is_missing_is_named(edge: StripeEdge) -> None:
    edge.refuse("/v1/checkout/sessions/cs_1", 400, code="resource_missing", param="customer")
    with pytest.raises(ProviderMissing) as told:
        provider_at(edge.url).retrieve_checkout("cs_1")
    assert told.value.param == "customer"


def test_a_passing_failure_is_tried_again_and_nobody_hears_of_it(edge: StripeEdge) -> None:
    failures = [(500, {"error": {"type": "api_error"}})]
    customer = {"id": "cus_1", "object": "customer"}
    edge.makers["/v1/customers"] = lambda _: failures.pop() if failures else customer
    provider = provider_at(edge.url)
    assert provider.ensure_customer(user_id="u1", email="a@example.com", name="", idempotency_key="k") == "cus_1"
    assert [asked.key for asked in edge.calls("POST", "/v1/customers")] == ["k", "k"]


def test_a_provider_that_is_slow_or_gone_is_trouble(edge: StripeEdge) -> None:
    edge.delay = 0.4
    began = time.monotonic()
    with pytest.raises(ProviderTrouble):
        provider_at(edge.url, timeout=0.1).retrieve_subscription("sub_1")
    assert time.monotonic() - began < 10
    with pytest.raises(ProviderTrouble):
        provider_at("http://127.0.0.1:9").retrieve_subscription("sub_1")


def test_every_call_says_which_version_it_speaks_and_who_calls(edge: StripeEdge) -> None:
    edge.refuse("/v1/subscriptions/sub_1", 404, code="resource_missing")
    with pytest.raises(ProviderMissing):
        provider_at(edge.url).retrieve_subscription("sub_1")
    (asked,) = edge.asked
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert headers["stripe-version"] == "2026-10-28.endive"
    assert headers["authorization"] == "Bearer sk_test_1"


def test_tax_is_sent_when_it_is_switched_on(edge: StripeEdge) -> None:
    provider = StripeProvider(
        secret_key="sk_test_1", webhook_secrets=[], api_base=edge.url, automatic_tax=True, tax_id_collection=True
    )
    with pytest.raises(ProviderMissing):
        provider.create_checkout(wish("cus_1", "price_1"), idempotency_key="k")
    (asked,) = edge.asked
    assert asked.params["automatic_tax[enabled]"] == asked.params["tax_id_collection[enabled]"] == "true"
    assert asked.params["customer_update[address]"] == "auto"


# Against the sandbox, over HTTP


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.close()


@pytest.fixture
def stripe_provider(sandbox: Served) -> StripeProvider:
    return provider_at(f"{sandbox.site}/stripe")


def wish(customer_id: str, price_id: str, kind: PriceType = PriceType.ONE_TIME) -> CheckoutRequest:
    return CheckoutRequest(
        order_id="o1",
        customer_id=customer_id,
        provider_price_id=price_id,
        type=kind,
        quantity=1,
        success_url="http://127.0.0.1:8000/ok?session_id={CHECKOUT_SESSION_ID}",
        cancel_url="http://127.0.0.1:8000/no",
        locale="en",
        allow_codes=True,
        metadata=METADATA,
    )


def new_price(kind: PriceType, interval: Interval) -> NewPrice:
    return NewPrice(
        provider_product_id=None,
        plan_id="plan",
        plan_key="pro",
        plan_title="Pro",
        type=kind,
        interval=interval,
        interval_count=1,
        currency="usd",
        amount_minor=1900,
    )


@pytest.fixture
def buy(sandbox: Served, stripe_provider: StripeProvider) -> Callable[[PriceType, Interval], str]:
    """Make a customer and a price, open the page and pay there: gives the session's id."""

    def purchase(kind: PriceType, interval: Interval) -> str:
        provider = stripe_provider
        customer = provider.ensure_customer(user_id="u1", email="a@example.com", name="Ada", idempotency_key="c")
        price = provider.create_price(new_price(kind, interval), idempotency_key="p")
        page = provider.create_checkout(wish(customer, price.price_id, kind), idempotency_key="s")
        assert page.state == "open"
        assert sandbox.press(SimpleNamespace(id=page.session_id)).status_code < 400
        return page.session_id

    return purchase


def test_a_price_is_what_was_asked_for_and_can_be_verified(stripe_provider: StripeProvider) -> None:
    made = stripe_provider.create_price(new_price(PriceType.RECURRING, Interval.YEAR), idempotency_key="p")
    assert (made.type, made.interval, made.currency, made.amount_minor) == (
        PriceType.RECURRING,
        Interval.YEAR,
        "usd",
        1900,
    )
    assert stripe_provider.verify_price(made.price_id).price_id == made.price_id
    again = stripe_provider.create_price(new_price(PriceType.RECURRING, Interval.YEAR), idempotency_key="p")
    assert again.price_id == made.price_id
    with pytest.raises(ProviderMissing):
        stripe_provider.verify_price("price_nowhere")


def test_a_price_that_another_replaced_is_archived_and_that_twice_does_no_harm(
    stripe_provider: StripeProvider,
) -> None:
    made = stripe_provider.create_price(new_price(PriceType.RECURRING, Interval.MONTH), idempotency_key="p")
    for _ in range(2):
        stripe_provider.archive_price(made.price_id)
    found = stripe_provider.verify_price(made.price_id)
    assert (found.active, found.interval_count, found.is_live) == (False, 1, False)


def test_coupons_are_listed_with_what_they_take_off(edge: StripeEdge) -> None:
    half = {"id": "HALF", "object": "coupon", "name": "Half", "valid": True, "percent_off": 12.5, "amount_off": None}
    over = {"id": "OVER", "object": "coupon", "name": None, "valid": False, "amount_off": 500, "currency": "eur"}
    edge.things["/v1/coupons"] = {"object": "list", "url": "/v1/coupons", "has_more": False, "data": [half, over]}
    assert provider_at(edge.url).list_coupons() == [
        Coupon(coupon_id="HALF", name="Half", is_usable=True, percent="12.5"),
        Coupon(coupon_id="OVER", name="", is_usable=False, amount_minor=500, currency="eur"),
    ]


def test_the_same_intent_opens_the_same_page(stripe_provider: StripeProvider) -> None:
    customer = stripe_provider.ensure_customer(user_id="u", email="a@example.com", name="", idempotency_key="c")
    price = stripe_provider.create_price(new_price(PriceType.ONE_TIME, Interval.ONCE), idempotency_key="p")
    pages = [stripe_provider.create_checkout(wish(customer, price.price_id), idempotency_key="s") for _ in range(2)]
    assert pages[0].session_id == pages[1].session_id
    stripe_provider.expire_checkout(pages[0].session_id)
    expired = stripe_provider.retrieve_checkout(pages[0].session_id)
    assert (expired.state, [type(fact) for fact in expired.facts]) == ("expired", [CheckoutExpired])
    with pytest.raises(ProviderRefused):
        stripe_provider.expire_checkout(pages[0].session_id)


def test_a_customer_that_is_gone_is_missing_by_name(stripe_provider: StripeProvider) -> None:
    price = stripe_provider.create_price(new_price(PriceType.ONE_TIME, Interval.ONCE), idempotency_key="p")
    with pytest.raises(ProviderMissing) as told:
        stripe_provider.create_checkout(wish("cus_gone", price.price_id), idempotency_key="s")
    assert told.value.param == "customer"


def test_a_paid_purchase_proves_itself_in_one_look(
    stripe_provider: StripeProvider, buy: Callable[[PriceType, Interval], str]
) -> None:
    page = stripe_provider.retrieve_checkout(buy(PriceType.ONE_TIME, Interval.ONCE))
    (fact,) = page.facts
    assert page.state == "complete"
    assert isinstance(fact, CheckoutPaid)
    assert (fact.order_id, fact.user_id, fact.price_id) == ("o1", "u1", "p1")
    assert (fact.amounts.total, fact.amounts.currency) == (1900, "usd")
    assert fact.payment_intent_id


def test_a_first_subscription_proves_session_payment_and_state_in_one_look(
    stripe_provider: StripeProvider, buy: Callable[[PriceType, Interval], str]
) -> None:
    page = stripe_provider.retrieve_checkout(buy(PriceType.RECURRING, Interval.MONTH))
    session, invoice = page.facts
    assert isinstance(session, CheckoutSubscribed)
    assert isinstance(invoice, InvoicePaid)
    assert (invoice.subscription_id, invoice.order_id) == (session.subscription_id, "o1")
    assert invoice.payment_intent_id
    assert len(invoice.lines) == 1
    assert page.subscription is not None
    state = stripe_provider.retrieve_subscription(session.subscription_id)
    assert (state.status, state.order_id) == ("active", "o1")
    assert state.current_period_start == invoice.lines[0].period_start
    assert [each.subscription_id for each in stripe_provider.list_subscriptions(state.customer_id)] == [
        state.subscription_id
    ]
