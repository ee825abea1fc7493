"""Credits given and taken by hand: once per key, never below zero, told in the history and in the audit log."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from nestpay.billing import credits, doctor
from nestpay.domain.errors import IdempotencyMismatch, InvalidAmount, NotEnoughCredits, NotFound, Refused
from nestpay.store.tables import AuditRow, CreditGrantRow, UsageRow
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop


def adjust(shop: Shop, amount: Any, key: str = "ticket-1", **details: Any) -> credits.CreditLogRow:
    return credits.adjust(
        shop.user_id, amount, **{"reason": "sorry for the outage", "by": "boss", "key": key} | details
    )


def total(shop: Shop) -> int:
    assert list(doctor.examine([shop.user_id])) == []
    return credits.get_user_benefits(shop.user_id).total_available_credits


def test_credits_given_by_hand_are_a_lot_of_their_own_with_the_reason_in_the_history(shop: Shop) -> None:
    line = adjust(shop, 50)
    assert (line.type, line.amount, line.note, line.one_time_balance_after) == (
        "admin_adjust",
        50,
        "sorry for the outage",
        50,
    )
    assert total(shop) == 50
    assert credits.history(shop.user_id).rows == (line,)


def test_credits_taken_by_hand_go_in_the_order_of_spending(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 30, expires_at=FIRST_OF_FEBRUARY + timedelta(days=1))
    builders.give_credits(shop.user_id, 100)
    assert adjust(shop, -40).amount == -40
    assert sorted(lot.remaining for lot in builders.rows_of(CreditGrantRow)) == [0, 90]
    assert total(shop) == 90


@pytest.mark.parametrize("amount", [20, -20])
def test_the_same_adjustment_again_gets_the_first_answer(shop: Shop, amount: int) -> None:
    builders.give_credits(shop.user_id, 100)
    assert adjust(shop, amount) == adjust(shop, amount)
    assert total(shop) == 100 + amount
    for another in (amount + 1, -amount):
        with pytest.raises(IdempotencyMismatch):
            adjust(shop, another)


def test_nobody_is_adjusted_below_zero(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 10)
    with pytest.raises(NotEnoughCredits):
        adjust(shop, -11)
    assert total(shop) == 10


@pytest.mark.parametrize("amount", [0, True, 1.5, 2**60, -(2**60)])
def test_what_is_no_amount_is_refused(shop: Shop, amount: Any) -> None:
    with pytest.raises(InvalidAmount):
        adjust(shop, amount)


def test_an_adjustment_needs_a_reason_a_key_and_an_account(shop: Shop) -> None:
    for missing in ({"reason": "  "}, {"key": ""}):
        with pytest.raises(Refused):
            adjust(shop, 5, **missing)
    with pytest.raises(NotFound):
        credits.adjust("nobody", 5, reason="why not", by="boss", key="k")


def test_the_audit_log_says_who_adjusted_what_and_why(shop: Shop) -> None:
    line = adjust(shop, 50, ip="203.0.113.9")
    adjust(shop, 50)
    (row,) = builders.rows_of(AuditRow)
    assert (row.actor_id, row.action, row.subject, row.ip) == ("boss", "credits.adjust", shop.user_id, "203.0.113.9")
    assert row.after == {"amount": 50, "reason": "sorry for the outage", "log_id": line.id}


def test_a_frozen_account_may_be_adjusted(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 10)
    builders.set_columns(UsageRow, "user_id", shop.user_id, is_frozen=True)
    assert adjust(shop, -4).one_time_balance_after == 6
    assert builders.rows_of(UsageRow, user_id=shop.user_id)[0].is_frozen


def test_a_promotion_comes_once_a_campaign_and_ends_when_it_says(shop: Shop, clock: time_machine.Traveller) -> None:
    def give(campaign: str = "spring", amount: int = 25) -> credits.CreditLogRow:
        return credits.give_promotion(shop.user_id, amount, campaign=campaign, note="Happy spring", days=7, by="cli")

    assert (first := give()) == give()
    assert (first.type, first.note) == ("promotion", "Happy spring")
    with pytest.raises(IdempotencyMismatch):
        give(amount=26)
    give("summer")
    assert total(shop) == 50
    clock.move_to(FIRST_OF_FEBRUARY + timedelta(days=7, minutes=1))
    assert total(shop) == 0
