"""What Creem's events and objects mean in our words, the sloppy ones among them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from nestpay.domain.errors import MalformedEvent
from nestpay.domain.facts import (
    Amounts,
    BillingReason,
    CheckoutPaid,
    CheckoutProcessing,
    CheckoutSubscribed,
    Disputed,
    Fact,
    InvoicePaid,
    PaymentFailed,
    PaymentLinked,
    PaymentMade,
    Refunded,
    SubscriptionChanged,
)
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.providers.creem import shapes
from nestpay.providers.creem.signature import read_event
from nestpay.providers.creem.translate import subscription_state, translate
from tests import creem_edge

JANUARY = datetime(2027, 1, 31, 10, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 28, 10, tzinfo=UTC)


def facts_of(kind: str, thing: dict[str, Any]) -> tuple[Fact, ...]:
    return translate(read_event(json.dumps(creem_edge.event(kind, thing)), is_live=False))


def test_a_completed_purchase_is_money_that_arrived() -> None:
    (fact,) = facts_of("checkout.completed", creem_edge.checkout())
    assert isinstance(fact, CheckoutPaid)
    assert fact.amounts == Amounts(subtotal=900, discount=0, tax=0, total=900, currency="usd")
    assert (fact.session_id, fact.payment_intent_id, fact.invoice_id) == ("ch_1", "tran_1", "ord_1")
    assert (fact.order_id, fact.user_id, fact.price_id, fact.customer_id) == ("o1", "u1", "p1", "cust_1")


def test_an_order_that_is_not_paid_yet_is_on_its_way() -> None:
    order = {**creem_edge.checkout()["order"], "status": "pending"}
    (fact,) = facts_of("checkout.completed", creem_edge.checkout(order=order))
    assert isinstance(fact, CheckoutProcessing)


def test_a_completed_checkout_of_a_subscription_grants_nothing() -> None:
    thing = creem_edge.checkout(product=creem_edge.product(), subscription={"id": "sub_1", "status": "active"})
    (fact,) = facts_of("checkout.completed", thing)
    assert isinstance(fact, CheckoutSubscribed)
    assert fact.subscription_id == "sub_1"


@pytest.mark.parametrize("kind", ["active", "update", "canceled", "scheduled_cancel", "expired", "paused"])
def test_what_is_said_of_a_subscription_asks_us_to_read_it(kind: str) -> None:
    (fact,) = facts_of(f"subscription.{kind}", creem_edge.subscription())
    assert isinstance(fact, SubscriptionChanged)
    assert fact.subscription_id == "sub_1"


def test_a_first_payment_is_an_invoice_with_what_was_really_paid() -> None:
    fact, changed = facts_of("subscription.paid", creem_edge.subscription())
    assert isinstance(fact, InvoicePaid)
    assert fact.reason is BillingReason.SUBSCRIPTION_CREATE
    assert fact.amounts == Amounts(subtotal=1900, discount=100, tax=200, total=2000, currency="usd")
    assert (fact.invoice_id, fact.payment_intent_id, fact.order_id) == ("tran_1", "tran_1", "o1")
    (line,) = fact.lines
    assert (line.provider_price_id, line.period_start, line.period_end) == ("prod_pro", JANUARY, FEBRUARY)
    assert isinstance(changed, SubscriptionChanged), "as no other event tells that the period moved on"


def test_a_later_payment_is_a_renewal() -> None:
    later = creem_edge.subscription(current_period_start_date="2027-02-28T10:00:00Z", last_transaction_id="tran_2")
    fact, _ = facts_of("subscription.paid", {**later, "last_transaction": None})
    assert isinstance(fact, PaymentMade), "nothing is guessed about money that the event does not tell"
    assert (fact.invoice.reason, fact.invoice.invoice_id) == (BillingReason.SUBSCRIPTION_CYCLE, "tran_2")


def test_a_trial_completes_its_order_without_money() -> None:
    paid, changed = facts_of("subscription.trialing", creem_edge.subscription(status="trialing"))
    assert isinstance(paid, InvoicePaid)
    assert (paid.reason, paid.amounts.total, paid.payment_intent_id) == (BillingReason.TRIAL_START, 0, None)
    assert isinstance(changed, SubscriptionChanged)


@pytest.mark.parametrize(("kind", "attempt"), [("past_due", 1), ("unpaid", 2)])
def test_a_payment_that_failed_is_told_once_for_each_step(kind: str, attempt: int) -> None:
    failed, changed = facts_of(f"subscription.{kind}", creem_edge.subscription(status=kind))
    assert isinstance(failed, PaymentFailed)
    assert (failed.attempt, failed.invoice_id) == (attempt, "sub_1:due:2027-02-28")
    assert isinstance(changed, SubscriptionChanged)


def refund(**fields: Any) -> dict[str, Any]:
    return {
        "id": "ref_1",
        "object": "refund",
        "mode": "test",
        "status": "succeeded",
        "refund_amount": 2000,
        "refund_currency": "USD",
        "reason": "requested_by_customer",
        "transaction": creem_edge.transaction(),
        **fields,
    }


def test_a_whole_refund_is_called_after_its_payment() -> None:
    (fact,) = facts_of("refund.created", refund())
    assert isinstance(fact, Refunded)
    assert (fact.refund_id, fact.amount, fact.payment_intent_id) == ("tran_1:refund", 2000, "tran_1")


def test_a_refund_of_a_purchase_says_which_order_its_payment_paid() -> None:
    bought = creem_edge.transaction(subscription=None)
    linked, refunded = facts_of(
        "refund.created", refund(transaction=bought, refund_amount=500, status="requiresAction")
    )
    assert isinstance(linked, PaymentLinked)
    assert (linked.payment_intent_id, linked.invoice_id) == ("tran_1", "ord_1")
    assert isinstance(refunded, Refunded)
    assert (refunded.refund_id, refunded.amount, refunded.status) == ("ref_1", 500, "requires_action")


def test_a_dispute_is_open_until_somebody_decides() -> None:
    dispute = {"id": "disp_1", "amount": 2000, "currency": "EUR", "transaction": "tran_1", "mode": "test"}
    (fact,) = facts_of("dispute.created", dispute)
    assert isinstance(fact, Disputed)
    assert (fact.dispute_id, fact.currency, fact.status, fact.payment_intent_id) == (
        "disp_1",
        "eur",
        "needs_response",
        "tran_1",
    )


def test_an_event_of_an_unknown_type_means_nothing() -> None:
    assert facts_of("credits.granted", {"id": "x", "mode": "test"}) == ()


def test_an_event_without_what_it_needs_is_malformed() -> None:
    with pytest.raises(MalformedEvent):
        facts_of("subscription.paid", creem_edge.subscription(last_transaction=None, last_transaction_id=None))
    with pytest.raises(MalformedEvent):
        facts_of("refund.created", {"id": "ref_1", "mode": "test"})


def test_a_sloppy_payload_is_read_all_the_same() -> None:
    product = {**creem_edge.product(), "image_url": None, "status": "on_fire"}
    del product["object"]
    thing = creem_edge.subscription(product=product, mode="local", items=None, collection_method="by_pigeon")
    fact, _ = facts_of("subscription.paid", thing)
    assert isinstance(fact, InvoicePaid)
    assert fact.lines[0].quantity == 1


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("active", "active"),
        ("trialing", "trialing"),
        ("past_due", "past_due"),
        ("unpaid", "unpaid"),
        ("paused", "paused"),
        ("canceled", "canceled"),
        ("expired", "canceled"),
        ("scheduled_cancel", "active"),
        ("a new word", "past_due"),
    ],
)
def test_status_words_map_by_one_table(word: str, status: str) -> None:
    assert subscription_state(creem_edge.subscription(status=word)).status == status


def test_a_scheduled_cancellation_ends_with_the_paid_period() -> None:
    state = subscription_state(creem_edge.subscription(status="scheduled_cancel"))
    assert (state.cancel_at_period_end, state.cancels_at, state.ended_at) == (True, FEBRUARY, None)


def test_what_has_expired_has_ended_for_want_of_a_payment() -> None:
    state = subscription_state(creem_edge.subscription(status="expired"))
    assert state.ended_at == datetime(2027, 1, 31, 10, 0, 9, tzinfo=UTC)
    assert state.ended_because == "payment_failed"


def test_a_product_made_for_a_trial_stands_for_the_one_that_is_sold() -> None:
    metadata = {"stands_for": "prod_pro", "trial_product": "prod_pro_14"}
    on_trial = creem_edge.subscription(product=creem_edge.product("prod_pro_14"), metadata=metadata)
    assert subscription_state(on_trial).provider_price_id == "prod_pro"
    changed = subscription_state({**on_trial, "product": creem_edge.product("prod_business")})
    assert changed.provider_price_id == "prod_business"


def test_nextys_words_are_read_as_ours() -> None:
    assert shapes.TYPES["onetime"] is shapes.TYPES["onetime_purchase"] is PriceType.ONE_TIME
    assert shapes.TYPES["recurring"] is PriceType.RECURRING
    assert shapes.PERIODS["every-month"] == (Interval.MONTH, 1)
    assert shapes.PERIODS["every-year"] == (Interval.YEAR, 1)
    assert shapes.PERIODS["once"] == (Interval.ONCE, 1)
