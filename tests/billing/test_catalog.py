"""What is sold: seeded once, shown in three languages, and known at the provider."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nestpay.billing import catalog
from nestpay.billing.catalog import Offer, PlanCard
from nestpay.domain.errors import NotFound
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.settings import reset_settings
from nestpay.store import subscriptions
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import PlanRow, PriceRecord
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop
from tests.stripe_edge import Asked

CENTS = {"free": [0, 0], "pro": [1900, 19000], "business": [7900, 79000], "credits-500": [900], "credits-2500": [3600]}


def card(key: str, locale: str = "en", user_id: str | None = None) -> PlanCard:
    return next(each for each in catalog.public_catalogue(locale, user_id=user_id).cards if each.key == key)


def offer(key: str, interval: str, **options: Any) -> Offer:
    return next(each for each in card(key, **options).offers if each.interval == interval)


def current(user_id: str | None) -> set[tuple[str, str]]:
    cards = catalog.public_catalogue("en", user_id=user_id).cards
    return {(each.key, offer.interval) for each in cards for offer in each.offers if offer.current}


def hold(shop: Shop, key: tuple[str, str]) -> None:
    price = shop.prices[key]
    with transaction() as session:
        subscriptions.save(
            session,
            Subscription(
                id=new_id(),
                user_id=shop.user_id,
                provider="stripe",
                provider_subscription_id="sub_1",
                status=SubscriptionStatus.ACTIVE,
                plan_id=price.plan_id,
                price_id=price.id,
                current_period_end=datetime(2027, 2, 28, tzinfo=UTC),
                created_at=FIRST_OF_FEBRUARY,
                updated_at=FIRST_OF_FEBRUARY,
            ),
        )


# Seeding


@pytest.mark.usefixtures("database")
def test_a_fresh_house_gets_the_starters_plans_and_a_second_seeding_changes_nothing() -> None:
    assert catalog.seed() == 5
    first = [row.model_dump() for table in (PlanRow, PriceRecord) for row in builders.rows_of(table)]
    version = catalog.public_catalogue("en").version
    assert catalog.seed() == 0
    assert [row.model_dump() for table in (PlanRow, PriceRecord) for row in builders.rows_of(table)] == first
    assert catalog.public_catalogue("en").version == version
    cards = catalog.public_catalogue("en").cards
    assert {each.key: [offer.amount_minor for offer in each.offers] for each in cards} == CENTS


@pytest.mark.usefixtures("database")
def test_seeding_leaves_alone_what_an_admin_edited_and_brings_back_what_is_missing() -> None:
    catalog.seed()
    with transaction() as session:
        pro = next(row for row in session.query(PlanRow) if row.key == "pro")  # pyright: ignore[reportDeprecated]
        pro.title = "Pro, edited"
    assert catalog.seed() == 0
    assert card("pro").title == "Pro, edited"


@pytest.mark.usefixtures("database")
def test_the_second_catalogue_is_scalerockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANS_FILE", "scalerocket")
    reset_settings()
    catalog.seed()
    assert {"starter", "pro"} <= {each.key for each in catalog.public_catalogue("en").cards}


@pytest.mark.usefixtures("database")
def test_a_catalogue_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANS_FILE", "nowhere")
    reset_settings()
    with pytest.raises(NotFound, match="nowhere"):
        catalog.seed()


@pytest.mark.usefixtures("database")
def test_the_starters_price_variables_name_the_prices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_PRO_YEARLY_PRICE_ID", "price_from_the_environment")
    reset_settings()
    catalog.seed()
    (row,) = builders.rows_of(PriceRecord, provider_price_id="price_from_the_environment")
    assert (row.interval, row.amount_minor) == ("year", 19000)


# Cards


@pytest.mark.parametrize(
    ("locale", "title", "button", "price"),
    [
        ("en", "Pro", "Subscribe to Pro", "$19"),
        ("zh", "专业版", "订阅专业版", "US$19"),
        ("fr", "Pro", "S’abonner à Pro", "19\xa0$US"),
    ],
)
def test_cards_speak_the_readers_language(shop: Shop, locale: str, title: str, button: str, price: str) -> None:
    pro, month = card("pro", locale), offer("pro", "month", locale=locale)
    assert (pro.title, month.button_text) == (title, button)
    assert month.display_price.replace("\u202f", "\xa0") == price
    assert len(pro.features) == 4
    assert pro.features[0].bold
    assert all(feature.text for feature in pro.features)


@pytest.mark.usefixtures("shop")
def test_a_language_that_is_not_there_falls_back_to_the_plans_own() -> None:
    assert card("pro", "de").title == "Pro"


@pytest.mark.usefixtures("shop")
def test_a_year_shows_what_it_comes_to_by_the_month_and_the_struck_price() -> None:
    year = offer("pro", "year")
    assert (year.display_price, year.original_price, year.per_month_price) == ("$190", "$228", "$15.83")
    assert offer("pro", "month").per_month_price == ""


@pytest.mark.usefixtures("shop")
def test_packs_stand_in_a_group_of_their_own() -> None:
    groups = {each.key: each.group for each in catalog.public_catalogue("en").cards}
    assert groups == {
        "free": "plans",
        "pro": "plans",
        "business": "plans",
        "credits-500": "credits",
        "credits-2500": "credits",
    }
    assert offer("credits-500", "once").credits == 500


@pytest.mark.usefixtures("shop")
def test_an_archived_plan_is_not_shown() -> None:
    with transaction() as session:
        row = session.get(PlanRow, card("business").plan_id)
        assert row is not None
        row.active = False
    assert "business" not in {each.key for each in catalog.public_catalogue("en").cards}


def test_the_plan_that_is_held_is_marked(shop: Shop) -> None:
    assert current(None) == set()
    assert current(shop.user_id) == {("free", "month"), ("free", "year")}
    hold(shop, ("pro", "year"))
    assert current(shop.user_id) == {("pro", "year")}


# Prices at the provider


@pytest.fixture
def stripes_shelf(shop: Shop) -> Shop:
    """A Stripe that makes products and prices, while ours know of none."""
    edge = shop.edge

    def make_price(asked: Asked) -> dict[str, Any]:
        price_id = f"price_{len(edge.calls('POST', '/v1/prices'))}"
        interval = asked.params.get("recurring[interval]")
        price = {
            "id": price_id,
            "object": "price",
            "product": asked.params["product"],
            "currency": asked.params["currency"],
            "unit_amount": int(asked.params["unit_amount"]),
            "type": "recurring" if interval else "one_time",
            "recurring": {"interval": interval, "interval_count": 1} if interval else None,
            "active": True,
        }
        edge.things[f"/v1/prices/{price_id}"] = price
        return price

    edge.makers["/v1/prices"] = make_price
    edge.makers["/v1/products"] = lambda asked: {
        "id": f"prod_{asked.params['metadata[plan_key]']}",
        "object": "product",
    }
    with transaction() as session:
        for price in session.query(PriceRecord):  # pyright: ignore[reportDeprecated]
            price.provider_price_id = price.provider_product_id = None
    return shop


def test_prices_are_made_at_the_provider_once(stripes_shelf: Shop) -> None:
    assert catalog.provision_prices() == 6
    assert catalog.provision_prices() == 0
    assert len(stripes_shelf.edge.calls("POST", "/v1/prices")) == 6
    assert len(stripes_shelf.edge.calls("POST", "/v1/products")) == 4
    months, years = (
        builders.rows_of(PriceRecord, plan_id=stripes_shelf.pro.plan_id, interval=each) for each in ("month", "year")
    )
    assert months[0].provider_product_id == years[0].provider_product_id == "prod_pro"


def test_a_price_that_the_provider_forgot_is_made_again(stripes_shelf: Shop) -> None:
    catalog.provision_prices()
    (row,) = builders.rows_of(PriceRecord, id=stripes_shelf.pro.id)
    del stripes_shelf.edge.things[f"/v1/prices/{row.provider_price_id}"]
    stripes_shelf.edge._made.clear()
    assert catalog.provision_prices() == 1
    (again,) = builders.rows_of(PriceRecord, id=stripes_shelf.pro.id)
    assert again.provider_price_id != row.provider_price_id
    assert catalog.provision_prices() == 0
