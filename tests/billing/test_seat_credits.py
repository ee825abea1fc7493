"""Credits of a seat's own holder: where the plan says so, once a seat and month, and gone with the seat or the money."""

from datetime import UTC, datetime, timedelta

import pytest

from nestpay.billing import allowance, changes, credits, doctor, explain, seat_credits, seats
from nestpay.domain.errors import NotEnoughCredits
from nestpay.store.tables import CreditGrantRow, OrderRow, PlanRow, UserRow
from tests import builders
from tests.billing.sandbox_house import House
from tests.billing.test_allowance import refund
from tests.billing.test_seats import token_for
from tests.sandbox.world import eventually

DAY = timedelta(days=1)


@pytest.fixture
def team(house: House) -> House:
    """Ada has three seats of Pro, which gives each seat's holder 1000 credits of their own."""
    plan_id = house.prices["pro", "month"].plan_id
    (row,) = builders.rows_of(PlanRow, id=plan_id)
    builders.set_columns(PlanRow, "id", plan_id, benefits={**row.benefits, "credits_per_seat": "holder"})
    return house


def join(house: House, name: str) -> str:
    """Somebody who is invited and accepts."""
    known = builders.rows_of(UserRow, email=f"{name}@example.com")
    user_id = known[0].id if known else builders.add_user(name)
    seats.invite(house.user_id, f"{name}@example.com")
    seats.accept(user_id, token_for(f"{name}@example.com"))
    return user_id


def leave(house: House, name: str) -> None:
    holder = next(each for each in seats.holders(house.user_id).holders if each.email == f"{name}@example.com")
    seats.revoke(house.user_id, holder.seat_id)


def balances(house: House, *user_ids: str) -> list[int]:
    """What each can spend, the owner first; the books are right."""
    assert list(doctor.examine()) == []
    return [house.credits(user_id) for user_id in (house.user_id, *user_ids)]


def test_each_holder_gets_a_seats_credits_and_the_owner_one_seats(team: House) -> None:
    team.subscribe(quantity=3)
    bob, carol = join(team, "bob"), join(team, "carol")
    assert balances(team, bob, carol) == [1000, 1000, 1000]
    credits.spend(bob, 1000, key="all")
    with pytest.raises(NotEnoughCredits):
        credits.spend(bob, 1, key="more")
    assert balances(team, bob, carol) == [1000, 0, 1000]
    assert credits.get_user_benefits(bob).shared_credits == 0


def test_the_holder_reads_what_paid_for_the_credits(team: House) -> None:
    team.subscribe(quantity=2)
    (lot,) = explain.explain(join(team, "bob"))
    assert (lot.source, lot.paid_for, lot.amount, lot.state) == ("subscription_grant", "Pro", 1000, "open")


def test_a_seat_brings_credits_once_a_month_whoever_holds_it(team: House) -> None:
    team.subscribe(quantity=2)
    bob = join(team, "bob")
    credits.spend(bob, 400, key="some")
    leave(team, "bob")
    assert balances(team, bob) == [1000, 0]
    assert [lot.state for lot in explain.explain(bob)] == ["ended"]
    assert join(team, "bob") == bob
    leave(team, "bob")
    carol = join(team, "carol")
    assert seat_credits.run_due() == 0
    assert balances(team, bob, carol) == [1000, 0, 0]


def test_a_renewal_brings_each_holder_the_next_month(team: House) -> None:
    team.subscribe(quantity=3)
    bob = join(team, "bob")
    credits.spend(bob, 400, key="some")
    team.clock.shift(31 * DAY)
    eventually(lambda: team.renewals() == 1)
    team.hear()
    assert seat_credits.run_due() == 1
    carol = join(team, "carol")
    assert balances(team, bob, carol) == [1000, 1000, 1000]
    assert seat_credits.run_due() == 0


def test_a_years_holders_get_their_credits_month_by_month(team: House) -> None:
    team.subscribe("pro", "year", quantity=2)
    bob = join(team, "bob")
    team.clock.move_to(datetime(2027, 5, 2, tzinfo=UTC))
    assert (allowance.run_due(), seat_credits.run_due()) == (1, 1)
    assert balances(team, bob) == [1000, 1000]


def test_a_seat_that_is_added_within_the_month_brings_the_rest_of_it(team: House) -> None:
    team.subscribe(quantity=2)
    bob = join(team, "bob")
    team.clock.shift(15 * DAY)
    changes.agree(team.user_id, changes.quote(team.user_id, team.price("pro"), quantity=3).id)
    team.hear()
    carol = join(team, "carol")
    owner, first, second = balances(team, bob, carol)
    assert (owner, first) == (1000, 1000)
    assert 498 <= second <= 500


def test_the_end_of_the_subscription_is_the_end_of_its_holders_credits(team: House) -> None:
    row = team.subscribe(quantity=2)
    bob = join(team, "bob")
    team.served.client.subscriptions.cancel(row.provider_subscription_id)
    team.hear()
    assert balances(team, bob) == [0, 0]
    assert seat_credits.run_due() == 0


def test_a_refund_takes_from_owner_and_holders_alike(team: House) -> None:
    team.subscribe(quantity=3)
    bob, carol = join(team, "bob"), join(team, "carol")
    credits.spend(bob, 800, key="most")
    (paid,) = [row for row in builders.rows_of(OrderRow, user_id=team.user_id) if row.type != "refund"]
    refund(team, amount=paid.amount_total // 2)
    assert balances(team, bob, carol) == [500, 0, 500]
    (order,) = builders.rows_of(OrderRow, id=paid.id)
    assert (order.credits_revoked, order.credits_owed) == (1200, 300)
    team.hear(again=True)
    assert balances(team, bob, carol) == [500, 0, 500]


def test_who_joins_after_a_refund_gets_what_is_left_of_a_seat(team: House) -> None:
    team.subscribe(quantity=2)
    (paid,) = [row for row in builders.rows_of(OrderRow, user_id=team.user_id) if row.type != "refund"]
    refund(team, amount=paid.amount_total // 2)
    assert balances(team, join(team, "bob")) == [500, 500]


def test_a_plan_that_shares_gives_the_owner_everything(house: House) -> None:
    house.subscribe(quantity=2)
    bob = join(house, "bob")
    assert (house.credits(), seat_credits.run_due()) == (2000, 0)
    assert [lot.user_id for lot in builders.rows_of(CreditGrantRow)] == [house.user_id]
    assert credits.get_user_benefits(bob).shared_credits == 2000
