"""Who holds a seat spends the owner's credits when their own are too few."""

import pytest

from nestpay.billing import credits, doctor, seats
from nestpay.domain.errors import IdempotencyMismatch, NotEnoughCredits
from tests import builders
from tests.billing.test_seats import add_subscription, token_for
from tests.shop import Shop


@pytest.fixture
def bob(shop: Shop) -> str:
    """Holds a seat of Ada's subscription; Ada has 100 credits, he has none."""
    add_subscription(shop)
    bob = builders.add_user("bob")
    seats.invite(shop.user_id, "bob@example.com")
    seats.accept(bob, token_for("bob@example.com"))
    builders.give_credits(shop.user_id, 100)
    return bob


def balance(user_id: str) -> int:
    return credits.get_user_benefits(user_id).one_time_credits_balance


def test_a_seats_holder_spends_the_owners_credits(shop: Shop, bob: str) -> None:
    assert credits.get_user_benefits(bob).total_available_credits == 100
    spent = credits.spend(bob, 30, key="a", feature="chat")
    assert (spent.amount, spent.replayed) == (30, False)
    assert (balance(shop.user_id), balance(bob)) == (70, 0)
    assert list(doctor.examine()) == []


def test_the_same_key_is_paid_once_from_the_pool_even_when_the_holder_has_credits_by_then(shop: Shop, bob: str) -> None:
    first = credits.spend(bob, 30, key="a")
    builders.give_credits(bob, 50)
    again = credits.spend(bob, 30, key="a")
    assert (again.log_id, again.replayed) == (first.log_id, True)
    assert (balance(shop.user_id), balance(bob)) == (70, 50)
    with pytest.raises(IdempotencyMismatch):
        credits.spend(bob, 31, key="a")


def test_own_credits_are_spent_before_the_pools(shop: Shop, bob: str) -> None:
    builders.give_credits(bob, 40)
    credits.spend(bob, 40, key="a")
    assert (balance(shop.user_id), balance(bob)) == (100, 0)


def test_an_empty_pool_and_a_revoked_seat_refuse(shop: Shop, bob: str) -> None:
    with pytest.raises(NotEnoughCredits):
        credits.spend(bob, 101, key="a")
    seat = next(holder for holder in seats.holders(shop.user_id).holders if holder.email == "bob@example.com")
    seats.revoke(shop.user_id, seat.seat_id)
    with pytest.raises(NotEnoughCredits):
        credits.spend(bob, 1, key="b")
    assert balance(shop.user_id) == 100
