"""The plan cards: what is built into the page, and when the page has to be corrected."""

from dataclasses import replace

import pytest

from nestpay.billing import catalog
from nestpay.web.pricing.state import INTERVALS, PricingState, cards_of, digest_of
from tests.web.tabs import Tab, signed_in


@pytest.fixture(autouse=True)
def _plans(sqlite_database: str) -> None:
    catalog.seed()


def test_the_three_groups_show_the_offers_of_their_interval() -> None:
    found = catalog.public_catalogue("en")
    month, year, once = (cards_of(found, interval, "en") for interval in INTERVALS)
    assert [card.title for card in month] == [card.title for card in year] == ["Free", "Pro", "Business"]
    assert [card.plan_key for card in once] == ["credits-500", "credits-2500"]
    assert [(card.price, card.suffix) for card in month] == [("$0", "/month"), ("$19", "/month"), ("$79", "/month")]
    pro = year[1]
    assert (pro.price, pro.original_price, pro.note) == ("$190", "$228", "$15.83 a month, paid yearly")
    assert pro.highlight == "Most popular"


def test_buttons_lead_to_the_checkout_in_the_language_of_the_page_and_free_ones_to_an_account() -> None:
    found = catalog.public_catalogue("fr")
    free, pro, _ = cards_of(found, "month", "fr")
    assert free.href == "/fr/sign-up"
    assert pro.href == f"/fr/checkout?price={pro.price_id}"
    assert cards_of(found, "month", "fr", signed_in=True)[0].href == "/fr/dashboard"


def test_a_price_the_provider_does_not_know_cannot_be_chosen() -> None:
    found = catalog.public_catalogue("en")
    plan = found.cards[1]
    unknown = replace(plan, offers=tuple(replace(offer, available=False) for offer in plan.offers))
    (pro,) = cards_of(replace(found, cards=(unknown,)), "month", "en")
    assert (pro.available, pro.button) == (False, "Available soon")


def test_a_page_that_still_tells_the_truth_is_left_alone() -> None:
    tab = Tab("/pricing")
    tab.call(PricingState.refresh, digest_of(catalog.public_catalogue("en"), "en"))
    assert (tab.state(PricingState).fresh, tab.state(PricingState).month) == (False, [])


def test_an_edit_reaches_pages_that_were_built_before_it() -> None:
    before = catalog.public_catalogue("en")
    older = replace(before, cards=tuple(replace(card, title=f"Old {card.title}") for card in before.cards))
    tab = Tab("/pricing")
    tab.call(PricingState.refresh, digest_of(older, "en"))
    assert tab.state(PricingState).fresh
    assert [card.title for card in tab.state(PricingState).month] == ["Free", "Pro", "Business"]


def test_a_signed_in_visitor_sees_the_own_plan_marked() -> None:
    tab = Tab("/pricing", signed_in())
    tab.call(PricingState.refresh, "")
    free = tab.state(PricingState).month[0]
    assert (free.current, free.available, free.button) == (True, False, "Your current plan")


def test_coming_back_without_paying_is_answered_kindly() -> None:
    tab = Tab("/pricing?canceled=1")
    tab.call(PricingState.refresh, "")
    assert tab.state(PricingState).canceled
