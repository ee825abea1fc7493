"""Automatic top-ups through the real sandbox: bought once per crossing, within the cap, and never behind one's back."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import SQLModel

from nestpay import queue
from nestpay.billing import checkout, credits, doctor, holds, top_ups
from nestpay.domain.errors import CapTooHigh, InvalidAmount, NotFound, NothingToCharge, ProviderTrouble, Refused
from nestpay.domain.orders import OrderStatus
from nestpay.jobs import schedule
from nestpay.providers import registry
from nestpay.providers.stripe.client import StripeProvider
from nestpay.store import subscriptions
from nestpay.store.session import reading
from nestpay.store.tables import CreditGrantRow, EmailRow, OrderRow, UsageRow, UserRow
from tests import builders
from tests.billing.people import outcomes_of
from tests.billing.sandbox_house import FIRST_OF_APRIL, GOOD_CARD, House
from tests.sandbox.world import eventually


@pytest.fixture
def ada(house: House) -> str:
    """Ada bought 500 credits, her card is kept, and she wants more as soon as fewer than 100 are left."""
    buy_a_pack(house)
    top_ups.set_wish(house.user_id, price_id=house.price("credits-500", "once"), threshold=100, monthly_cap=2)
    return house.user_id


def buy_a_pack(house: House) -> None:
    started = checkout.start(house.user_id, house.price("credits-500", "once"))
    (order,) = [row for row in builders.rows_of(OrderRow) if row.id == started.order_id]
    form = {"do": "pay", "email": "ada@example.com", "name": "Ada", "country": "US", "number": GOOD_CARD}
    house.served.browser.post(f"/stripe/checkout/{order.provider_session_id}", data=form)
    house.hear()
    assert house.credits() == 500


def pay_with(house: House, card: str) -> None:
    """The card that is charged from now on, one of Stripe's `pm_card_…`; "" for none."""
    with reading() as session:
        customer = subscriptions.customer_of(session, house.user_id, "stripe")
    assert customer is not None
    for kept in house.served.client.payment_methods.list({"customer": customer[0]}).data:
        house.served.client.payment_methods.detach(kept.id)
    if card:
        house.served.client.payment_methods.attach(card, {"customer": customer[0]})


def automatic_orders() -> list[OrderRow]:
    return builders.rows_of(OrderRow, service="top_up")


def payments(house: House) -> list[str]:
    """What was charged without a page, as the sandbox has it."""
    found = house.served.call("GET", "/payment_intents?limit=100").json()["data"]
    return [each["id"] for each in found if each["metadata"].get("kind") == "top_up" and each["status"] == "succeeded"]


@pytest.fixture
def worker(house: House, tmp_path: Path) -> Iterator[None]:
    """Jobs run in the background, as in a running site."""
    assert schedule  # importing it registers the jobs
    queue.connect(database_url="", redis_url="", var_dir=tmp_path / "queue")
    queue.consume_here()
    yield
    queue.disconnect()


def test_who_falls_below_the_threshold_gets_the_pack_at_once_and_once(house: House, ada: str, worker: None) -> None:
    credits.spend(ada, 390, key="still above")
    credits.spend(ada, 20, key="below")
    eventually(lambda: house.credits() == 590)
    credits.spend(ada, 100, key="above again")
    (order,) = automatic_orders()
    assert (order.status, order.amount_total, order.type) == ("succeeded", 900, "purchase")
    assert len(payments(house)) == 1
    wish = top_ups.wish_of(ada)
    assert wish is not None
    assert (wish.used_this_month, wish.enabled, wish.action_url) == (1, True, "")


def test_sixteen_spenders_who_cross_together_buy_once(house: House, ada: str, worker: None) -> None:
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: credits.spend(ada, 28, key=f"k{number}"), range(16)))
    eventually(lambda: house.credits() == 500 - 16 * 28 + 500)
    time.sleep(0.5)
    assert (len(automatic_orders()), len(payments(house))) == (1, 1)
    assert list(doctor.examine([ada])) == []


def test_sixteen_workers_who_are_woken_together_buy_once(house: House, ada: str) -> None:
    credits.spend(ada, 450, key="k")
    outcomes = outcomes_of(lambda: top_ups.run(ada), 16)
    assert set(outcomes) <= {True, False}
    assert (len(automatic_orders()), len(payments(house)), house.credits()) == (1, 1, 550)
    wish = top_ups.wish_of(ada)
    assert wish is not None
    assert wish.enabled


def test_a_wake_up_that_was_lost_is_made_good(house: House, ada: str) -> None:
    credits.spend(ada, 450, key="k")
    assert top_ups.resume() == 1
    assert top_ups.resume() == 0
    assert (house.credits(), len(payments(house))) == (550, 1)


def test_credits_that_a_hold_paid_for_or_that_expired_count_too(house: House, ada: str) -> None:
    held = holds.hold(ada, 450, key="work")
    assert top_ups.resume() == 0
    holds.settle(ada, held.id, 450)
    assert (top_ups.resume(), house.credits()) == (1, 550)


def test_the_webhook_of_the_same_payment_changes_nothing_more(house: House, ada: str) -> None:
    credits.spend(ada, 450, key="k")
    top_ups.run(ada)
    house.hear()
    assert (house.credits(), len(automatic_orders())) == (550, 1)
    assert len(builders.rows_of(CreditGrantRow, user_id=ada)) == 2


@pytest.mark.parametrize(
    ("table", "column", "closed"),
    [(UsageRow, "user_id", {"is_frozen": True, "debt": 5}), (UserRow, "id", {"disabled_at": FIRST_OF_APRIL})],
)
def test_nothing_is_bought_for_a_frozen_or_disabled_account(
    house: House, ada: str, table: type[SQLModel], column: str, closed: dict[str, Any]
) -> None:
    credits.spend(ada, 450, key="k")
    builders.set_columns(table, column, ada, **closed)
    assert not top_ups.run(ada)
    assert payments(house) == []


def cause_of(user_id: str) -> str:
    wish = top_ups.wish_of(user_id)
    assert wish is not None
    return wish.cause


def test_no_more_is_bought_in_a_month_than_the_customer_agreed_to(house: House, ada: str) -> None:
    for number in range(3):
        credits.spend(ada, house.credits() - 10, key=f"k{number}")
        top_ups.resume()
    assert (len(payments(house)), house.credits(), cause_of(ada)) == (2, 10, "cap_reached")
    house.clock.shift(timedelta(days=30))
    assert cause_of(ada) == ""
    assert top_ups.run(ada)
    assert len(payments(house)) == 3


@pytest.mark.parametrize(
    ("card", "needs_you", "cause"),
    [
        ("pm_card_chargeCustomerFail", False, "declined"),
        ("pm_card_authenticationRequired", True, "needs_customer"),
        ("", True, "no_card"),
    ],
)
def test_a_charge_that_does_not_go_through_ends_the_wish_and_says_so_once(
    house: House, ada: str, card: str, needs_you: bool, cause: str
) -> None:
    pay_with(house, card)
    credits.spend(ada, 450, key="k")
    assert top_ups.run(ada)
    assert not top_ups.run(ada)
    assert top_ups.resume() == 0
    wish = top_ups.wish_of(ada)
    assert wish is not None
    assert (wish.enabled, wish.action_url, wish.cause) == (False, "/dashboard/credits", cause)
    (letter,) = [row for row in builders.rows_of(EmailRow) if row.template == "top_up_stopped"]
    assert letter.context["needs_you"] is needs_you
    assert ([order.status for order in automatic_orders()], house.credits()) == (["failed"], 50)
    house.hear()
    assert house.credits() == 50


def test_after_a_refusal_the_customer_can_wish_anew_with_another_card(house: House, ada: str) -> None:
    pay_with(house, "pm_card_chargeCustomerFail")
    credits.spend(ada, 450, key="k")
    top_ups.run(ada)
    pay_with(house, "pm_card_visa")
    top_ups.set_wish(ada, price_id=house.price("credits-500", "once"), threshold=100, monthly_cap=2)
    assert top_ups.run(ada)
    assert house.credits() == 550


def test_a_crash_before_the_charge_leads_to_the_same_order(house: House, ada: str) -> None:
    credits.spend(ada, 450, key="k")
    good = registry.get("stripe")
    registry.register(
        StripeProvider(
            secret_key="sk_test_house", webhook_secrets=["whsec"], api_base="http://127.0.0.1:9", timeout_seconds=1
        )
    )
    with pytest.raises(ProviderTrouble):
        top_ups.run(ada)
    (before,) = automatic_orders()
    assert (before.status, house.credits()) == (OrderStatus.PENDING, 50)
    registry.register(good)
    assert top_ups.resume() == 1
    (after,) = automatic_orders()
    assert (after.id, after.status, house.credits(), len(payments(house))) == (before.id, "succeeded", 550, 1)
    wish = top_ups.wish_of(ada)
    assert wish is not None
    assert wish.used_this_month == 1


def test_a_crash_after_the_charge_leads_to_the_same_payment(house: House, ada: str) -> None:
    credits.spend(ada, 450, key="k")
    intended = top_ups._intend(ada)
    assert intended is not None
    order, _, customer_id = intended
    registry.get("stripe").charge_off_session(
        top_ups.charge_for(order, customer_id), idempotency_key=f"top_up:{order.id}"
    )
    assert top_ups.resume() == 1
    assert (len(payments(house)), len(automatic_orders()), house.credits()) == (1, 1, 550)


def test_a_charge_whose_key_the_provider_may_have_forgotten_is_never_asked_for_again(
    house: House, ada: str, clock: time_machine.Traveller
) -> None:
    credits.spend(ada, 450, key="k")
    assert top_ups._intend(ada) is not None
    clock.shift(timedelta(hours=23))
    assert top_ups.resume() == 1
    old, new = automatic_orders()
    assert (old.status, new.status, house.credits()) == (OrderStatus.CANCELED, OrderStatus.SUCCEEDED, 550)
    assert len(payments(house)) == 1


def test_who_stops_buys_nothing_more(house: House, ada: str) -> None:
    top_ups.stop(ada)
    credits.spend(ada, 450, key="k")
    assert not top_ups.run(ada)
    assert top_ups.resume() == 0
    assert payments(house) == []
    with pytest.raises(NotFound):
        top_ups.stop(builders.add_user("bob"))


def test_a_wish_that_makes_no_sense_is_refused(house: House) -> None:
    pack, plan = house.price("credits-500", "once"), house.price("pro")
    for error, wish in (
        (InvalidAmount, {"threshold": 0}),
        (InvalidAmount, {"monthly_cap": 0}),
        (CapTooHigh, {"monthly_cap": 21}),
        (NotFound, {"price_id": "nope"}),
        (Refused, {"price_id": plan}),
        (NothingToCharge, {}),
    ):
        with pytest.raises(error):
            top_ups.set_wish(house.user_id, **{"price_id": pack, "threshold": 100, "monthly_cap": 1, **wish})
    assert top_ups.wish_of(house.user_id) is None
