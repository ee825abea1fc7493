"""Changes of plan: what is shown is what is charged, in the real sandbox, and nothing can be farmed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from nestpay.billing import change_options, changes, subscriptions
from nestpay.billing.changes import Timing
from nestpay.domain.errors import (
    ChangeWaiting,
    CurrencyLocked,
    DowngradeLater,
    InvalidAmount,
    NoSubscription,
    NotFound,
    NotInThisState,
    PriceUnknown,
    ProviderTrouble,
    SamePlan,
    SeatsInUse,
    StaleQuote,
    SubscriptionEnding,
)
from nestpay.providers import registry
from nestpay.providers.base import Changed, ChangeRequest
from nestpay.store.session import transaction
from nestpay.store.tables import CreditGrantRow, OrderRow, PlanRow, PriceRecord, QuoteRow, SeatRow
from tests import builders
from tests.billing.sandbox_house import FIRST_OF_APRIL, House
from tests.sandbox.world import eventually

HALF_OF_APRIL = timedelta(days=15)
PRO, BUSINESS = 1900, 7900


def set_policy(house: House, plan: str, policy: str) -> None:
    plan_id = house.prices[plan, "month"].plan_id
    (row,) = builders.rows_of(PlanRow, id=plan_id)
    with transaction() as session:
        benefits = {**row.benefits, "change_credits": policy}
        session.execute(update(PlanRow).where(col(PlanRow.id) == plan_id).values(benefits=benefits))


def change(house: House, plan: str, interval: str = "month", **wishes: Any) -> changes.QuoteView:
    """Quote, agree and hear of it."""
    quote = changes.quote(house.user_id, house.price(plan, interval), **wishes)
    changes.agree(house.user_id, quote.id)
    house.hear()
    return quote


def paid_for_change(house: House) -> OrderRow:
    return next(row for row in builders.rows_of(OrderRow) if row.type == "subscription_update")


# What can be changed to


def test_the_options_are_the_paid_prices_of_the_same_kind_and_currency(house: House) -> None:
    house.subscribe()
    found = {(option.plan_title, option.interval): option for option in change_options.options(house.user_id)}
    assert set(found) == {("Pro", "month"), ("Pro", "year"), ("Business", "month"), ("Business", "year")}
    assert [key for key, option in found.items() if option.is_current] == [("Pro", "month")]
    assert {key for key, option in found.items() if option.is_upgrade} == set(found) - {("Pro", "month")}
    assert found["Business", "month"].credits == 5000


def test_the_options_speak_the_readers_language(house: House) -> None:
    house.subscribe()
    assert "专业版" in {option.plan_title for option in change_options.options(house.user_id, "zh")}


# Now


def test_an_upgrade_halfway_charges_what_was_shown_and_brings_half_of_the_difference_in_credits(house: House) -> None:
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = changes.quote(house.user_id, house.price("business"))
    assert (quote.timing, quote.is_exact, quote.credits_rule) == ("now", True, "prorate")
    assert abs(quote.due_now_minor - (BUSINESS - PRO) // 2) <= 1
    assert quote.due_now_text == f"${quote.due_now_minor / 100:.2f}"
    assert quote.credit_text == "$9.50"
    assert [(line.kind, line.plan_title, line.quantity, line.ends_at.day) for line in quote.lines] == [
        ("unused", "Pro", 1, 1),
        ("rest", "Business", 1, 1),
    ]
    assert quote.next_amount_text == "$79.00"
    assert quote.credits_now in (1999, 2000)  # the clock runs on: a moment less is rounded down
    assert changes.agree(house.user_id, quote.id).state == "done"
    house.hear()
    order = paid_for_change(house)
    assert (order.status, order.amount_total, order.plan_id) == (
        "succeeded",
        quote.due_now_minor,
        house.prices["business", "month"].plan_id,
    )
    assert order.granted["credits"] == quote.credits_now
    assert house.held().plan_id == house.prices["business", "month"].plan_id
    assert house.credits() == 1000 + quote.credits_now


def test_the_events_of_an_upgrade_may_come_in_any_order_and_twice(house: House) -> None:
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = changes.quote(house.user_id, house.price("business"))
    changes.agree(house.user_id, quote.id)
    house.hear(backwards=True)
    house.hear(again=True)
    assert house.credits() == 1000 + quote.credits_now
    assert len([row for row in builders.rows_of(OrderRow) if row.type == "subscription_update"]) == 1


def test_keep_leaves_the_credits_until_the_next_period(house: House) -> None:
    set_policy(house, "business", "keep")
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = change(house, "business")
    assert (quote.credits_rule, quote.credits_now, house.credits()) == ("keep", 0, 1000)


def test_replace_ends_what_is_left_and_gives_the_new_plans_part(house: House) -> None:
    set_policy(house, "business", "replace")
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = change(house, "business")
    assert quote.credits_rule == "replace"
    assert house.credits() == quote.credits_now
    assert quote.credits_now in (2499, 2500)


def test_a_year_begins_at_once_with_its_own_credits(house: House) -> None:
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = change(house, "pro", "year")
    assert abs(quote.due_now_minor - (19_000 - PRO // 2)) <= 1
    assert (quote.credits_now, house.credits()) == (1000, 1000)
    assert house.held().current_period_end.date() == datetime(2028, 4, 16, tzinfo=UTC).date()
    lots = [row for row in builders.rows_of(CreditGrantRow) if row.remaining]
    assert [lot.amount for lot in lots] == [1000]


def test_more_seats_are_charged_for_the_rest_of_the_period(house: House) -> None:
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = change(house, "pro", quantity=3)
    assert (quote.quantity, quote.next_amount_text) == (3, "$57.00")
    assert abs(quote.due_now_minor - PRO) <= 1
    assert house.held().quantity == 3
    assert house.credits() == 1000 + quote.credits_now


def test_a_change_that_needs_the_banks_approval_waits_until_it_is_given(house: House) -> None:
    house.subscribe()
    house.pay_with("pm_card_threeDSecure2Required")
    quote = changes.quote(house.user_id, house.price("business"))
    agreed = changes.agree(house.user_id, quote.id)
    house.hear()
    assert agreed.state == "action_required"
    assert agreed.url.startswith(house.served.site)
    assert house.held().plan_id == house.prices["pro", "month"].plan_id
    assert house.credits() == 1000
    with pytest.raises(ChangeWaiting):
        changes.quote(house.user_id, house.price("business"))
    assert changes.agree(house.user_id, quote.id) == agreed
    waiting = house.at_stripe().latest_invoice
    house.pay_with("pm_card_visa", also_the_subscription=False)
    house.served.client.invoices.pay(waiting, {"payment_method": house.card})
    house.hear()
    assert house.held().plan_id == house.prices["business", "month"].plan_id
    assert house.credits() == 1000 + quote.credits_now


# Later


def test_a_downgrade_begins_with_the_next_period_and_costs_nothing_now(house: House) -> None:
    house.subscribe("business")
    quote = changes.quote(house.user_id, house.price("pro"))
    assert (quote.timing, quote.due_now_minor, quote.next_amount_text, quote.credits_now) == (
        "period_end",
        0,
        "$19.00",
        0,
    )
    assert changes.agree(house.user_id, quote.id).state == "scheduled"
    row = house.held()
    assert (row.plan_id, row.scheduled_price_id, row.scheduled_quantity) == (
        house.prices["business", "month"].plan_id,
        house.price("pro"),
        1,
    )
    assert row.scheduled_at == row.current_period_end == quote.next_at
    house.hear()
    assert house.held().scheduled_price_id == house.price("pro")


def test_a_scheduled_change_comes_with_the_renewal_and_brings_the_new_plans_credits(house: House) -> None:
    house.subscribe("business")
    change(house, "pro")
    house.clock.move_to(house.held().current_period_end + timedelta(hours=3))
    eventually(lambda: house.renewals() == 1)
    house.hear()
    row = house.held()
    assert row.plan_id == house.prices["pro", "month"].plan_id
    assert (row.scheduled_price_id, row.scheduled_quantity, row.scheduled_at) == (None, None, None)
    assert house.credits() == 1000
    assert [order.amount_total for order in builders.rows_of(OrderRow) if order.type == "subscription_renewal"] == [
        1900
    ]
    # the schedule still hangs on the subscription until its last phase is over: it is in nobody's way
    quote = change(house, "business")
    assert (quote.timing, house.held().plan_id) == ("now", house.prices["business", "month"].plan_id)


def test_a_scheduled_change_can_be_taken_back(house: House) -> None:
    house.subscribe("business")
    change(house, "pro")
    changes.unschedule(house.user_id)
    row = house.held()
    assert (row.scheduled_price_id, row.scheduled_at, row.provider_schedule_id) == (None, None, None)
    assert house.at_stripe().schedule is None
    with pytest.raises(NotInThisState):
        changes.unschedule(house.user_id)


def test_cancelling_takes_a_scheduled_change_back_first(house: House) -> None:
    house.subscribe("business")
    change(house, "pro")
    subscriptions.cancel(house.user_id)
    row = house.held()
    assert (row.scheduled_price_id, house.at_stripe().schedule) == (None, None)
    assert row.cancels_at is not None


def test_an_upgrade_may_be_left_for_the_next_period(house: House) -> None:
    house.subscribe()
    quote = changes.quote(house.user_id, house.price("business"), timing="period_end")
    assert (quote.due_now_minor, quote.next_amount_text) == (0, "$79.00")
    assert changes.agree(house.user_id, quote.id).state == "scheduled"


# What is refused


def test_the_same_plan_and_quantity_is_no_change(house: House) -> None:
    house.subscribe()
    with pytest.raises(SamePlan):
        changes.quote(house.user_id, house.price("pro"))


@pytest.mark.parametrize("timing", ["now"])
def test_stepping_down_at_once_is_an_admins_decision(house: House, timing: Timing) -> None:
    house.subscribe("business")
    with pytest.raises(DowngradeLater):
        changes.quote(house.user_id, house.price("pro"), timing=timing)
    quote = changes.quote(house.user_id, house.price("pro"), timing=timing, by="an-admin")
    assert (quote.due_now_minor, quote.timing) == (0, "now")
    assert quote.credits_now < 0
    changes.agree(house.user_id, quote.id)
    house.hear()
    assert house.held().plan_id == house.prices["pro", "month"].plan_id
    assert house.credits() == 5000 + quote.credits_now


def test_prices_that_are_not_for_this_subscription_are_refused(house: House) -> None:
    house.subscribe()
    for price in ("nonsense", house.price("credits-500", "once")):
        with pytest.raises(PriceUnknown):
            changes.quote(house.user_id, price)
    business = house.price("business")
    with transaction() as session:
        session.execute(update(PriceRecord).where(col(PriceRecord.id) == business).values(active=False))
    with pytest.raises(PriceUnknown):
        changes.quote(house.user_id, business)
    with transaction() as session:
        session.execute(update(PriceRecord).where(col(PriceRecord.id) == business).values(active=True, currency="eur"))
    with pytest.raises(CurrencyLocked):
        changes.quote(house.user_id, business)


@pytest.mark.parametrize("quantity", [0, -1, changes.MOST_SEATS + 1])
def test_a_quantity_that_is_none_is_refused(house: House, quantity: int) -> None:
    house.subscribe()
    with pytest.raises(InvalidAmount):
        changes.quote(house.user_id, house.price("pro"), quantity=quantity)


def test_without_a_subscription_there_is_nothing_to_change(house: House) -> None:
    with pytest.raises(NoSubscription):
        changes.quote(house.user_id, house.price("business"))
    with pytest.raises(NoSubscription):
        change_options.options(house.user_id)


def test_what_is_about_to_end_is_resumed_first(house: House) -> None:
    house.subscribe()
    subscriptions.cancel(house.user_id)
    with pytest.raises(SubscriptionEnding):
        changes.quote(house.user_id, house.price("business"))


def test_seats_that_are_in_use_are_not_taken_away(house: House) -> None:
    row = house.subscribe(quantity=3)
    with transaction() as session:
        session.add(SeatRow(subscription_id=row.id, email="bob@example.com", invited_at=FIRST_OF_APRIL))
    with pytest.raises(SeatsInUse):
        changes.quote(house.user_id, house.price("pro"), quantity=1)
    assert changes.quote(house.user_id, house.price("pro"), quantity=2).timing == "period_end"


# Agreeing


def test_a_quote_of_somebody_else_is_not_found(house: House) -> None:
    house.subscribe()
    quote = changes.quote(house.user_id, house.price("business"))
    with pytest.raises(NotFound):
        changes.agree(builders.add_user("eve"), quote.id)


def test_a_quote_that_is_too_old_is_refused(house: House) -> None:
    house.subscribe()
    quote = changes.quote(house.user_id, house.price("business"))
    house.clock.shift(changes.QUOTE_LIFE)
    with pytest.raises(StaleQuote):
        changes.agree(house.user_id, quote.id)


def test_a_quote_holds_although_time_goes_on(house: House) -> None:
    house.subscribe()
    house.clock.shift(HALF_OF_APRIL)
    quote = changes.quote(house.user_id, house.price("business"))
    house.clock.shift(timedelta(minutes=20))
    changes.agree(house.user_id, quote.id)
    house.hear()
    assert paid_for_change(house).amount_total == quote.due_now_minor


def test_a_quote_that_no_longer_says_what_is_charged_is_refused_and_nothing_is_charged(house: House) -> None:
    row = house.subscribe()
    quote = changes.quote(house.user_id, house.price("business"))
    item = house.at_stripe()["items"].data[0].id
    params: Any = {"items": [{"id": item, "quantity": 2}], "proration_behavior": "none"}
    house.served.client.subscriptions.update(row.provider_subscription_id, params)
    for _ in range(2):
        with pytest.raises(StaleQuote):
            changes.agree(house.user_id, quote.id)
    assert len(house.served.client.invoices.list({"limit": 10}).data) == 1
    assert [each.status for each in builders.rows_of(QuoteRow)] == ["refused"]


def test_a_quote_whose_credits_are_other_ones_by_now_is_refused(house: House) -> None:
    house.subscribe()
    quote = changes.quote(house.user_id, house.price("business"))
    set_policy(house, "business", "keep")
    with pytest.raises(StaleQuote):
        changes.agree(house.user_id, quote.id)


def test_agreeing_twice_changes_and_charges_once(house: House) -> None:
    house.subscribe()
    quote = changes.quote(house.user_id, house.price("business"))
    with ThreadPoolExecutor(2) as threads:
        answers = list(threads.map(lambda _: changes.agree(house.user_id, quote.id).state, range(2)))
    assert answers == ["done", "done"]
    assert len(house.served.client.invoices.list({"limit": 10}).data) == 2


class AnswersGetLost:
    """A provider that does its work and then does not answer."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def change(self, request: ChangeRequest, *, idempotency_key: str) -> Changed:
        self._inner.change(request, idempotency_key=idempotency_key)
        raise ProviderTrouble

    def schedule_change(self, request: ChangeRequest, *, idempotency_key: str) -> None:
        self._inner.schedule_change(request, idempotency_key=idempotency_key)
        raise ProviderTrouble


@pytest.mark.parametrize(("held", "wanted", "state"), [("pro", "business", "done"), ("business", "pro", "scheduled")])
def test_a_change_whose_answer_got_lost_is_found_again_and_not_made_twice(
    house: House, held: str, wanted: str, state: str
) -> None:
    house.subscribe(held)
    quote = changes.quote(house.user_id, house.price(wanted))
    good = registry.get("stripe")
    registry.register(AnswersGetLost(good))  # pyright: ignore[reportArgumentType]
    with pytest.raises(ProviderTrouble):
        changes.agree(house.user_id, quote.id)
    registry.register(good)
    assert changes.agree(house.user_id, quote.id).state == state
    house.hear()
    assert house.held().scheduled_price_id == (house.price(wanted) if state == "scheduled" else None)
    assert house.at_stripe().latest_invoice is not None
    charged = house.served.client.invoices.list({"limit": 10}).data
    assert len(charged) == (2 if state == "done" else 1)


def test_a_trial_changes_at_once_and_for_nothing(house: House) -> None:
    plan_id = house.prices["pro", "month"].plan_id
    with transaction() as session:
        session.execute(update(PlanRow).where(col(PlanRow.id) == plan_id).values(trial_days=14))
    house.subscribe()
    assert house.held().status == "trialing"
    quote = change(house, "business")
    assert (quote.timing, quote.due_now_minor, quote.next_amount_text, quote.credits_now) == ("now", 0, "$79.00", 0)
    row = house.held()
    assert (row.status, row.plan_id) == ("trialing", house.prices["business", "month"].plan_id)
    assert house.credits() == 1000


def test_going_up_and_down_never_earns_credits(house: House) -> None:
    house.subscribe()
    for _ in range(3):
        change(house, "business")
        quote = changes.quote(house.user_id, house.price("pro"), timing="now", by="an-admin")
        changes.agree(house.user_id, quote.id)
        house.hear()
        house.clock.shift(timedelta(hours=1))
    assert house.credits() <= 1000
