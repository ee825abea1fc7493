"""What a subscription's page says first, and what it offers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nestpay.billing.credits import UserBenefits
from nestpay.billing.quote_lines import QuoteLine
from nestpay.billing.standing import Standing, Upcoming
from nestpay.domain.errors import NoSubscription
from nestpay.web.dashboard.subscription.banners import banners_of
from nestpay.web.dashboard.subscription.cancel_state import CancelState
from nestpay.web.dashboard.subscription.change_state import ChangeState, said_of
from nestpay.web.dashboard.subscription.moving_state import MoveState
from nestpay.web.dashboard.subscription.seats_state import AcceptState, SeatsState
from nestpay.web.dashboard.subscription.state import SubscriptionState, shown
from tests.web.tabs import Tab, said, signed_in

DAY = datetime(2027, 3, 5, tzinfo=UTC)
BENEFITS = UserBenefits(None, None, None, None, 100, 0, 100)
OWN = Standing(
    "own", BENEFITS, plan_title="Pro", status="active", interval="month", amount_text="$19", current_period_end=DAY
)


def kinds(found: Standing) -> list[tuple[str, str]]:
    return [(banner.kind, banner.act) for banner in banners_of(found, "en")]


def test_a_plan_that_just_runs_needs_no_message() -> None:
    assert kinds(OWN) == []


def test_a_failed_payment_says_until_when_and_leads_to_the_invoice_or_else_to_the_card() -> None:
    owing = replace(OWN, status="past_due", grace_ends_at=DAY, can=frozenset({"card"}))
    (banner,) = banners_of(owing, "en")
    assert (banner.kind, banner.act, banner.tone) == ("past_due", "card", "bad")
    assert "until Mar 5, 2027" in banner.text
    assert kinds(replace(owing, action_url="https://pay.example")) == [("past_due", "link")]
    (unpaid,) = banners_of(replace(owing, status="unpaid"), "fr")
    assert "suspendue" in unpaid.text


def test_a_payment_that_waits_for_the_bank_leads_there() -> None:
    assert kinds(replace(OWN, action_url="https://bank.example")) == [("action", "confirm")]


def test_an_end_can_be_taken_back_and_silences_the_trial() -> None:
    ending = replace(OWN, status="trialing", trial_end=DAY, cancels_at=DAY, can=frozenset({"resume"}))
    assert kinds(ending) == [("ending", "resume")]


def test_a_pause_says_when_it_ends_and_until_when_access_lasts() -> None:
    (banner,) = banners_of(replace(OWN, status="paused", resumes_at=DAY), "en")
    assert banner.text == "It goes on by itself on Mar 5, 2027. What you have paid for stays until Mar 5, 2027."


@pytest.mark.parametrize(
    ("locale", "title"),
    [
        ("en", "Business, by the year, 3 seats begins on Mar 5, 2027"),
        ("zh", "2027年3月5日 起更换为 Business（按年），3 个席位"),
        ("fr", "Business, à l’année, 3 places commence le 5 mars 2027"),
    ],
)
def test_a_scheduled_change_names_what_comes_and_when(locale: str, title: str) -> None:
    later = replace(OWN, upcoming=Upcoming("Business", "year", 3, DAY), can=frozenset({"unschedule"}))
    (banner,) = banners_of(later, locale)
    assert (banner.title, banner.act) == (title, "unschedule")


def test_a_trial_says_what_it_costs_afterwards() -> None:
    (banner,) = banners_of(replace(OWN, status="trialing", trial_end=DAY), "en")
    assert "$19 a month" in banner.text


def test_a_seat_and_the_free_plan_are_not_for_sale() -> None:
    assert kinds(replace(OWN, kind="seat")) == [("seat", "")]
    free = shown(Standing("free", BENEFITS, plan_title="Free", status="active", monthly_credits=100), "en")
    assert (free.plan, free.price, free.renews, free.can) == ("Free", "", "", [])
    assert free.offer_credits == "100 credits every month, at no cost."


@pytest.mark.usefixtures("sqlite_database")
def test_who_has_no_subscription_is_refused_in_words_and_loses_nothing() -> None:
    token = signed_in()
    tab = Tab("/fr/dashboard/subscription/change?price=somebody-elses", token)
    tab.call(ChangeState.open)
    assert tab.state(ChangeState).stage == "refused"
    assert tab.state(ChangeState).trouble == "Il n’y a pas d’abonnement pour cela."
    tab.call(CancelState.open)
    assert tab.state(CancelState).stage == "nothing"
    tab.go("/dashboard/subscription", token)
    refusal = NoSubscription.sentence
    for act in (SubscriptionState.keep_plan, SubscriptionState.keep_as_is, SubscriptionState.unpause):
        assert refusal in said(tab.call(act))
    assert refusal in said(tab.call(SubscriptionState.pause, {"months": "-5"}))
    assert refusal in said(tab.call(CancelState.cancel, {"reason": "made up"}))
    assert tab.state(SubscriptionState).busy == ""


@pytest.mark.usefixtures("sqlite_database")
def test_a_made_up_invitation_seat_or_quote_opens_nothing() -> None:
    token = signed_in()
    tab = Tab("/seats/accept?token=guess", token)
    tab.call(AcceptState.accept)
    assert tab.state(AcceptState).stage == "stale"
    assert "There is no such thing." in said(tab.call(SeatsState.revoke, "somebody-elses"))
    tab.call(SeatsState.invite, {"email": "no address"})
    assert tab.state(SeatsState).error != ""
    tab.call(ChangeState.agree)
    assert tab.state(ChangeState).trouble == "There is no such thing."


# Moving


@pytest.mark.usefixtures("sqlite_database")
def test_without_a_subscription_nothing_is_said_of_who_takes_the_payment() -> None:
    tab = Tab("/dashboard/subscription", signed_in())
    tab.call(MoveState.load)
    assert (tab.state(MoveState).company, tab.state(MoveState).ways) == ("", [])


@pytest.mark.usefixtures("sqlite_database")
def test_a_move_that_is_not_possible_is_said_and_leads_nowhere() -> None:
    tab = Tab("/dashboard/subscription", signed_in())
    assert str(NoSubscription()) in said(tab.call(MoveState.begin, {"price": "nothing"}))
    assert tab.state(MoveState).busy is False


@pytest.mark.parametrize(
    ("locale", "kind", "words"),
    [
        ("en", "unused", "Unused time of Pro, 3 seats, Apr 1, 2027 to May 1, 2027"),
        ("fr", "rest", "Pro, 3 places pour le reste de la période, du 1 avr. 2027 au 1 mai 2027"),
        ("zh", "period", "Pro"),
    ],
)
def test_a_quotes_lines_are_said_in_the_readers_language(locale: str, kind: str, words: str) -> None:
    since, until = datetime(2027, 4, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
    assert words in said_of(QuoteLine(kind, "Pro", 3, since, until, "$1", "Remaining time"), locale)
    assert said_of(QuoteLine(kind, "", 3, since, until, "$1", "Remaining time"), locale) == "Remaining time"
