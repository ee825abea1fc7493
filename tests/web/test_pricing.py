"""The plan cards: what is built into the page, and when the page has to be corrected."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import delete, select

from nestpay.billing import catalog
from nestpay.providers import registry
from nestpay.settings import get_settings, reset_settings
from nestpay.store.session import transaction
from nestpay.store.tables import PlanRow, PriceRecord, SubscriptionRow
from nestpay.web.pricing import cards  # noqa: F401  importing it registers what draws the page's blocks
from nestpay.web.pricing.state import INTERVALS, PricingState, cards_of, digest_of
from tests import builders
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


# Two companies


@pytest.fixture
def _both(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same catalogue, sold through Stripe and Creem."""
    monkeypatch.setenv("CREEM_API_KEY", "creem_test_pricing")
    reset_settings()
    registry.switch_on(get_settings())
    with transaction() as session:
        session.execute(delete(PriceRecord))
        session.execute(delete(PlanRow))
    catalog.seed()
    yield
    registry.clear()


@pytest.mark.usefixtures("_both")
def test_a_plan_sold_through_two_companies_is_one_card_with_a_choice() -> None:
    found = catalog.public_catalogue("fr")
    free, pro, business = cards_of(found, "month", "fr")
    assert [len(card.ways) for card in (free, pro, business)] == [0, 1, 1]
    (way,) = pro.ways
    assert way.label == "ou payer avec Creem"
    assert way.href.startswith("/fr/checkout?price=")
    assert way.href != pro.href
    assert free.has_row_of_ways, "so that the cards stay level"


@pytest.mark.usefixtures("_both")
def test_who_pays_one_company_already_is_offered_no_other_for_plans() -> None:
    user_id = builders.add_user()
    with transaction() as session:
        price = next(row for row in session.exec(select(PriceRecord)) if row.provider == "creem")
        session.add(_running(user_id, price))
    year = next(card for card in catalog.public_catalogue("en", user_id=user_id).cards if card.key == "pro").offers[1]
    once = next(card for card in catalog.public_catalogue("en", user_id=user_id).cards if card.key == "credits-500")
    with transaction() as session:
        assert session.get_one(PriceRecord, year.price_id).provider == "creem"
    assert (len(year.others), len(once.offers[0].others)) == (0, 1), "a pack of credits may be paid anywhere"


def test_one_company_leaves_no_room_for_others() -> None:
    assert not any(card.has_row_of_ways for card in cards_of(catalog.public_catalogue("en"), "month", "en"))


def _running(user_id: str, price: PriceRecord) -> SubscriptionRow:
    now = datetime.now(UTC)
    return SubscriptionRow(
        user_id=user_id,
        provider=price.provider,
        provider_subscription_id="sub_1",
        status="active",
        plan_id=price.plan_id,
        price_id=price.id,
        current_period_start=now,
        current_period_end=now + timedelta(days=30),
        created_at=now,
        updated_at=now,
    )
