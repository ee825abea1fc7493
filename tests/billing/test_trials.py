"""Trials: one a person, by account and mailbox before checkout, by card after it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from nestpay.billing import checkout, trials
from nestpay.domain.errors import ProviderTrouble
from nestpay.domain.plans import PriceRow
from nestpay.providers import registry
from nestpay.store import plans
from nestpay.store.session import reading, transaction
from nestpay.store.tables import EmailRow, OrderRow, PlanRow, TrialClaimRow
from tests import builders
from tests.billing.sandbox_house import House

DAYS = 14


@pytest.fixture
def trial_house(house: House) -> House:
    """Pro comes with two weeks of trial."""
    plan_id = house.prices["pro", "month"].plan_id
    with transaction() as session:
        session.execute(update(PlanRow).where(col(PlanRow.id) == plan_id).values(trial_days=DAYS))
    return house


def price_of(house: House, plan: str = "pro") -> PriceRow:
    with reading() as session:
        (price,) = plans.price_rows(session, [house.price(plan)])
    return price


def session_of(house: House, order_id: str) -> Any:
    (order,) = [row for row in builders.rows_of(OrderRow) if row.id == order_id]
    return house.served.client.checkout.sessions.retrieve(order.provider_session_id)


def letters(template: str) -> list[EmailRow]:
    return [row for row in builders.rows_of(EmailRow) if row.template == template]


def test_a_first_checkout_begins_with_a_trial_and_charges_nothing(trial_house: House) -> None:
    assert trials.may_try(trial_house.user_id, price_of(trial_house))
    row = trial_house.subscribe()
    assert row.status == "trialing"
    assert abs(row.trial_end - row.trial_start - timedelta(days=DAYS)) < timedelta(minutes=1)
    (invoice,) = trial_house.served.client.invoices.list({"limit": 5}).data
    assert invoice.total == 0
    assert not trials.may_try(trial_house.user_id, price_of(trial_house))


def test_a_plan_without_a_trial_claims_none(trial_house: House) -> None:
    assert not trials.may_try(trial_house.user_id, price_of(trial_house, "business"))
    assert trial_house.subscribe("business").status == "active"
    assert builders.counts(TrialClaimRow) == (0,)


def test_a_second_trial_is_refused_to_the_same_account_which_pays_at_once(trial_house: House) -> None:
    first = trial_house.subscribe()
    trial_house.served.client.subscriptions.cancel(first.provider_subscription_id)
    trial_house.hear()
    assert trial_house.subscribe().status == "active"
    assert builders.counts(TrialClaimRow) == (1,)


def test_a_second_trial_is_refused_to_the_same_mailbox_under_another_spelling(trial_house: House) -> None:
    trial_house.subscribe()
    again = builders.add_user("ada+again")
    assert not trials.may_try(again, price_of(trial_house))
    started = checkout.start(again, trial_house.price("pro"))
    trial_house.hear()
    assert session_of(trial_house, started.order_id).amount_total == 1900


def test_an_open_page_keeps_its_trial_when_it_is_asked_for_again(trial_house: House) -> None:
    first = checkout.start(trial_house.user_id, trial_house.price("pro"))
    second = checkout.start(trial_house.user_id, trial_house.price("pro"))
    assert first == second
    assert session_of(trial_house, first.order_id).amount_total == 0
    assert builders.counts(TrialClaimRow) == (1,)


def test_a_page_that_nobody_used_takes_nobodys_trial(trial_house: House) -> None:
    started = checkout.start(trial_house.user_id, trial_house.price("pro"))
    assert trials.may_try(trial_house.user_id, price_of(trial_house))
    trial_house.served.client.checkout.sessions.expire(session_of(trial_house, started.order_id).id)
    trial_house.hear()
    assert trials.may_try(builders.add_user("ada+again"), price_of(trial_house))
    assert trial_house.subscribe().status == "trialing"


def test_a_card_that_had_a_trial_ends_the_next_one_after_a_days_notice(trial_house: House) -> None:
    bob = builders.add_user("bob")
    trial_house.subscribe()
    assert trials.check_cards() == 1
    row = trial_house.subscribe(user_id=bob, email="bob@example.com")
    assert row.status == "trialing"
    assert trials.check_cards() == 1
    refused = trial_house.held(bob)
    assert timedelta(hours=23) < refused.trial_end - refused.trial_start <= timedelta(days=1, minutes=2)
    (letter,) = letters("trial_refused")
    assert (letter.recipient, letter.context["plan"], letter.context["amount"]) == ("bob@example.com", "Pro", 1900)
    claims = {claim.user_id: claim.is_refused for claim in builders.rows_of(TrialClaimRow)}
    assert claims == {trial_house.user_id: False, bob: True}
    assert trial_house.held(trial_house.user_id).trial_end - row.trial_start > timedelta(days=DAYS - 1)


def test_cards_are_looked_at_once(trial_house: House) -> None:
    trial_house.subscribe()
    assert [trials.check_cards() for _ in range(3)] == [1, 0, 0]
    assert letters("trial_refused") == []


def test_another_card_has_a_trial_of_its_own(trial_house: House) -> None:
    bob = builders.add_user("bob")
    trial_house.subscribe()
    trial_house.subscribe(user_id=bob, email="bob@example.com", number="5555555555554444")
    assert trials.check_cards() == 2
    assert [claim.is_refused for claim in builders.rows_of(TrialClaimRow)] == [False, False]


def test_a_provider_that_is_out_of_reach_is_asked_again(trial_house: House) -> None:
    trial_house.subscribe()
    good = registry.get("stripe")

    class Silent:
        name = "stripe"

        def card_fingerprint(self, subscription_id: str) -> str:
            raise ProviderTrouble

    registry.register(Silent())  # pyright: ignore[reportArgumentType]
    trials.check_cards()
    registry.register(good)
    assert builders.rows_of(TrialClaimRow)[0].checked_at is None
    trials.check_cards()
    assert builders.rows_of(TrialClaimRow)[0].checked_at is not None
