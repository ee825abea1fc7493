"""A refund is what was shown, happens once however often it is asked for, and can end its subscription."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nestpay.billing import credits, order_file, refund_desk, refunds
from nestpay.domain.errors import (
    AlreadyRefunded,
    InvalidAmount,
    NotFound,
    NotRefundable,
    RefundedMeanwhile,
    RefundTooLarge,
    Unreadable,
    WholeRefundsOnly,
)
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.providers import registry
from nestpay.providers.base import Capability
from nestpay.store.tables import AuditRow, OrderRow, RefundRow, SubscriptionRow
from tests import builders
from tests.billing.people import outcomes_of
from tests.billing.sandbox_house import House

BOSS: dict[str, Any] = {"by": "boss", "ip": "203.0.113.9"}


def paid(house: House, plan: str = "pro") -> OrderRow:
    house.subscribe(plan)
    return next(row for row in builders.rows_of(OrderRow) if row.type != OrderType.REFUND)


def test_the_simulation_says_money_credits_access_and_revenue(house: House) -> None:
    order = paid(house)
    credits.spend(house.user_id, 900, key="work")
    half = refund_desk.preview(order.id, "9.50", "period_end")
    assert (half.amount_text, half.left_text, half.mrr_text) == ("$9.50", "$9.50", "$19.00")
    assert (half.credits_granted, half.credits_left, half.credits_to_revoke, half.credits_spent) == (
        1000,
        100,
        100,
        400,
    )
    assert (half.access, half.access_until) == ("until", house.held().current_period_end)
    assert refund_desk.preview(order.id, "", "now").access == "ends"
    kept = refund_desk.preview(order.id)
    assert (kept.access, kept.mrr_text, kept.is_full) == ("unchanged", "", True)
    assert builders.counts(RefundRow) == (0,)


def test_two_clicks_at_once_send_the_money_back_once(house: House) -> None:
    order = paid(house)
    seen = refunds.simulate(order.id, 950).seen
    answers = outcomes_of(
        lambda: refunds.refund_order(order.id, amount_minor=950, seen=seen, **BOSS).amount_refunded, 2
    )
    assert answers == [950, 950]
    assert [row.amount_minor for row in builders.rows_of(RefundRow)] == [950]
    assert len(house.served.client.refunds.list({"limit": 10}).data) == 1
    assert len(builders.rows_of(AuditRow, action="order.refund")) == 1


def test_a_second_click_after_the_first_one_finds_its_result_and_another_refund_is_asked_anew(house: House) -> None:
    order = paid(house)
    seen = refunds.simulate(order.id, 500).seen
    refunds.refund_order(order.id, amount_minor=500, seen=seen, **BOSS)
    assert refunds.refund_order(order.id, amount_minor=500, seen=seen, **BOSS).amount_refunded == 500
    with pytest.raises(RefundedMeanwhile):
        refunds.refund_order(order.id, amount_minor=700, seen=seen, **BOSS)
    again = refunds.simulate(order.id, 500).seen
    assert refunds.refund_order(order.id, amount_minor=500, seen=again, **BOSS).amount_refunded == 1000


def test_two_admins_with_different_amounts_send_one_of_them(house: House) -> None:
    order = paid(house)
    with ThreadPoolExecutor(2) as threads:
        done = [
            threads.submit(refunds.refund_order, order.id, amount_minor=amount, seen=0, **BOSS) for amount in (500, 700)
        ]
    failures = [each.exception() for each in done if each.exception()]
    assert [type(failure) for failure in failures] == [RefundedMeanwhile]
    assert len(builders.rows_of(RefundRow)) == 1


def test_a_refund_can_end_the_subscription_in_the_same_step_and_all_of_it_is_written_down(house: House) -> None:
    order = paid(house)
    refunds.refund_order(order.id, reason="duplicate", ending="now", seen=0, **BOSS)
    assert builders.rows_of(SubscriptionRow)[0].status == "canceled"
    lines = {row.action: row for row in builders.rows_of(AuditRow, ip="203.0.113.9")}
    refund, end = lines["order.refund"], lines["subscription.cancel"]
    assert (refund.actor_id, refund.subject) == ("boss", f"order:{order.id}")
    assert (refund.before["amount_refunded"], refund.after["amount_minor"], refund.after["reason"]) == (
        0,
        1900,
        "duplicate",
    )
    assert (end.before["status"], end.after["when"]) == ("active", "now")


def test_a_refund_that_the_provider_refuses_can_be_tried_again(house: House) -> None:
    order = paid(house)
    house.served.client.refunds.create({"payment_intent": order.provider_payment_intent_id or ""})
    with pytest.raises(Exception, match="refused"):
        refunds.refund_order(order.id, seen=0, **BOSS)
    assert [row.action for row in builders.rows_of(AuditRow, actor_id="boss")] == [
        "order.refund",
        "order.refund_failed",
    ]
    house.hear()
    with pytest.raises(AlreadyRefunded):
        refunds.refund_order(order.id, **BOSS)


def test_a_provider_that_sends_back_whole_payments_only_is_asked_for_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid(house)
    stripe = registry.get("stripe")
    monkeypatch.setattr(stripe, "capabilities", stripe.capabilities - {Capability.PARTIAL_REFUND})
    with pytest.raises(WholeRefundsOnly):
        refunds.simulate(order.id, 500)
    found = refund_desk.preview(order.id)
    assert (found.may_be_partial, found.is_full) == (False, True)
    assert not order_file.order_file(order.id).can_refund_in_part


@pytest.mark.usefixtures("shop")
def test_nonsense_is_refused_in_words() -> None:
    order = builders.add_order(builders.add_user("eve"))
    for amount, error in (("nine", Unreadable), ("-1", Unreadable), ("1e999", Unreadable)):
        with pytest.raises(error):
            refund_desk.preview(order.id, amount)
    with pytest.raises(NotRefundable):
        refund_desk.preview(order.id)
    with pytest.raises(NotFound):
        refund_desk.preview("nothing")
    paid_order = builders.add_order(builders.add_user("bob"), status=OrderStatus.SUCCEEDED)
    with pytest.raises(RefundTooLarge):
        refund_desk.preview(paid_order.id, "9.01")
    with pytest.raises(InvalidAmount):
        refund_desk.preview(paid_order.id, "0")
