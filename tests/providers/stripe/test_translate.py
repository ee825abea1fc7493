"""Stripe's events, built by its own SDK, become our facts; what we do not know means nothing and breaks nothing."""

import json
import re
from datetime import UTC, datetime
from inspect import getsource
from typing import Any

import pytest
import stripe

from nestpay.domain.errors import MalformedEvent
from nestpay.domain.facts import (
    Amounts,
    BillingReason,
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    CheckoutProcessing,
    CheckoutSubscribed,
    Fact,
    InvoicePaid,
    SubscriptionChanged,
)
from nestpay.providers.stripe import translate
from nestpay.providers.stripe.signature import read_event
from tests import stripe_objects
from tests.stripe_objects import FEBRUARY, JANUARY

METADATA = {"order_id": "o1", "user_id": "u1", "price_id": "p1", "plan_id": "x"}
FIRST, SECOND = datetime(2027, 1, 31, tzinfo=UTC), datetime(2027, 2, 28, tzinfo=UTC)


def facts_of(kind: str, thing: dict[str, Any]) -> tuple[Fact, ...]:
    """What an event means, after it went over the wire."""
    return translate.translate(read_event(json.dumps(stripe_objects.event(kind, thing))))


def session(**fields: Any) -> dict[str, Any]:
    return stripe_objects.checkout_session("cs_1", **{"customer": "cus_1", "metadata": METADATA, **fields})


def invoice(**fields: Any) -> dict[str, Any]:
    known = {"customer": "cus_1", "subscription": "sub_1", "price": "price_1", "metadata": METADATA}
    return stripe_objects.paid_invoice("in_1", **{**known, **fields})


@pytest.mark.parametrize("kind", ["completed", "async_payment_succeeded"])
def test_a_paid_session_is_money_that_arrived(kind: str) -> None:
    (fact,) = facts_of(f"checkout.session.{kind}", session())
    assert isinstance(fact, CheckoutPaid)
    assert (fact.session_id, fact.customer_id, fact.payment_intent_id) == ("cs_1", "cus_1", "pi_of_cs_1")
    assert (fact.order_id, fact.user_id, fact.price_id) == ("o1", "u1", "p1")
    assert fact.amounts == Amounts(subtotal=900, discount=0, tax=0, total=900, currency="usd")


def test_discount_and_tax_of_a_session_are_kept_apart() -> None:
    details = {"amount_discount": 100, "amount_tax": 160, "amount_shipping": 0}
    (fact,) = facts_of("checkout.session.completed", session(amount_total=960, total_details=details))
    assert isinstance(fact, CheckoutPaid)
    assert fact.amounts == Amounts(subtotal=900, discount=100, tax=160, total=960, currency="usd")


def test_a_session_of_zero_dollars_counts_as_paid() -> None:
    free = session(payment_status="no_payment_required", payment_intent=None, amount_total=0)
    (fact,) = facts_of("checkout.session.completed", free)
    assert isinstance(fact, CheckoutPaid)
    assert fact.payment_intent_id is None


def test_a_completed_session_without_money_yet_is_processing() -> None:
    assert [type(fact) for fact in facts_of("checkout.session.completed", session(payment_status="unpaid"))] == [
        CheckoutProcessing
    ]


def test_a_session_that_only_saved_a_card_sold_nothing() -> None:
    saved = session(mode="setup", payment_status="no_payment_required", amount_total=None, amount_subtotal=None)
    assert facts_of("checkout.session.completed", saved) == ()


@pytest.mark.parametrize(("kind", "fact"), [("async_payment_failed", CheckoutFailed), ("expired", CheckoutExpired)])
def test_a_session_may_end_unpaid(kind: str, fact: type[Fact]) -> None:
    assert [type(each) for each in facts_of(f"checkout.session.{kind}", session(payment_status="unpaid"))] == [fact]


def test_a_subscriptions_session_ties_order_and_subscription_together() -> None:
    thing = stripe_objects.subscription_session("cs_1", "sub_1", customer="cus_1", metadata=METADATA)
    (fact,) = facts_of("checkout.session.completed", thing)
    assert isinstance(fact, CheckoutSubscribed)
    assert (fact.session_id, fact.subscription_id, fact.order_id) == ("cs_1", "sub_1", "o1")


def test_the_reference_names_the_user_when_metadata_does_not() -> None:
    (fact,) = facts_of("checkout.session.completed", session(metadata={}, client_reference_id="u7"))
    assert isinstance(fact, CheckoutPaid)
    assert (fact.user_id, fact.order_id) == ("u7", None)


def test_ids_are_found_in_expanded_objects_too() -> None:
    (fact,) = facts_of("checkout.session.completed", session(customer={"id": "cus_1", "object": "customer"}))
    assert isinstance(fact, CheckoutPaid)
    assert fact.customer_id == "cus_1"


# Invoices


@pytest.mark.parametrize("kind", ["invoice.paid", "invoice.payment_succeeded"])
def test_a_paid_invoice_says_what_is_paid_for_until_when(kind: str) -> None:
    (fact,) = facts_of(kind, invoice())
    assert isinstance(fact, InvoicePaid)
    assert (fact.invoice_id, fact.subscription_id, fact.customer_id) == ("in_1", "sub_1", "cus_1")
    assert (fact.payment_intent_id, fact.reason) == ("pi_of_in_1", BillingReason.SUBSCRIPTION_CREATE)
    assert (fact.order_id, fact.user_id, fact.price_id) == ("o1", "u1", "p1")
    (line,) = fact.lines
    assert (line.provider_price_id, line.provider_product_id, line.quantity) == ("price_1", "prod_of_price_1", 1)
    assert (line.period_start, line.period_end, line.proration) == (FIRST, SECOND, False)


def test_discounts_and_taxes_of_an_invoice_are_summed() -> None:
    sums = {"total_discount_amounts": [{"amount": 100}, {"amount": 50}], "total_taxes": [{"amount": 30}]}
    (fact,) = facts_of("invoice.paid", invoice(**sums, total=1780))
    assert isinstance(fact, InvoicePaid)
    assert fact.amounts == Amounts(subtotal=1900, discount=150, tax=30, total=1780, currency="usd")


def test_an_invoice_in_the_shape_before_basil_means_the_same() -> None:
    old = invoice()
    for name in ("parent", "payments", "total_taxes"):
        del old[name]
    line = {
        "id": "il_1",
        "object": "line_item",
        "amount": 1900,
        "quantity": 1,
        "proration": False,
        "period": {"start": JANUARY, "end": FEBRUARY},
        "price": {"id": "price_1", "product": "prod_of_price_1"},
    }
    old |= {"subscription": "sub_1", "subscription_details": {"metadata": METADATA}, "payment_intent": "pi_of_in_1"}
    old |= {"total_tax_amounts": [], "lines": {"object": "list", "data": [line]}}
    (now,), (then,) = facts_of("invoice.paid", invoice()), facts_of("invoice.paid", old)
    assert isinstance(now, InvoicePaid)
    assert isinstance(then, InvoicePaid)
    assert {**_plain(then), "at": None} == {**_plain(now), "at": None}


def _plain(fact: InvoicePaid) -> dict[str, Any]:
    return {name: getattr(fact, name) for name in InvoicePaid.__dataclass_fields__}


def test_a_reason_of_the_future_is_another_reason() -> None:
    (fact,) = facts_of("invoice.paid", invoice(billing_reason="subscription_teleport"))
    assert isinstance(fact, InvoicePaid)
    assert fact.reason is BillingReason.OTHER


def test_an_invoice_for_no_subscription_names_none() -> None:
    (fact,) = facts_of("invoice.paid", invoice(subscription=None))
    assert isinstance(fact, InvoicePaid)
    assert fact.subscription_id is None


# Subscriptions


@pytest.mark.parametrize("kind", ["created", "updated", "deleted", "paused", "resumed"])
def test_what_can_be_overtaken_only_says_whose_state_to_read_again(kind: str) -> None:
    thing = stripe_objects.subscription("sub_1", customer="cus_1", price="price_1", status="past_due")
    (fact,) = facts_of(f"customer.subscription.{kind}", thing)
    assert isinstance(fact, SubscriptionChanged)
    assert (fact.subscription_id, fact.customer_id) == ("sub_1", "cus_1")


def test_a_subscriptions_period_is_found_on_its_item_and_in_the_older_place() -> None:
    now = stripe_objects.subscription("sub_1", customer="cus_1", price="price_1", metadata=METADATA)
    old = json.loads(json.dumps(now))
    for name in ("current_period_start", "current_period_end"):
        old[name] = old["items"]["data"][0].pop(name)
    for thing in (now, old):
        state = translate.subscription_state(thing)
        assert (state.current_period_start, state.current_period_end) == (FIRST, SECOND)
        assert (state.order_id, state.user_id, state.provider_price_id) == ("o1", "u1", "price_1")


# What we do not know, and what is missing


def test_unknown_types_mean_nothing_whatever_they_hold() -> None:
    for kind in ("price.teleported", "customer.tax_id.created", "v2.core.account.updated", ""):
        assert translate.translate(read_event(json.dumps(stripe_objects.event(kind or "x", {"id": "a"})))) == ()


def test_every_type_we_read_is_one_that_stripe_sends() -> None:
    sent = set(re.findall(r'"([a-z_.]+)"', getsource(stripe.Event)))
    assert set(translate._READERS) - {"charge.refund.updated"} <= sent


NEEDED = {
    "checkout.session.completed": (session(), ["id", "mode", "payment_status", "amount_total", "currency"]),
    "checkout.session.expired": (session(status="expired"), ["id"]),
    "invoice.paid": (invoice(), ["id", "lines", "subtotal", "total", "currency"]),
    "customer.subscription.updated": (
        stripe_objects.subscription("sub_1", customer="cus_1", price="price_1"),
        ["id"],
    ),
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, (_, names) in NEEDED.items() for name in names])
def test_a_missing_field_is_named_and_nothing_is_guessed(kind: str, name: str) -> None:
    thing = {field: value for field, value in NEEDED[kind][0].items() if field != name}
    with pytest.raises(MalformedEvent, match=name):
        facts_of(kind, thing)


@pytest.mark.parametrize("wrong", [None, 5, "text", [], {"data": 5}, {"data": [5]}, {"data": [{"period": {}}]}])
def test_lines_that_are_no_lines_are_refused(wrong: Any) -> None:
    with pytest.raises(MalformedEvent):
        facts_of("invoice.paid", {**invoice(), "lines": wrong})


def test_an_instant_that_no_calendar_holds_is_refused() -> None:
    line = stripe_objects.invoice_line("price_1", end=10**18)
    with pytest.raises(MalformedEvent):
        facts_of("invoice.paid", invoice(lines={"data": [line]}))
