"""Checkout: one payment page per intent, and what became of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from nestpay.billing import checkout, inbox, throttle
from nestpay.billing.checkout import Started
from nestpay.domain.errors import (
    AlreadySubscribed,
    CurrencyLocked,
    NotFound,
    PriceNotReady,
    ProviderMissing,
    ProviderTrouble,
    RateLimited,
)
from nestpay.store import subscriptions
from nestpay.store.session import transaction
from nestpay.store.tables import CustomerRow, OrderRow, PlanRow, PriceRecord, SubscriptionRow, UsageRow
from tests import builders, stripe_objects
from tests.shop import Shop
from tests.stripe_edge import Asked, missing

SESSIONS, CUSTOMERS, SUBSCRIPTIONS = "/v1/checkout/sessions", "/v1/customers", "/v1/subscriptions"


@pytest.fixture
def till(shop: Shop) -> Shop:
    """The shop, with a Stripe that opens payment pages and knows no subscription."""
    edge = shop.edge

    def open_page(asked: Asked) -> dict[str, Any]:
        session_id = f"cs_{len(edge.calls('POST', SESSIONS))}"
        metadata = {name: asked.params[f"metadata[{name}]"] for name in ("order_id", "user_id", "plan_id", "price_id")}
        mode = asked.params["mode"]
        page = stripe_objects.checkout_session(
            session_id,
            customer=asked.params["customer"],
            metadata=metadata,
            mode=mode,
            status="open",
            payment_status="unpaid",
            payment_intent=None,
            url=f"https://pay.example/{session_id}",
        )
        edge.things[f"{SESSIONS}/{session_id}"] = page
        edge.makers[f"{SESSIONS}/{session_id}/expire"] = lambda _: change(edge, session_id, status="expired")
        return page

    edge.makers[SESSIONS] = open_page
    edge.makers[CUSTOMERS] = lambda _: {"id": f"cus_new_{len(edge.calls('POST', CUSTOMERS))}", "object": "customer"}
    running(shop)
    return shop


def change(edge: Any, session_id: str, **fields: Any) -> dict[str, Any]:
    """What happened to a session at Stripe."""
    edge.things[f"{SESSIONS}/{session_id}"] |= fields
    return edge.things[f"{SESSIONS}/{session_id}"]


def pay(till: Shop, session_id: str) -> dict[str, Any]:
    return change(till.edge, session_id, status="complete", payment_status="paid", url=None, payment_intent="pi_1")


def running(shop: Shop, *found: dict[str, Any]) -> None:
    """The subscriptions that Stripe lists of a customer."""
    listed = {"object": "list", "data": list(found), "has_more": False, "url": SUBSCRIPTIONS}
    shop.edge.things[SUBSCRIPTIONS] = listed


def orders_of(user_id: str) -> list[OrderRow]:
    return builders.rows_of(OrderRow, user_id=user_id)


def webhook(kind: str, thing: dict[str, Any]) -> None:
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(stripe_objects.event(kind, thing)))


# Opening a page


def test_a_button_leads_to_a_pending_order_and_its_payment_page(till: Shop) -> None:
    started = checkout.start(till.user_id, till.pack.id)
    (order,) = orders_of(till.user_id)
    assert started == Started("https://pay.example/cs_1", order.id)
    assert (order.status, order.type, order.amount_total) == ("pending", "purchase", 900)
    assert (order.provider_session_id, order.checkout_url) == ("cs_1", started.url)


def test_stripe_is_told_who_buys_what_and_where_to_go_back_to(till: Shop) -> None:
    started = checkout.start(till.user_id, till.pro.id, locale="fr")
    (asked,) = till.edge.calls("POST", SESSIONS)
    metadata = till.metadata(till.pro, started.order_id)
    assert asked.params == {
        "mode": "subscription",
        "customer": "cus_ada",
        "client_reference_id": till.user_id,
        "line_items[0][price]": "price_pro_month",
        "line_items[0][quantity]": "1",
        "allow_promotion_codes": "true",
        "locale": "fr",
        "success_url": "http://127.0.0.1:8000/fr/payment/success/?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:8000/fr/pricing/?canceled=1",
        **{f"metadata[{name}]": value for name, value in metadata.items()},
        **{f"subscription_data[metadata][{name}]": value for name, value in metadata.items()},
    }
    assert started.order_id in asked.key


def test_metadata_of_a_purchase_is_on_its_payment_too(till: Shop) -> None:
    checkout.start(till.user_id, till.pack.id)
    (asked,) = till.edge.calls("POST", SESSIONS)
    assert asked.params["payment_intent_data[metadata][user_id]"] == till.user_id
    assert not any(name.startswith("subscription_data") for name in asked.params)


def test_a_coupon_and_the_box_for_codes_are_never_sent_together(till: Shop) -> None:
    with transaction() as session:
        price = session.get(PriceRecord, till.pack.id)
        assert price is not None
        price.coupon_id = "SAVE10"
    checkout.start(till.user_id, till.pack.id)
    (asked,) = till.edge.calls("POST", SESSIONS)
    assert asked.params["discounts[0][coupon]"] == "SAVE10"
    assert "allow_promotion_codes" not in asked.params


def test_neither_is_sent_when_codes_may_not_be_typed(till: Shop) -> None:
    with transaction() as session:
        price = session.get(PriceRecord, till.pack.id)
        assert price is not None
        price.allow_codes = False
    checkout.start(till.user_id, till.pack.id)
    (asked,) = till.edge.calls("POST", SESSIONS)
    assert not {name for name in asked.params if name.startswith(("discounts", "allow_promotion_codes"))}


# Twice


def test_a_double_click_gives_one_order_and_one_page(till: Shop) -> None:
    with ThreadPoolExecutor(4) as threads:
        started = list(threads.map(lambda _: checkout.start(till.user_id, till.pack.id), range(4)))
    assert len(set(started)) == len(orders_of(till.user_id)) == 1
    assert len({asked.key for asked in till.edge.calls("POST", SESSIONS)}) == 1


def test_coming_back_from_the_payment_page_leads_to_the_same_page(till: Shop) -> None:
    first = checkout.start(till.user_id, till.pack.id)
    assert checkout.start(till.user_id, till.pack.id) == first
    assert len(till.edge.calls("POST", SESSIONS)) == 1


def test_a_crash_before_the_page_was_noted_leads_to_the_same_page(till: Shop) -> None:
    first = checkout.start(till.user_id, till.pack.id)
    with transaction() as session:
        order = session.get(OrderRow, first.order_id)
        assert order is not None
        order.provider_session_id, order.checkout_url = None, ""
    assert checkout.start(till.user_id, till.pack.id) == first


def test_a_page_that_expired_is_replaced_by_a_new_order(till: Shop) -> None:
    first = checkout.start(till.user_id, till.pack.id)
    change(till.edge, "cs_1", status="expired", url=None)
    second = checkout.start(till.user_id, till.pack.id)
    assert second.url != first.url
    assert [order.status for order in orders_of(till.user_id)] == ["canceled", "pending"]


def test_a_page_that_the_provider_forgot_is_replaced_by_a_new_order(till: Shop) -> None:
    first = checkout.start(till.user_id, till.pack.id)
    del till.edge.things[f"{SESSIONS}/cs_1"]
    assert checkout.start(till.user_id, till.pack.id).url != first.url


def test_a_page_that_was_paid_meanwhile_leads_to_its_success_page(till: Shop) -> None:
    first = checkout.start(till.user_id, till.pack.id, locale="fr")
    pay(till, "cs_1")
    again = checkout.start(till.user_id, till.pack.id, locale="fr")
    assert again == Started("http://127.0.0.1:8000/fr/payment/success/?session_id=cs_1", first.order_id)
    assert [order.status for order in orders_of(till.user_id)] == ["succeeded"]


def test_after_a_paid_pack_the_next_one_is_an_order_of_its_own(till: Shop) -> None:
    checkout.start(till.user_id, till.pack.id)
    webhook("checkout.session.completed", pay(till, "cs_1"))
    checkout.start(till.user_id, till.pack.id)
    assert [order.status for order in orders_of(till.user_id)] == ["succeeded", "pending"]


def test_a_second_tab_with_another_plan_closes_the_first_ones_page(till: Shop) -> None:
    checkout.start(till.user_id, till.pro.id)
    checkout.start(till.user_id, till.prices["business", "month"].id)
    assert till.edge.things[f"{SESSIONS}/cs_1"]["status"] == "expired"
    assert [order.status for order in orders_of(till.user_id)] == ["canceled", "pending"]


def test_a_first_tabs_page_that_the_provider_forgot_stops_nobody(till: Shop) -> None:
    checkout.start(till.user_id, till.pro.id)
    till.edge.makers[f"{SESSIONS}/cs_1/expire"] = lambda _: (404, missing("session"))
    checkout.start(till.user_id, till.prices["business", "month"].id)
    assert [order.status for order in orders_of(till.user_id)] == ["canceled", "pending"]


def test_a_pack_may_be_bought_beside_an_open_subscription_page(till: Shop) -> None:
    checkout.start(till.user_id, till.pro.id)
    checkout.start(till.user_id, till.pack.id)
    assert [order.status for order in orders_of(till.user_id)] == ["pending", "pending"]


# A subscription that runs already


def subscribe(till: Shop, **fields: Any) -> None:
    running_one = stripe_objects.subscription("sub_1", customer="cus_ada", price="price_pro_month", **fields)
    till.edge.things[f"{SUBSCRIPTIONS}/sub_1"] = running_one
    running(till, running_one)


@pytest.mark.parametrize("status", ["active", "trialing", "past_due", "unpaid", "paused"])
def test_a_live_subscription_that_we_know_of_refuses_a_second_one(till: Shop, status: str) -> None:
    subscribe(till, status=status)
    webhook("customer.subscription.created", till.edge.things[f"{SUBSCRIPTIONS}/sub_1"])
    assert inbox.work() == 1
    asked = len(till.edge.asked)
    with pytest.raises(AlreadySubscribed) as refusal:
        checkout.start(till.user_id, till.prices["business", "month"].id)
    assert refusal.value.values == {"plan": "Pro"}
    assert len(till.edge.asked) == asked


def test_a_live_subscription_that_only_the_provider_knows_of_refuses_too(till: Shop) -> None:
    subscribe(till)
    with pytest.raises(AlreadySubscribed):
        checkout.start(till.user_id, till.prices["pro", "year"].id)
    assert till.edge.calls("POST", SESSIONS) == []


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired", "canceled"])
def test_one_that_ended_or_never_began_refuses_nothing(till: Shop, status: str) -> None:
    subscribe(till, status=status)
    assert checkout.start(till.user_id, till.pro.id).url == "https://pay.example/cs_1"


def test_a_pack_is_sold_to_subscribers(till: Shop) -> None:
    subscribe(till)
    assert checkout.start(till.user_id, till.pack.id)


def test_when_the_provider_cannot_say_what_runs_no_page_is_opened(till: Shop) -> None:
    till.edge.refuse(SUBSCRIPTIONS, 401, message="no")
    with pytest.raises(ProviderTrouble):
        checkout.start(till.user_id, till.pro.id)
    assert till.edge.calls("POST", SESSIONS) == []


def test_who_is_billed_in_another_currency_is_told_so(till: Shop) -> None:
    with transaction() as session:
        subscriptions.lock_currency(session, "stripe", "cus_ada", "eur")
    with pytest.raises(CurrencyLocked) as refusal:
        checkout.start(till.user_id, till.pro.id)
    assert refusal.value.values == {"currency": "EUR"}
    assert checkout.start(till.user_id, till.pack.id)


# The customer at Stripe


def test_a_first_buyer_becomes_a_customer_once(till: Shop) -> None:
    bob = builders.add_user("bob")
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda price: checkout.start(bob, price.id), [till.pack] * 3))
    checkout.start(bob, till.pro.id)
    (row,) = builders.rows_of(CustomerRow, user_id=bob)
    assert row.provider_customer_id.startswith("cus_new_")
    keys = {asked.key for asked in till.edge.calls("POST", CUSTOMERS)}
    assert keys == {f"customer:sandbox:{bob}"}
    assert till.edge.calls("POST", CUSTOMERS)[0].params == {
        "email": "bob@example.com",
        "name": "Bob",
        "metadata[user_id]": bob,
    }


def test_a_customer_that_stripe_no_longer_knows_is_made_again_and_the_old_one_kept(till: Shop) -> None:
    opens = till.edge.makers[SESSIONS]
    till.edge.makers[SESSIONS] = lambda asked: (
        (400, missing("customer")) if asked.params["customer"] == "cus_ada" else opens(asked)
    )
    assert checkout.start(till.user_id, till.pack.id).url.startswith("https://pay.example/")
    rows = builders.rows_of(CustomerRow, user_id=till.user_id)
    assert [(row.provider_customer_id, row.retired_at is None) for row in rows] == [
        ("cus_ada", False),
        ("cus_new_1", True),
    ]


def test_a_customer_is_not_made_again_when_something_else_is_missing(till: Shop) -> None:
    till.edge.makers[SESSIONS] = lambda _: (400, missing("line_items[0][price]"))
    with pytest.raises(ProviderMissing):
        checkout.start(till.user_id, till.pack.id)
    assert till.edge.calls("POST", CUSTOMERS) == []


# What cannot be bought


@pytest.mark.parametrize("price_id", ["", "nonsense", "\x00", "\ud800"])
def test_a_price_that_does_not_exist_is_not_found(till: Shop, price_id: str) -> None:
    with pytest.raises(NotFound):
        checkout.start(till.user_id, price_id)


def test_an_archived_plan_is_not_sold(till: Shop) -> None:
    with transaction() as session:
        plan = session.get(PlanRow, till.pack.plan_id)
        assert plan is not None
        plan.active = False
    with pytest.raises(NotFound):
        checkout.start(till.user_id, till.pack.id)


def test_a_price_that_the_provider_does_not_know_yet_is_not_ready(till: Shop) -> None:
    with transaction() as session:
        price = session.get(PriceRecord, till.pack.id)
        assert price is not None
        price.provider_price_id = None
    with pytest.raises(PriceNotReady):
        checkout.start(till.user_id, till.pack.id)
    with pytest.raises(PriceNotReady):
        checkout.start(till.user_id, till.prices["free", "month"].id)


def test_when_the_provider_is_down_the_order_waits_for_the_next_try(till: Shop) -> None:
    till.edge.refuse(SESSIONS, 401, message="down")
    with pytest.raises(ProviderTrouble):
        checkout.start(till.user_id, till.pack.id)
    del till.edge.troubles[SESSIONS]
    started = checkout.start(till.user_id, till.pack.id)
    assert [order.id for order in orders_of(till.user_id)] == [started.order_id]


def test_nobody_opens_pages_without_end(till: Shop) -> None:
    for _ in range(30):
        throttle.check("checkout", till.user_id, "203.0.113.9")
    with pytest.raises(RateLimited):
        checkout.start(till.user_id, till.pack.id, ip="203.0.113.9")


# What became of it


def test_the_success_page_turns_when_the_webhook_comes(till: Shop) -> None:
    checkout.start(till.user_id, till.pack.id)
    waiting = checkout.confirm(till.user_id, "cs_1")
    assert (waiting.state, waiting.credits_pending, waiting.plan_title) == ("confirming", True, "500 credits")
    webhook("checkout.session.completed", pay(till, "cs_1"))
    paid = checkout.confirm(till.user_id, "cs_1")
    assert (paid.state, paid.amount_text, paid.credits, paid.credits_pending) == ("paid", "$9.00", 500, False)


def test_a_webhook_that_comes_before_the_page_was_noted_is_not_forgotten(till: Shop) -> None:
    started = checkout.start(till.user_id, till.pack.id)
    with transaction() as session:
        order = session.get(OrderRow, started.order_id)
        assert order is not None
        order.provider_session_id = None
    webhook("checkout.session.completed", pay(till, "cs_1"))
    assert checkout.confirm(till.user_id, "cs_1").state == "paid"


def test_when_the_webhook_never_comes_the_provider_is_asked_and_a_late_one_changes_nothing(till: Shop) -> None:
    checkout.start(till.user_id, till.pack.id)
    page = pay(till, "cs_1")
    assert checkout.confirm(till.user_id, "cs_1").state == "confirming"
    assert checkout.confirm(till.user_id, "cs_1", ask_provider=True).state == "paid"
    webhook("checkout.session.completed", page)
    (usage,) = builders.rows_of(UsageRow, user_id=till.user_id)
    assert usage.one_time_credits_balance == 500


def test_a_subscription_too_is_proved_by_asking(till: Shop) -> None:
    started = checkout.start(till.user_id, till.pro.id)
    metadata = till.metadata(till.pro, started.order_id)
    hints = {"customer": "cus_ada", "metadata": metadata}
    change(
        till.edge,
        "cs_1",
        status="complete",
        payment_status="paid",
        subscription=stripe_objects.subscription("sub_1", price="price_pro_month", **hints),
        invoice=stripe_objects.paid_invoice("in_1", subscription="sub_1", price="price_pro_month", **hints),
    )
    confirmed = checkout.confirm(till.user_id, "cs_1", ask_provider=True)
    assert (confirmed.state, confirmed.plan_title, confirmed.credits, confirmed.interval) == (
        "paid",
        "Pro",
        1000,
        "month",
    )
    assert builders.counts(SubscriptionRow) == (1,)


def test_while_the_provider_is_down_the_page_goes_on_waiting(till: Shop) -> None:
    checkout.start(till.user_id, till.pack.id)
    till.edge.refuse(f"{SESSIONS}/cs_1", 401, message="down")
    assert checkout.confirm(till.user_id, "cs_1", ask_provider=True).state == "confirming"


@pytest.mark.parametrize(
    ("fields", "kind", "state"),
    [({"status": "expired"}, "expired", "expired"), ({}, "async_payment_failed", "failed")],
)
def test_a_page_that_was_not_paid_says_so(till: Shop, fields: dict[str, Any], kind: str, state: str) -> None:
    checkout.start(till.user_id, till.pack.id)
    webhook(f"checkout.session.{kind}", change(till.edge, "cs_1", **fields))
    assert checkout.confirm(till.user_id, "cs_1").state == state


@pytest.mark.parametrize("session_id", ["", "cs_unknown", "\x00", "\ud800"])
def test_an_unknown_session_shows_nothing(till: Shop, session_id: str) -> None:
    with pytest.raises(NotFound):
        checkout.confirm(till.user_id, session_id, ask_provider=True)


def test_somebody_elses_session_shows_nothing_and_asks_nobody(till: Shop) -> None:
    checkout.start(till.user_id, till.pack.id)
    eve, asked = builders.add_user("eve"), len(till.edge.asked)
    with pytest.raises(NotFound):
        checkout.confirm(eve, "cs_1", ask_provider=True)
    assert len(till.edge.asked) == asked


def test_an_order_of_yesterday_is_not_offered_again(till: Shop, clock: time_machine.Traveller) -> None:
    first = checkout.start(till.user_id, till.pack.id)
    clock.shift(timedelta(hours=23, minutes=30))
    throttle.forget_everything()
    assert checkout.start(till.user_id, till.pack.id).order_id != first.order_id
