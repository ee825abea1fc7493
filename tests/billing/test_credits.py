"""Credits as customers use them: spent once per key, never below zero, and told page by page."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from nestpay.billing import credits, views
from nestpay.billing.credits import Spent
from nestpay.domain import ledger
from nestpay.domain.errors import (
    IdempotencyMismatch,
    InvalidAmount,
    NestpayError,
    NotEnoughCredits,
    NotFound,
    Refused,
)
from nestpay.domain.ledger import GENESIS, LogType, Pool, Touch
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import subscriptions
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import CreditGrantRow, CreditLineageRow, CreditLogRow, UsageRow
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop


def attempt(spend: Callable[[], Spent]) -> Spent | NestpayError:
    try:
        return spend()
    except NestpayError as refusal:
        return refusal


def total(user_id: str) -> int:
    return credits.get_user_benefits(user_id).total_available_credits


def subscribe(shop: Shop, key: tuple[str, str] = ("pro", "month"), **details: Any) -> Subscription:
    """A running subscription of Ada's, its period from 31 January on."""
    price = shop.prices[key]
    known = {
        "id": new_id(),
        "user_id": shop.user_id,
        "provider": "stripe",
        "provider_subscription_id": "sub_1",
        "status": SubscriptionStatus.ACTIVE,
        "plan_id": price.plan_id,
        "price_id": price.id,
        "current_period_start": datetime(2027, 1, 31, tzinfo=UTC),
        "current_period_end": datetime(2027, 2, 28, tzinfo=UTC),
        "anchor_at": datetime(2027, 1, 31, tzinfo=UTC),
        "created_at": FIRST_OF_FEBRUARY,
        "updated_at": FIRST_OF_FEBRUARY,
    }
    subscription = Subscription(**{**known, **details})
    with transaction() as session:
        subscriptions.save(session, subscription)
    return subscription


# Spending


def test_a_spend_takes_credits_and_says_what_is_left(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 100)
    spent = credits.spend(shop.user_id, 30, key="k", feature="chat", note="one answer")
    assert (spent.amount, spent.one_time_balance_after, spent.replayed) == (30, 70, False)
    newest = credits.history(shop.user_id).rows[0]
    assert (newest.id, newest.amount, newest.type, newest.note) == (spent.log_id, -30, "feature_usage", "one answer")


def test_the_same_key_gets_the_first_answer_and_takes_nothing_more(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 100)
    first = credits.spend(shop.user_id, 30, key="k", feature="chat")
    credits.spend(shop.user_id, 5, key="other")
    again = credits.spend(shop.user_id, 30, key="k", feature="chat")
    assert again == Spent(first.log_id, 30, 0, 70, replayed=True)
    assert total(shop.user_id) == 65


@pytest.mark.parametrize(("amount", "feature"), [(31, "chat"), (30, "image")])
def test_the_same_key_for_another_request_is_a_conflict(shop: Shop, amount: int, feature: str) -> None:
    builders.give_credits(shop.user_id, 100)
    credits.spend(shop.user_id, 30, key="k", feature="chat")
    with pytest.raises(IdempotencyMismatch):
        credits.spend(shop.user_id, amount, key="k", feature=feature)
    assert total(shop.user_id) == 70


def test_a_refused_spend_leaves_its_key_free(shop: Shop) -> None:
    with pytest.raises(NotEnoughCredits):
        credits.spend(shop.user_id, 10, key="k")
    builders.give_credits(shop.user_id, 10)
    assert not credits.spend(shop.user_id, 10, key="k").replayed


def test_one_users_key_means_nothing_to_another(shop: Shop) -> None:
    bob = builders.add_user("bob")
    for user_id in (shop.user_id, bob):
        builders.give_credits(user_id, 10)
        assert not credits.spend(user_id, 10, key="k").replayed


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, 2**60])
def test_an_amount_that_makes_no_sense_is_refused(shop: Shop, amount: Any) -> None:
    builders.give_credits(shop.user_id, 10)
    with pytest.raises(InvalidAmount):
        credits.spend(shop.user_id, amount, key="k")


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_spend_needs_a_key_of_a_sensible_length(shop: Shop, key: str) -> None:
    with pytest.raises(Refused):
        credits.spend(shop.user_id, 1, key=key)


@pytest.mark.usefixtures("shop")
def test_somebody_unknown_spends_nothing() -> None:
    with pytest.raises(NotFound):
        credits.spend("nobody", 1, key="k")


def test_expired_credits_are_neither_shown_nor_spent_before_anybody_swept_them(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    builders.give_credits(shop.user_id, 100, expires_at=FIRST_OF_FEBRUARY + timedelta(days=1))
    builders.give_credits(shop.user_id, 5)
    clock.shift(timedelta(days=2))
    assert views.header(shop.user_id).credits_total == total(shop.user_id) == 5
    with pytest.raises(NotEnoughCredits):
        credits.spend(shop.user_id, 6, key="k")
    credits.spend(shop.user_id, 5, key="k2")
    assert [row.type for row in credits.history(shop.user_id).rows[:2]] == ["feature_usage", "expire"]


# At the same time


def test_32_spenders_at_once_never_overspend(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 60, Pool.SUBSCRIPTION)
    builders.give_credits(shop.user_id, 40)
    with ThreadPoolExecutor(32) as threads:
        outcomes = list(
            threads.map(
                lambda number: attempt(lambda: credits.spend(shop.user_id, 3, key=f"k{number % 48}")), range(64)
            )
        )
    fresh = [each for each in outcomes if isinstance(each, Spent) and not each.replayed]
    assert len(fresh) == 33
    assert all(isinstance(each, Spent | NotEnoughCredits) for each in outcomes)
    assert total(shop.user_id) == 1
    assert_the_books_are_right(shop.user_id)


def test_spenders_in_other_processes_wait_for_each_other(shop: Shop) -> None:
    """The group's thread is one process's; the account's lock holds between processes too."""
    builders.give_credits(shop.user_id, 10)
    wishes = [credits._Wish(shop.user_id, 3, f"k{number}", "", "") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        outcomes = [
            each for answers in threads.map(lambda wish: credits._spend_group([wish]), wishes) for each in answers
        ]
    assert sum(isinstance(each, Spent) for each in outcomes) == 3
    assert_the_books_are_right(shop.user_id)


def test_a_spend_that_no_database_can_store_fells_no_other_of_its_group(shop: Shop) -> None:
    builders.give_credits(shop.user_id, 10)
    wishes = [credits._Wish(shop.user_id, 1, f"k{number}", "", "\ud800" if number == 1 else "") for number in range(3)]
    first, poisoned, last = credits._spend_group(wishes)
    assert isinstance(first, Spent)
    assert isinstance(poisoned, Exception)
    assert isinstance(last, Spent)
    assert total(shop.user_id) == 8


def assert_the_books_are_right(user_id: str) -> None:
    """Balances are the open lots, lineage adds up, and the stored chain verifies."""
    (usage,) = builders.rows_of(UsageRow, user_id=user_id)
    lots = builders.rows_of(CreditGrantRow, user_id=user_id)
    for pool, held in (
        ("subscription", usage.subscription_credits_balance),
        ("one_time", usage.one_time_credits_balance),
    ):
        assert sum(lot.remaining for lot in lots if lot.pool == pool) == held
    lines = sorted(builders.rows_of(CreditLogRow, user_id=user_id), key=lambda line: line.seq)
    touches = builders.rows_of(CreditLineageRow)
    assert [line.seq for line in lines] == list(range(1, usage.seq + 1))
    head = GENESIS
    for line in lines:
        own = tuple(Touch(touch.lot_id, touch.amount) for touch in touches if touch.log_id == line.id)
        assert line.previous_hash == head
        head = ledger.chain_hash(
            head,
            user_id,
            line.seq,
            line.subscription_balance_after,
            line.one_time_balance_after,
            LogType(line.type),
            line.created_at,
            line.key,
            own,
        )
        assert line.hash == head
    assert usage.head_hash == head
    for lot in lots:
        assert sum(touch.amount for touch in touches if touch.lot_id == lot.id) == lot.remaining


# What a customer holds


def test_who_has_nothing_holds_nothing(shop: Shop) -> None:
    held = credits.get_user_benefits(shop.user_id)
    assert (held.active_plan_id, held.subscription_status, held.total_available_credits) == (None, None, 0)
    assert views.header(shop.user_id) == views.Header("", 0)
    assert views.subscription(shop.user_id) is None


def test_benefits_name_the_plan_its_status_and_both_balances(shop: Shop) -> None:
    subscribe(shop)
    builders.give_credits(shop.user_id, 60, Pool.SUBSCRIPTION)
    builders.give_credits(shop.user_id, 40)
    held = credits.get_user_benefits(shop.user_id)
    assert (held.plan_title, held.active_plan_id, held.subscription_status) == ("Pro", shop.pro.plan_id, "active")
    assert (held.subscription_credits_balance, held.one_time_credits_balance) == (60, 40)
    assert held.next_credit_date == held.current_period_end == datetime(2027, 2, 28, tzinfo=UTC)
    assert views.header(shop.user_id) == views.Header("Pro", 100)


def test_a_yearly_plans_next_credits_come_a_month_after_the_last(shop: Shop) -> None:
    subscribe(shop, ("pro", "year"), current_period_end=datetime(2028, 1, 31, tzinfo=UTC))
    assert credits.get_user_benefits(shop.user_id).next_credit_date == datetime(2027, 2, 28, tzinfo=UTC)


def test_a_subscription_that_ends_with_its_period_brings_no_more_credits(shop: Shop) -> None:
    end = datetime(2027, 2, 28, tzinfo=UTC)
    subscribe(shop, cancel_at_period_end=True, cancels_at=end)
    assert credits.get_user_benefits(shop.user_id).next_credit_date is None
    page = views.subscription(shop.user_id)
    assert page is not None
    assert (page.cancels_at, page.amount_text, page.interval, page.status) == (end, "$19", "month", "active")


# The history, page by page


def pages_of(read: Callable[..., Any], *, limit: int) -> list[list[Any]]:
    """All pages forward to the end, checked against the way back."""
    page, forward = read(after=None, limit=limit), []
    while True:
        forward.append(list(page.rows))
        if page.next is None:
            break
        page = read(after=page.next, limit=limit)
    backward = [list(page.rows)]
    while page.previous:
        page = read(after=page.previous, limit=limit)
        backward.append(list(page.rows))
    assert [row for rows in reversed(backward) for row in rows] == [row for rows in forward for row in rows]
    return forward


@pytest.mark.parametrize(("lines", "sizes"), [(0, [0]), (1, [1]), (3, [3]), (4, [3, 1]), (7, [3, 3, 1])])
def test_the_credit_history_is_read_in_pages_newest_first_and_back(shop: Shop, lines: int, sizes: list[int]) -> None:
    for number in range(lines):
        builders.give_credits(shop.user_id, number + 1)
    pages = pages_of(lambda **options: credits.history(shop.user_id, **options), limit=3)
    assert [len(page) for page in pages] == sizes
    assert [row.amount for page in pages for row in page] == list(range(lines, 0, -1))


def test_orders_made_in_the_same_instant_are_each_shown_once(shop: Shop) -> None:
    made = {builders.add_order(shop.user_id, shop.pack).id for _ in range(7)}
    pages = pages_of(lambda **options: views.orders_of(shop.user_id, **options), limit=3)
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {row.id for page in pages for row in page} == made


def test_nobody_sees_another_customers_lines_or_orders(shop: Shop) -> None:
    bob = builders.add_user("bob")
    builders.give_credits(bob, 5)
    builders.add_order(bob, shop.pack)
    assert credits.history(shop.user_id).rows == ()
    assert views.orders_of(shop.user_id).rows == ()


@pytest.mark.parametrize(
    "mark", ["nonsense", "older:", "older:x", "sideways:3", "older:\u00b2", "newer:" + "9" * 5000, "older:1|\x00"]
)
def test_a_mark_that_no_page_gave_out_is_not_found(shop: Shop, mark: str) -> None:
    with pytest.raises(NotFound):
        credits.history(shop.user_id, after=mark)
    with pytest.raises(NotFound):
        views.orders_of(shop.user_id, after=mark)


@pytest.mark.parametrize("order_id", ["\x00", "\ud800", "x" * 9999])
def test_a_forged_mark_of_orders_never_breaks_the_page(shop: Shop, order_id: str) -> None:
    with pytest.raises(NotFound):
        views.orders_of(shop.user_id, after=f"older:2027-01-01T00:00:00+00:00|{order_id}")
