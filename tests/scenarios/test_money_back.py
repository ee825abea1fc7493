"""Stories of money that goes back: what was spent stays spent, nothing is taken twice, and what failed is returned."""

from typing import Any

from nestpay.billing import refunds
from nestpay.store.tables import OrderRow
from tests.scenarios.merchant import Merchant


def told(order: OrderRow) -> tuple[str, int, int, int]:
    """What an order says of its refunds."""
    return order.status, order.amount_refunded, order.credits_revoked, order.credits_owed


def lever(ada: Merchant, action: str, **given: Any) -> dict[str, Any]:
    """Press a lever of the sandbox's and hear of it."""
    done = ada.lever(action, **given)
    assert done is not None
    ada.hear()
    return done


def test_a_refund_after_spending_takes_only_what_is_left(ada: Merchant) -> None:
    ada.buy()
    ada.hear()
    assert ada.spend(200, "spend") == "spent"
    (order,) = ada.orders()
    preview = refunds.simulate(order.id)
    assert (preview.credits_to_revoke, preview.credits_left, preview.credits_spent) == (300, 300, 200)
    refunds.refund_order(order.id, by="an-admin")
    ada.hear()
    assert told(ada.order(order.id)) == ("refunded", 900, 300, 200)
    assert ada.credits() == 0
    assert [(row.type, row.status, row.amount_total) for row in ada.orders("refund")] == [("refund", "succeeded", 900)]
    assert ada.mails()["refund"] == 1


def test_a_refund_and_a_dispute_of_one_payment_never_take_twice(ada: Merchant) -> None:
    ada.subscribe()
    (order,) = ada.orders()
    lever(ada, "refund", payment_intent=order.provider_payment_intent_id, amount=950)
    assert (told(ada.order(order.id)), ada.credits()) == (("partially_refunded", 950, 500, 0), 500)
    case = lever(ada, "dispute", payment_intent=order.provider_payment_intent_id)
    assert (told(ada.order(order.id)), ada.credits()) == (("disputed", 950, 1000, 0), 0)
    lever(ada, "dispute-close", dispute=case["id"], outcome="won")
    assert (told(ada.order(order.id)), ada.credits()) == (("partially_refunded", 950, 500, 0), 500)


def test_a_lost_dispute_keeps_what_it_took(ada: Merchant) -> None:
    ada.subscribe()
    (order,) = ada.orders()
    case = lever(ada, "dispute", payment_intent=order.provider_payment_intent_id)
    lever(ada, "dispute-close", dispute=case["id"], outcome="lost")
    assert (told(ada.order(order.id)), ada.credits()) == (("disputed", 0, 1000, 0), 0)


def test_a_refund_that_fails_gives_back(ada: Merchant) -> None:
    ada.buy(number="4000000000005126")
    ada.hear()
    (order,) = ada.orders()
    refund = lever(ada, "refund", payment_intent=order.provider_payment_intent_id)
    lever(ada, "refund-settle", refund=refund["id"], outcome="failed")
    assert (told(ada.order(order.id)), ada.credits()) == (("succeeded", 0, 0, 0), 500)
    assert [row.status for row in ada.orders("refund")] == ["failed"]


def test_a_refund_of_an_ended_period_takes_nothing_from_the_present_one(ada: Merchant) -> None:
    ada.subscribe()
    ada.live(days=29)
    first, second = ada.orders()
    lever(ada, "refund", payment_intent=first.provider_payment_intent_id)
    assert told(ada.order(first.id)) == ("refunded", 1900, 1000, 0)
    assert (told(ada.order(second.id)), ada.credits()) == (("succeeded", 0, 0, 0), 1000)
