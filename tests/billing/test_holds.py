"""Holds as paid features use them: each ends once, whoever asks how often, and belongs to its user."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import credits, doctor, holds
from nestpay.billing.holds import HoldView
from nestpay.domain.errors import (
    HoldClosed,
    IdempotencyMismatch,
    InvalidAmount,
    NestpayError,
    NotEnoughCredits,
    NotFound,
    Refused,
)
from nestpay.domain.ledger import Pool
from nestpay.settings import reset_settings
from nestpay.store.tables import CreditHoldRow
from tests import builders
from tests.billing.people import outcomes_of
from tests.shop import Shop

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ada(shop: Shop) -> str:
    """Ada has 100 credits, 40 of them her plan's."""
    builders.give_credits(shop.user_id, 40, Pool.SUBSCRIPTION)
    builders.give_credits(shop.user_id, 60)
    return shop.user_id


def total(user_id: str) -> int:
    return credits.get_user_benefits(user_id).total_available_credits


def is_in_order(user_id: str) -> bool:
    return list(doctor.examine([user_id])) == []


def test_what_is_held_cannot_be_spent_and_what_it_did_not_cost_comes_back(ada: str) -> None:
    held = holds.hold(ada, 70, key="work", feature="chat")
    assert credits.get_user_benefits(ada).held_credits == 70
    with pytest.raises(NotEnoughCredits):
        credits.spend(ada, 31, key="spend")
    paid = holds.settle(ada, held.id, 45)
    assert (paid.status, paid.settled_amount, total(ada)) == ("settled", 45, 55)
    assert credits.get_user_benefits(ada).subscription_credits_balance == 0
    assert is_in_order(ada)


def test_the_same_request_again_gets_the_first_answer(ada: str) -> None:
    first, again = (holds.hold(ada, 70, key="work") for _ in range(2))
    assert (first.id, first.replayed, again.id, again.replayed) == (again.id, False, first.id, True)
    for _ in range(2):
        holds.settle(ada, first.id, 45)
    other = holds.hold(ada, 10, key="other")
    assert [holds.release(ada, other.id).replayed for _ in range(2)] == [False, True]
    assert (total(ada), is_in_order(ada)) == (55, True)


def test_a_key_or_a_hold_that_was_used_otherwise_is_a_conflict(ada: str) -> None:
    held = holds.hold(ada, 70, key="work", feature="chat")
    for amount, feature in ((71, "chat"), (70, "image")):
        with pytest.raises(IdempotencyMismatch):
            holds.hold(ada, amount, key="work", feature=feature)
    holds.settle(ada, held.id, 45)
    with pytest.raises(IdempotencyMismatch):
        holds.settle(ada, held.id, 46)
    with pytest.raises(HoldClosed):
        holds.release(ada, held.id)
    assert total(ada) == 55


def test_sixteen_who_settle_and_release_at_once_end_it_once(ada: str) -> None:
    held = holds.hold(ada, 70, key="work")
    numbers = iter(range(16))

    def end() -> HoldView:
        return holds.settle(ada, held.id, 45) if next(numbers) % 2 else holds.release(ada, held.id)

    outcomes = outcomes_of(end, 16)
    ended = [each for each in outcomes if isinstance(each, HoldView)]
    assert len([each for each in ended if not each.replayed]) == 1
    assert all(isinstance(each, HoldView | HoldClosed) for each in outcomes)
    assert total(ada) in (55, 100)
    assert is_in_order(ada)


def test_sixteen_who_hold_with_one_key_hold_once(ada: str) -> None:
    outcomes = outcomes_of(lambda: holds.hold(ada, 70, key="work"), 16)
    assert len({each.id for each in outcomes if isinstance(each, HoldView)}) == 1
    assert total(ada) == 30


def test_more_than_there_is_is_never_held_by_many_at_once(ada: str) -> None:
    def attempt(number: int) -> HoldView | NestpayError:
        try:
            return holds.hold(ada, 30, key=f"work-{number}")
        except NotEnoughCredits as shortage:
            return shortage

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(8)))
    assert sum(isinstance(each, HoldView) for each in outcomes) == 3
    assert (total(ada), is_in_order(ada)) == (10, True)


def test_a_hold_whose_time_is_over_gives_back_by_itself_and_cannot_be_settled(
    ada: str, clock: time_machine.Traveller
) -> None:
    held = holds.hold(ada, 70, key="work", life=5 * MINUTE)
    young = holds.hold(ada, 10, key="young", life=60 * MINUTE)
    clock.shift(5 * MINUTE)
    with pytest.raises(HoldClosed):
        holds.settle(ada, held.id, 1)
    assert holds.release_expired() == 1
    assert holds.release_expired() == 0
    assert holds.release(ada, held.id).status == "expired"
    assert (total(ada), is_in_order(ada)) == (90, True)
    assert holds.settle(ada, young.id, 10).status == "settled"


def test_another_users_hold_is_not_found(ada: str) -> None:
    held = holds.hold(ada, 70, key="work")
    bob = builders.add_user("bob")
    for end in (lambda: holds.settle(bob, held.id, 1), lambda: holds.release(bob, held.id)):
        with pytest.raises(NotFound):
            end()
    with pytest.raises(NotFound):
        holds.release(ada, held.id, key_prefix="api:")
    assert [row.status for row in builders.rows_of(CreditHoldRow)] == ["open"]


def test_a_wish_that_makes_no_sense_holds_nothing(ada: str) -> None:
    wrong: list[tuple[type[NestpayError], dict[str, object]]] = [
        (InvalidAmount, {"amount": 0}),
        (InvalidAmount, {"amount": 2**60}),
        (Refused, {"key": ""}),
        (Refused, {"key": "x" * 201}),
        (Refused, {"life": timedelta(0)}),
        (Refused, {"life": timedelta(days=1, seconds=1)}),
        (NotEnoughCredits, {"amount": 101}),
        (NotFound, {"user_id": "nobody"}),
    ]
    for error, details in wrong:
        wish: dict[str, object] = {"user_id": ada, "amount": 10, "key": "work", **details}
        with pytest.raises(error):
            holds.hold(**wish)  # pyright: ignore[reportArgumentType]
    assert builders.counts(CreditHoldRow) == (0,)


@pytest.mark.parametrize(("policy", "left", "debt"), [("refuse", None, 0), ("available", 20, 0), ("debt", 20, 0)])
def test_work_that_cost_more_than_was_held_is_treated_as_the_operator_says(
    ada: str, monkeypatch: pytest.MonkeyPatch, policy: str, left: int | None, debt: int
) -> None:
    monkeypatch.setenv("HOLD_OVERDRAFT", policy)
    reset_settings()
    held = holds.hold(ada, 70, key="work")
    if left is None:
        with pytest.raises(NotEnoughCredits):
            holds.settle(ada, held.id, 80)
    else:
        assert holds.settle(ada, held.id, 80).settled_amount == 80
        assert (total(ada), credits.get_user_benefits(ada).debt) == (left, debt)
    assert is_in_order(ada)


def test_a_debt_is_repaid_by_what_comes_next(ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLD_OVERDRAFT", "debt")
    reset_settings()
    held = holds.hold(ada, 100, key="work")
    holds.settle(ada, held.id, 130)
    assert (total(ada), credits.get_user_benefits(ada).debt) == (0, 30)
    builders.give_credits(ada, 50)
    assert (total(ada), credits.get_user_benefits(ada).debt) == (20, 0)
    assert is_in_order(ada)
