"""Explanations: every lot tells what paid for it and where it went, every line what it touched, and a file is harmless."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import credits, explain, holds
from nestpay.domain.errors import NotFound
from nestpay.domain.orders import OrderStatus
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop


def test_a_lot_tells_what_paid_for_it_and_where_its_credits_went(shop: Shop) -> None:
    order = builders.add_order(shop.user_id, shop.pack, status=OrderStatus.SUCCEEDED, description="500 credits")
    builders.give_credits(shop.user_id, 100, order_id=order.id)
    credits.spend(shop.user_id, 30, key="k", feature="chat", note="one answer")
    (lot,) = explain.explain(shop.user_id)
    assert (lot.paid_for, lot.order_id, lot.amount, lot.remaining, lot.state) == (
        "500 credits",
        order.id,
        100,
        70,
        "open",
    )
    assert [(use.amount, use.type, use.feature, use.note) for use in lot.uses] == [
        (-30, "feature_usage", "chat", "one answer"),
        (100, "signup_bonus", "", ""),
    ]


def test_a_lot_is_open_used_or_expired_also_before_anybody_swept_it(shop: Shop, clock: time_machine.Traveller) -> None:
    day = timedelta(days=1)
    builders.give_credits(shop.user_id, 10, expires_at=FIRST_OF_FEBRUARY + day, priority=1)
    builders.give_credits(shop.user_id, 20, expires_at=FIRST_OF_FEBRUARY + day)
    builders.give_credits(shop.user_id, 30)
    credits.spend(shop.user_id, 10, key="k")
    assert {lot.amount: lot.state for lot in explain.explain(shop.user_id)} == {10: "used", 20: "open", 30: "open"}
    clock.shift(2 * day)
    before = {lot.amount: (lot.state, lot.remaining) for lot in explain.explain(shop.user_id)}
    credits.spend(shop.user_id, 1, key="k2")
    after = {lot.amount: lot.state for lot in explain.explain(shop.user_id)}
    assert before == {10: ("used", 0), 20: ("expired", 0), 30: ("open", 30)}
    assert after == {10: "used", 20: "expired", 30: "open"}


def test_a_line_opens_to_the_lots_it_touched(shop: Shop) -> None:
    for _ in range(2):
        builders.give_credits(shop.user_id, 20)
    spent = credits.spend(shop.user_id, 30, key="k")
    found = explain.lineage(shop.user_id, spent.log_id)
    assert (found.amount, sorted(amount for _, _, amount in found.lots)) == (-30, [-20, -10])
    assert {paid_for for _, paid_for, _ in found.lots} == {"signup_bonus"}


def test_somebody_elses_line_is_not_found(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 20)
    spent = credits.spend(shop.user_id, 10, key="k")
    for log_id in (spent.log_id, "unknown"):
        with pytest.raises(NotFound):
            explain.lineage(builders.add_user(f"bob-{log_id}"), log_id)


def test_a_lot_with_many_uses_hides_no_other_lots_story(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 1)
    builders.give_credits(shop.user_id, 600)
    for number in range(601):
        credits.spend(shop.user_id, 1, key=f"k{number}")
    newest, oldest = explain.explain(shop.user_id)
    assert (oldest.amount, len(oldest.uses)) == (1, 2)
    assert newest.uses


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_note_becomes_a_formula_in_a_spreadsheet(shop: Shop, start: str) -> None:
    builders.give_credits(shop.user_id, 20)
    note = f'{start}HYPERLINK("https://evil.example","x"),\n"'
    credits.spend(shop.user_id, 10, key="k", feature=f"{start}cmd", note=note)
    rows = list(csv.DictReader(io.StringIO("".join(explain.history_csv(shop.user_id)), newline="")))
    assert [row["amount"] for row in rows] == ["20", "-10"]
    assert (rows[1]["feature"], rows[1]["note"]) == (f"'{start}cmd", f"'{note}")


def test_the_file_has_every_line_in_its_order(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 20)
    held = holds.hold(shop.user_id, 15, key="h")
    holds.settle(shop.user_id, held.id, 5)
    rows = list(csv.DictReader(io.StringIO("".join(explain.history_csv(shop.user_id)))))
    assert [(row["type"], row["one_time_balance"]) for row in rows] == [
        ("signup_bonus", "20"),
        ("hold", "5"),
        ("hold_settle", "15"),
    ]
