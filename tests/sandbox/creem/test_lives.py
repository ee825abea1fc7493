"""Subscriptions by the world's clock: renewed, unpaid, recovered, canceled, paused, changed, tried first."""

from typing import Any

import pytest

from tests.sandbox.creem.world import DAY, Receiver, Shop
from tests.sandbox.world import eventually

FAILS_LATER = "4000 0000 0000 0341"


def told(shop: Shop) -> list[str]:
    """The types of all events so far, oldest first."""
    return [event["type"] for event in shop.browser.get("/creem/events").json()["events"]]


def paid(shop: Shop) -> list[int]:
    """What was paid so far, oldest first."""
    return [one["amount_paid"] for one in reversed(shop.get("/transactions/search", page_size=100)["items"])]


def test_a_year_of_renewals_keeps_the_anniversary(shop: Shop) -> None:
    subscription = shop.subscribe()
    day = subscription["current_period_start_date"][8:10]
    shop.advance(366)
    after = shop.subscription(subscription)
    assert told(shop) == ["checkout.completed", "subscription.active", *["subscription.paid"] * 13]
    assert (after["status"], after["current_period_start_date"][8:10]) == ("active", day)
    assert paid(shop) == [2900] * 13


def test_a_trial_product_charges_when_the_trial_is_over(shop: Shop) -> None:
    subscription = shop.subscribe(shop.product(trial_period_days=7))
    assert (subscription["status"], "last_transaction" in subscription) == ("trialing", False)
    assert told(shop) == ["checkout.completed", "subscription.active", "subscription.trialing"]
    shop.advance(7.1)
    after = shop.subscription(subscription)
    assert (after["status"], paid(shop)) == ("active", [2900])
    assert told(shop)[-1] == "subscription.paid"
    assert after["current_period_start_date"] == subscription["current_period_end_date"]


def test_a_refused_card_makes_it_past_due_then_expired_then_canceled(shop: Shop) -> None:
    subscription = shop.subscribe(number=FAILS_LATER)
    shop.advance(32)
    assert shop.subscription(subscription)["status"] == "past_due"
    shop.advance(15)
    assert shop.subscription(subscription)["status"] == "expired"
    shop.advance(8)
    after = shop.subscription(subscription)
    assert (after["status"], bool(after["canceled_at"])) == ("canceled", True)
    assert told(shop)[3:] == ["subscription.past_due", "subscription.expired", "subscription.canceled"]
    assert paid(shop) == [2900]


def test_it_may_stay_unpaid_and_a_new_card_saves_it(shop: Shop) -> None:
    shop.browser.post("/dunning", json={"retry_days": [1], "final_action": "unpaid"})
    subscription = shop.subscribe(number=FAILS_LATER)
    shop.advance(33)
    assert shop.subscription(subscription)["status"] == "unpaid"
    assert shop.control("card", subscription=subscription["id"], number="4242424242424242")["status"] == "active"
    assert told(shop)[3:] == ["subscription.past_due", "subscription.unpaid", "subscription.paid"]


@pytest.mark.parametrize(("on_execute", "ends"), [("cancel", "canceled"), ("pause", "paused")])
def test_a_scheduled_end_comes_with_the_period(shop: Shop, on_execute: str, ends: str) -> None:
    subscription = shop.subscribe()
    scheduled = shop.act(subscription, "cancel", mode="scheduled", onExecute=on_execute)
    assert (scheduled["status"], scheduled["canceled_at"]) == ("scheduled_cancel", None)
    shop.advance(32)
    assert shop.subscription(subscription)["status"] == ends
    assert told(shop)[3:] == ["subscription.scheduled_cancel", f"subscription.{ends}"]
    assert paid(shop) == [2900]


def test_a_scheduled_end_is_taken_back(shop: Shop) -> None:
    subscription = shop.subscribe()
    shop.act(subscription, "cancel", mode="scheduled")
    again = shop.act(subscription, "resume")
    assert (again["status"], again["next_transaction_date"]) == ("active", subscription["next_transaction_date"])
    shop.advance(32)
    assert told(shop)[3:] == ["subscription.scheduled_cancel", "subscription.update", "subscription.paid"]


def test_an_end_at_once_is_final(shop: Shop) -> None:
    subscription = shop.subscribe()
    ended = shop.act(subscription, "cancel", mode="immediate")
    assert (ended["status"], bool(ended["canceled_at"]), "next_transaction_date" in ended) == ("canceled", True, False)
    shop.advance(40)
    assert paid(shop) == [2900]
    for what in ("cancel", "pause", "resume"):
        shop.act(subscription, what, 400)
    shop.act(subscription, "upgrade", 400, product_id=subscription["product"]["id"])


def test_a_pause_charges_nothing_and_going_on_begins_a_new_period(shop: Shop) -> None:
    subscription = shop.subscribe()
    assert shop.act(subscription, "pause")["status"] == "paused"
    shop.advance(90)
    assert paid(shop) == [2900]
    resumed = shop.act(subscription, "resume")
    assert (resumed["status"], paid(shop)) == ("active", [2900, 2900])
    assert resumed["last_transaction_date"] == resumed["current_period_start_date"]
    assert told(shop)[3:] == ["subscription.paused", "subscription.update", "subscription.paid"]


@pytest.mark.parametrize(
    ("behavior", "now", "later", "new_period"),
    [
        ("proration-charge-immediately", [1500], [2000], True),
        ("proration-charge", [], [2500], False),
        ("proration-none", [], [2000], False),
    ],
)
def test_a_change_of_product_is_settled_in_three_ways(
    shop: Shop, behavior: str, now: list[int], later: list[int], new_period: bool
) -> None:
    subscription = shop.subscribe(shop.product(1000))
    start, end = (shop.moment(subscription[f"current_period_{side}_date"]) for side in ("start", "end"))
    shop.advance((end - start) / DAY / 2)
    bigger = shop.product(2000)
    changed = shop.act(subscription, "upgrade", product_id=bigger["id"], update_behavior=behavior)
    assert (changed["product"]["id"], changed["items"][0]["product_id"]) == (bigger["id"], bigger["id"])
    assert [round(one, -1) for one in paid(shop)[1:]] == now
    assert (changed["current_period_end_date"] != subscription["current_period_end_date"]) == new_period
    assert told(shop)[3:] == ["subscription.update", *(["subscription.paid"] if now else [])]
    shop.advance(32)
    assert [round(one, -1) for one in paid(shop)[1 + len(now) :]] == later


def test_more_units_are_charged_with_the_next_payment(shop: Shop) -> None:
    subscription = shop.subscribe(shop.product(1000))
    item = {"id": subscription["items"][0]["id"], "units": 3}
    changed = shop.post(f"/subscriptions/{subscription['id']}", items=[item])
    assert changed["items"][0]["units"] == 3
    shop.advance(32)
    assert [round(one, -2) for one in paid(shop)] == [1000, 5000]


def test_a_change_that_cannot_be_paid_changes_nothing(shop: Shop) -> None:
    subscription = shop.subscribe(number=FAILS_LATER)
    refused = shop.act(subscription, "upgrade", 400, product_id=shop.product(9900)["id"])
    assert "Payment failed" in refused["message"][0]
    assert shop.subscription(subscription)["product"]["id"] == subscription["product"]["id"]
    eur = shop.product(9900, currency="EUR")
    assert "another currency" in shop.act(subscription, "upgrade", 400, product_id=eur["id"])["message"][0]


@pytest.mark.parametrize(("duration", "then"), [("once", [1500, 2000, 2000]), ("forever", [1500, 1500, 1500])])
def test_a_discount_lasts_as_long_as_it_says(shop: Shop, duration: str, then: list[int]) -> None:
    product = shop.product(2000)
    given: Any = {"name": "Quarter", "type": "percentage", "percentage": 25, "duration": duration, "code": "Q"}
    shop.post("/discounts", **given, applies_to_products=[])
    subscription = shop.subscribe(product, discount_code="Q")
    assert ("discount" in subscription) == (duration == "forever")
    shop.advance(63)
    assert paid(shop) == then


def test_a_card_disputes_its_payment(heard: Shop, receiver: Receiver) -> None:
    subscription = heard.subscribe(number="4000 0000 0000 0259")
    heard.advance(0.1)
    case = eventually(lambda: [one for one in receiver.events if one["eventType"] == "dispute.created"])[0]["object"]
    assert (case["amount"], case["transaction"]["status"], case["subscription"]["id"]) == (
        2900,
        "chargedBack",
        subscription["id"],
    )


def test_a_payment_of_nothing_is_a_payment_and_a_trial_keeps_its_discount(shop: Shop) -> None:
    given: Any = {"type": "percentage", "duration": "once", "applies_to_products": []}
    shop.post("/discounts", name="All", code="ALL", percentage=100, **given)
    shop.post("/discounts", name="Half", code="HALF", percentage=50, **given)
    free = shop.subscribe(shop.product(2000), discount_code="ALL")
    assert (free["status"], free["last_transaction"]["amount_paid"]) == ("active", 0)
    tried = shop.subscribe(shop.product(2000, trial_period_days=7, trial_price=100), discount_code="HALF")
    assert (tried["status"], tried["last_transaction"]["amount_paid"]) == ("trialing", 100)
    shop.advance(7.1)
    assert shop.subscription(tried)["last_transaction"]["amount_paid"] == 1000


def test_what_is_told_says_in_which_order_it_happened(shop: Shop) -> None:
    for _ in range(3):
        shop.subscribe()
    moments = [event["created_at"] for event in shop.browser.get("/creem/events").json()["events"]]
    assert moments == sorted(set(moments))
