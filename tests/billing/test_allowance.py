"""What a subscription gives over time: a paid year drips month by month, the free plan gives monthly, both end."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlmodel import col, update

from nestpay.billing import accounts, allowance, credits, doctor, throttle
from nestpay.settings import reset_settings
from nestpay.store.session import transaction
from nestpay.store.tables import CreditDripRow, CreditGrantRow, OrderRow, PlanRow, PriceRecord, SubscriptionRow
from tests import builders
from tests.billing.people import enter, outcomes_of, token_in_mail
from tests.billing.sandbox_house import House
from tests.sandbox.world import eventually

DAY = timedelta(days=1)


def run_all() -> int:
    """Grant what is due, as the job does. Gives how many were settled."""
    total = 0
    while done := allowance.run_due():
        total += done
    return total


def next_day(user_id: str) -> date | None:
    """The day on which credits come again."""
    moment = credits.get_user_benefits(user_id).next_credit_date
    return moment.date() if moment else None


def states(*, granted: int = 0, canceled: int = 0, pending: int = 0) -> dict[str, int]:
    return {name: number for name, number in locals().items() if number}


def drips() -> dict[str, int]:
    """How many drips are in which state."""
    found: dict[str, int] = {}
    for row in builders.rows_of(CreditDripRow):
        found[row.status] = found.get(row.status, 0) + 1
    return found


def set_status(row: SubscriptionRow, status: str) -> None:
    with transaction() as session:
        session.execute(update(SubscriptionRow).where(col(SubscriptionRow.id) == row.id).values(status=status))


def paid_order(user_id: str) -> OrderRow:
    (order,) = builders.rows_of(OrderRow, user_id=user_id)
    return order


@pytest.fixture
def year(house: House) -> SubscriptionRow:
    """Ada paid for a year of Pro on the first of April 2027, at noon."""
    row = house.subscribe("pro", "year")
    assert (house.credits(), drips()) == (1000, states(pending=11))
    return row


# A paid year


def test_a_paid_year_gives_its_credits_month_by_month(house: House, year: SubscriptionRow) -> None:
    for month in range(5, 13):
        credits.spend(house.user_id, 300, key=f"k{month}")
        house.clock.move_to(datetime(2027, month, 1, 11, 59, tzinfo=UTC))
        assert run_all() == 0
        assert next_day(house.user_id) == date(2027, month, 1)
        house.clock.move_to(datetime(2027, month, 1, 12, 30, tzinfo=UTC))
        assert (run_all(), house.credits()) == (1, 1000)
    assert drips() == states(granted=8, pending=3)
    assert list(doctor.examine([house.user_id])) == []


def test_what_was_missed_is_made_good_once_and_old_months_do_not_pile_up(house: House, year: SubscriptionRow) -> None:
    house.clock.move_to(datetime(2027, 9, 20, tzinfo=UTC))
    assert run_all() == 5
    assert (run_all(), house.credits()) == (0, 1000)
    assert paid_order(house.user_id).granted["credits"] == 6000
    assert list(doctor.examine([house.user_id])) == []


def test_sixteen_workers_grant_a_month_once(house: House, year: SubscriptionRow) -> None:
    house.clock.move_to(datetime(2027, 6, 2, tzinfo=UTC))
    outcomes_of(run_all, 16)
    assert (house.credits(), drips()) == (1000, states(granted=2, pending=9))
    assert len(builders.rows_of(CreditGrantRow, user_id=house.user_id)) == 3


def test_a_year_that_began_on_the_31st_drips_on_the_last_day_of_shorter_months(house: House) -> None:
    house.clock.move_to(datetime(2028, 1, 31, 12, tzinfo=UTC))
    house.subscribe("pro", "year")
    due = sorted(row.due_at for row in builders.rows_of(CreditDripRow))
    assert [(each.month, each.day) for each in due[:4]] == [(2, 29), (3, 31), (4, 30), (5, 31)]


def test_nothing_drips_after_the_subscription_has_ended(house: House, year: SubscriptionRow) -> None:
    house.served.client.subscriptions.cancel(year.provider_subscription_id)
    house.hear()
    assert (house.held().status, house.credits()) == ("canceled", 0)
    house.clock.shift(100 * DAY)
    assert (run_all(), house.credits(), drips()) == (0, 0, states(canceled=11))


def test_an_invoice_that_is_heard_of_after_the_end_gives_nothing(house: House) -> None:
    house.subscribe("pro", "year")
    first = house.credits()
    house.served.client.subscriptions.cancel(house.held().provider_subscription_id)
    house.hear(backwards=True, again=True)
    assert (first, house.held().status, house.credits()) == (1000, "canceled", 0)
    house.clock.shift(40 * DAY)
    run_all()
    assert house.credits() == 0


@pytest.mark.parametrize("status", ["paused", "past_due", "unpaid"])
def test_nothing_drips_while_the_subscription_rests_and_the_present_month_comes_when_it_runs_again(
    house: House, year: SubscriptionRow, status: str
) -> None:
    set_status(year, status)
    house.clock.move_to(datetime(2027, 7, 20, tzinfo=UTC))
    assert (run_all(), house.credits()) == (0, 0)
    set_status(year, "active")
    assert (run_all(), house.credits()) == (3, 1000)


def refund(house: House, **amount: int) -> None:
    payment = paid_order(house.user_id).provider_payment_intent_id
    house.served.client.refunds.create({"payment_intent": payment or "", **amount})  # pyright: ignore[reportArgumentType]
    house.hear()


def test_a_refunded_years_months_bring_nothing(house: House, year: SubscriptionRow) -> None:
    refund(house)
    assert (paid_order_status(house), house.credits()) == ("refunded", 0)
    for month in (5, 6):
        house.clock.move_to(datetime(2027, month, 2, tzinfo=UTC))
        assert (run_all(), house.credits()) == (1, 0)
    assert list(doctor.examine([house.user_id])) == []


def paid_order_status(house: House) -> str:
    (order,) = [row for row in builders.rows_of(OrderRow, user_id=house.user_id) if row.type != "refund"]
    return order.status


def test_half_the_money_back_takes_half_of_each_later_month_too(house: House, year: SubscriptionRow) -> None:
    refund(house, amount=9500)
    assert (paid_order_status(house), house.credits()) == ("partially_refunded", 500)
    house.clock.move_to(datetime(2027, 5, 2, tzinfo=UTC))
    assert run_all() == 1
    assert house.credits() == 500
    assert list(doctor.examine([house.user_id])) == []


def test_a_disputed_years_months_bring_nothing_until_the_dispute_is_won(house: House) -> None:
    house.subscribe("pro", "year", number="4000000000000259")
    eventually(lambda: hears(house, "disputed"))
    assert house.credits() == 0
    house.clock.move_to(datetime(2027, 5, 2, tzinfo=UTC))
    assert (run_all(), house.credits()) == (1, 0)
    (dispute,) = house.served.client.disputes.list().data
    house.served.client.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    )
    eventually(lambda: hears(house, "succeeded"))
    assert house.credits() == 1000
    assert list(doctor.examine([house.user_id])) == []


def hears(house: House, status: str) -> bool:
    """Whether what has happened at the sandbox by now makes the order's status this."""
    house.hear()
    return paid_order_status(house) == status


# The free plan


@pytest.fixture
def free(database: str, clock: time_machine.Traveller) -> Iterator[str]:
    """Ada proved her address on the first of April 2027, and so has the bonus and the free plan."""
    clock.move_to(datetime(2027, 4, 1, 12, tzinfo=UTC))
    throttle.forget_everything()
    builders.seed_catalogue()
    yield proved("ada@gmail.com")
    credits.stop()
    reset_settings()


def proved(email: str) -> str:
    user, _ = enter(email)
    accounts.verify_email(token_in_mail(user.id, "verify"))
    return user.id


def total(user_id: str) -> int:
    return credits.get_user_benefits(user_id).total_available_credits


def test_the_free_plan_gives_its_credits_each_month_and_they_do_not_pile_up(
    free: str, clock: time_machine.Traveller
) -> None:
    benefits = credits.get_user_benefits(free)
    assert (benefits.plan_title, benefits.total_available_credits) == ("Free", 100)
    for month in range(5, 9):
        clock.move_to(datetime(2027, month, 1, 12, 30, tzinfo=UTC))
        assert run_all() == 1
        benefits = credits.get_user_benefits(free)
        assert (benefits.subscription_credits_balance, benefits.one_time_credits_balance) == (100, 100)
        assert next_day(free) == date(2027, month + 1, 1)
    assert list(doctor.examine([free])) == []


def test_after_a_long_silence_the_free_plan_gives_the_present_month(free: str, clock: time_machine.Traveller) -> None:
    clock.move_to(datetime(2028, 2, 20, tzinfo=UTC))
    assert run_all() == 10
    assert total(free) == 200
    assert next_day(free) == date(2028, 3, 1)


def test_one_mailbox_has_the_free_plan_once(free: str, clock: time_machine.Traveller) -> None:
    again = proved("a.da+2@gmail.com")
    clock.shift(40 * DAY)
    assert run_all() == 1
    assert (total(free), total(again), credits.get_user_benefits(again).plan_title) == (200, 0, "")


def test_the_free_plan_gives_nothing_while_a_paid_one_is_open(free: str, clock: time_machine.Traveller) -> None:
    paid = add_paid_plan(free)
    clock.move_to(datetime(2027, 5, 2, tzinfo=UTC))
    assert run_all() == 1
    assert total(free) == 100
    set_status(paid, "canceled")
    clock.move_to(datetime(2027, 6, 2, tzinfo=UTC))
    assert run_all() == 1
    assert total(free) == 200


def add_paid_plan(user_id: str, **fields: Any) -> SubscriptionRow:
    (plan,) = builders.rows_of(PlanRow, key="pro")
    price = builders.rows_of(PriceRecord, plan_id=plan.id)[0]
    known = {
        "user_id": user_id,
        "provider": "stripe",
        "provider_subscription_id": "sub_1",
        "status": "active",
        "plan_id": plan.id,
        "price_id": price.id,
        "sales_group": "plan",
        "current_period_start": datetime(2027, 4, 1, tzinfo=UTC),
        "current_period_end": datetime(2027, 7, 1, tzinfo=UTC),
        "created_at": datetime(2027, 4, 1, tzinfo=UTC),
        "updated_at": datetime(2027, 4, 1, tzinfo=UTC),
    }
    row = SubscriptionRow(**{**known, **fields})
    with transaction() as session:
        session.add(row)
    return row
