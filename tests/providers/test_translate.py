"""Stripe's events in five API shapes: whatever version an endpoint is pinned to, they mean the same to us."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import stripe

from nestpay.domain.errors import MalformedEvent
from nestpay.domain.facts import (
    ActionRequired,
    Amounts,
    BillingReason,
    CatalogueChanged,
    CatalogueKind,
    CheckoutPaid,
    CheckoutSubscribed,
    CustomerDeleted,
    CustomerUpdated,
    Disputed,
    Fact,
    FraudWarned,
    InvoiceFinalized,
    InvoicePaid,
    InvoiceUncollectible,
    InvoiceVoided,
    PaymentFailed,
    PaymentLinked,
    PaymentMethodSeen,
    Refunded,
    RenewalUpcoming,
    SubscriptionChanged,
    TrialEnding,
)
from nestpay.providers.stripe import signature, translate

GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "golden").glob("*.json"))}
NEWEST = max(GOLDEN)
NAMES = [event["name"] for event in GOLDEN[min(GOLDEN)]["events"]]
JANUARY, FEBRUARY, MARCH = (datetime(2027, month, day, tzinfo=UTC) for month, day in ((1, 31), (2, 28), (3, 31)))
AT = datetime(2027, 3, 1, tzinfo=UTC)


def body_of(kind: str, thing: dict[str, Any], version: str = NEWEST) -> dict[str, Any]:
    """An event as it comes over the wire."""
    return {
        "id": "evt_1",
        "object": "event",
        "api_version": version,
        "created": int(AT.timestamp()),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": None,
        "type": kind,
    }


def facts_of(kind: str, thing: dict[str, Any], version: str = NEWEST) -> tuple[Fact, ...]:
    return translate.translate(signature.read_event(json.dumps(body_of(kind, thing, version))))


def golden(name: str, version: str = NEWEST) -> dict[str, Any]:
    return next(event for event in GOLDEN[version]["events"] if event["name"] == name)


def told(name: str, version: str = NEWEST) -> Fact:
    """The one fact of a golden event; which payment paid an invoice is another matter, see below."""
    event = golden(name, version)
    (fact,) = facts_of(event["type"], event["object"], version)
    return replace(fact, payment_intent_id=None) if isinstance(fact, InvoicePaid) else fact


def test_there_are_five_shapes_with_the_same_events() -> None:
    assert list(GOLDEN) == [
        "2024-06-20",
        "2025-03-31.basil",
        "2025-09-30.clover",
        "2026-03-25.dahlia",
        "2026-10-28.endive",
    ]
    for version in GOLDEN:
        assert {event["name"] for event in GOLDEN[version]["events"]} - {"the payment of the renewal"} == set(NAMES)


@pytest.mark.parametrize("version", [version for version in GOLDEN if version != NEWEST])
@pytest.mark.parametrize("name", NAMES)
def test_an_event_means_the_same_in_every_shape(name: str, version: str) -> None:
    assert told(name, version) == told(name)


@pytest.mark.parametrize("name", NAMES)
def test_an_object_of_the_sdk_means_the_same_as_what_came_over_the_wire(name: str) -> None:
    event = golden(name)
    built = stripe.Event.construct_from(body_of(event["type"], event["object"]), "sk_test_golden")
    read = replace(signature.read_event(json.dumps(body_of(event["type"], {}))), body=built.to_dict())
    assert translate.translate(read) == facts_of(event["type"], event["object"])


@pytest.mark.parametrize("version", GOLDEN)
def test_every_shape_says_which_payment_paid_an_invoice(version: str) -> None:
    facts = [
        fact
        for event in GOLDEN[version]["events"]
        for fact in facts_of(event["type"], event["object"], version)
        if isinstance(fact, InvoicePaid | PaymentLinked) and fact.invoice_id == "in_1"
    ]
    assert {fact.payment_intent_id for fact in facts} - {None} == {"pi_1"}


@pytest.mark.parametrize("version", GOLDEN)
def test_a_subscription_reads_the_same_in_every_shape(version: str) -> None:
    state = translate.subscription_state(golden("a changed subscription", version)["object"])
    assert (state.current_period_start, state.current_period_end) == (FEBRUARY, MARCH)
    assert state.cancels_at == MARCH
    assert (state.provider_price_id, state.quantity, state.status) == ("price_pro_month", 2, "active")
    assert (state.order_id, state.user_id, state.customer_id) == ("order_1", "user_ada", "cus_ada")
    assert state.ended_because == "cancellation_requested"


def test_the_main_events_carry_what_their_handlers_need() -> None:
    amounts = Amounts(subtotal=1900, discount=190, tax=171, total=1881, currency="usd")
    checkout, subscribed = told("a one-time checkout"), told("a subscription's checkout")
    assert isinstance(checkout, CheckoutPaid)
    assert (checkout.amounts, checkout.payment_intent_id, checkout.user_id) == (amounts, "pi_2", "user_ada")
    assert isinstance(subscribed, CheckoutSubscribed)
    assert subscribed.subscription_id == "sub_1"
    renewal, change = told("a paid renewal"), told("a paid change of plan")
    assert isinstance(renewal, InvoicePaid)
    assert (renewal.reason, renewal.amounts, renewal.subscription_id) == (
        BillingReason.SUBSCRIPTION_CYCLE,
        amounts,
        "sub_1",
    )
    assert (renewal.lines[0].provider_price_id, renewal.lines[0].period_end) == ("price_pro_month", MARCH)
    assert isinstance(change, InvoicePaid)
    assert [(line.amount, line.proration) for line in change.lines] == [(-950, True), (1900, True)]
    refund, dispute = told("a refund"), told("a dispute")
    assert isinstance(refund, Refunded)
    assert (refund.amount, refund.status, refund.payment_intent_id, refund.charge_id) == (
        900,
        "succeeded",
        "pi_1",
        "ch_1",
    )
    assert isinstance(dispute, Disputed)
    assert (dispute.amount, dispute.status, dispute.reason) == (1881, "needs_response", "fraudulent")
    assert told("a changed subscription") == SubscriptionChanged(
        provider="stripe", at=AT, subscription_id="sub_1", customer_id="cus_ada"
    )


def test_what_is_said_of_unpaid_invoices_carries_the_way_to_pay() -> None:
    failed, asked, voided = (
        told("a failed renewal"),
        told("a renewal that the bank asks about"),
        told("a voided invoice"),
    )
    assert isinstance(failed, PaymentFailed)
    assert (failed.attempt, failed.next_attempt_at) == (2, datetime(2027, 3, 3, tzinfo=UTC))
    assert isinstance(asked, ActionRequired)
    assert asked.invoice_url == "https://invoice.stripe.com/i/in_3"
    assert isinstance(voided, InvoiceVoided)
    thing = golden("a failed renewal")["object"]
    assert isinstance(facts_of("invoice.finalized", thing)[0], InvoiceFinalized)
    assert isinstance(facts_of("invoice.marked_uncollectible", thing)[0], InvoiceUncollectible)


def test_reminders_know_their_day_though_an_invoice_to_come_has_no_id() -> None:
    upcoming, trial = told("a renewal to come"), told("a trial that ends")
    assert isinstance(upcoming, RenewalUpcoming)
    assert (upcoming.due_at, upcoming.amounts.total) == (datetime(2027, 3, 31, 1, tzinfo=UTC), 1881)
    assert isinstance(trial, TrialEnding)
    assert (trial.trial_end, trial.renews, trial.quantity) == (FEBRUARY, True, 2)
    event = signature.read_event(json.dumps(body_of("invoice.upcoming", golden("a renewal to come")["object"])))
    assert event.object_id == ""


def test_a_trial_that_will_not_go_on_or_is_over_is_told_as_such() -> None:
    thing = golden("a trial that ends")["object"]
    for canceled in ({"cancel_at": int(FEBRUARY.timestamp())}, {"cancel_at_period_end": True}):
        (fact,) = facts_of("customer.subscription.trial_will_end", thing | canceled)
        assert isinstance(fact, TrialEnding)
        assert not fact.renews
    assert facts_of("customer.subscription.trial_will_end", thing | {"status": "active"}) == ()


def test_people_cards_warnings_and_prices_are_named_by_their_ids() -> None:
    known = {"provider": "stripe", "at": AT}
    assert told("a customer") == CustomerUpdated(**known, customer_id="cus_ada", currency="usd")
    assert told("a card") == PaymentMethodSeen(
        **known,
        payment_method_id="pm_1",
        customer_id="cus_ada",
        fingerprint="fp_4242",
        brand="visa",
        last_digits="4242",
    )
    assert told("a fraud warning") == FraudWarned(
        **known,
        warning_id="issfr_1",
        fraud_type="made_with_stolen_card",
        is_actionable=True,
        payment_intent_id="pi_1",
        charge_id="ch_1",
    )
    assert told("a price") == CatalogueChanged(**known, kind=CatalogueKind.PRICE, thing_id="price_pro_month")
    assert facts_of("customer.deleted", {"id": "cus_ada", "object": "customer"}) == (
        CustomerDeleted(**known, customer_id="cus_ada"),
    )


def test_a_card_that_is_nobodys_and_other_peoples_invoices_say_nothing() -> None:
    assert facts_of("payment_method.updated", golden("a card")["object"] | {"customer": None}) == ()
    assert facts_of("invoice.payment_failed", golden("a failed renewal")["object"] | {"parent": None}) == ()
    assert facts_of("payment_method.detached", golden("a card")["object"]) == ()
    for money_moved in ("charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"):
        assert facts_of(money_moved, golden("a dispute")["object"]) == ()


def test_an_unpaid_subscription_says_since_when_and_where_it_is_paid() -> None:
    thing = golden("a changed subscription")["object"]
    invoice = golden("a failed renewal")["object"]
    unknown = translate.subscription_state(thing | {"status": "past_due"})
    assert (unknown.action_url, unknown.unpaid_since) == (None, None)
    owing = translate.subscription_state(thing | {"status": "past_due", "latest_invoice": invoice})
    assert owing.action_url == "https://invoice.stripe.com/i/in_3"
    assert owing.unpaid_since == datetime(2027, 2, 28, 1, tzinfo=UTC)
    paid = translate.subscription_state(thing | {"latest_invoice": invoice | {"status": "paid"}})
    assert paid.action_url == ""


def test_a_change_that_waits_for_the_bank_says_where_it_is_confirmed() -> None:
    thing = golden("a changed subscription")["object"] | {"latest_invoice": golden("a failed renewal")["object"]}
    assert translate.subscription_state(thing).action_url == ""
    waiting = translate.subscription_state(thing | {"pending_update": {"expires_at": 1}})
    assert waiting.action_url == "https://invoice.stripe.com/i/in_3"


@pytest.mark.parametrize(
    "kind", [kind for kind in translate._READERS if kind.startswith(("invoice.", "radar.", "price."))]
)
def test_an_event_without_its_fields_is_refused_as_malformed_or_says_nothing(kind: str) -> None:
    thing = {
        "object": kind.split(".")[0],
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "period_end": 1,
    }
    with pytest.raises(MalformedEvent):
        facts_of(kind, thing)
