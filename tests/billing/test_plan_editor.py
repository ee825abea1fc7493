"""Editing a plan: nothing of anybody's is lost, what was sold stays as it was sold, and everybody is told before."""

from typing import Any

import pytest

from nestpay.billing import catalog, plan_editor
from nestpay.billing.plan_editor import OldPrice
from nestpay.domain.errors import NotFound, PlanEdited
from nestpay.domain.plan_rules import InvalidPlan, Wrong
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import subscriptions
from nestpay.store.columns import new_id
from nestpay.store.session import transaction
from nestpay.store.tables import AuditRow, PlanRow, PriceRecord
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop
from tests.stripe_edge import Asked


def edited(shop: Shop, **words: Any) -> tuple[plan_editor.Loaded, dict[str, Any]]:
    """The Pro plan as it is, and its entry with other words."""
    there = plan_editor.load(shop.pro_plan)
    return there, there.entry | words


def save(shop: Shop, **words: Any) -> plan_editor.Saved:
    there, entry = edited(shop, **words)
    return plan_editor.save(entry, plan_id=there.plan_id, version=there.version, by="admin")


def complaints(shop: Shop, **words: Any) -> dict[str, Wrong]:
    with pytest.raises(InvalidPlan) as told:
        save(shop, **words)
    return {each.where: each.wrong for each in told.value.complaints}


def with_price(shop: Shop, interval: str = "month", **words: Any) -> list[dict[str, Any]]:
    prices = plan_editor.load(shop.pro_plan).entry["prices"]
    return [price | words if price["interval"] == interval else price for price in prices]


def subscribe(shop: Shop, price: PriceRecord) -> None:
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
                created_at=FIRST_OF_FEBRUARY,
                updated_at=FIRST_OF_FEBRUARY,
            ),
        )


def price_at_stripe(shop: Shop, price_id: str, **fields: Any) -> None:
    """Let Stripe know a price: 29 dollars a month unless said otherwise."""
    shop.edge.things[f"/v1/prices/{price_id}"] = {
        "id": price_id,
        "object": "price",
        "product": {"id": "prod_pro", "object": "product", "active": True},
        "currency": "usd",
        "unit_amount": 2900,
        "type": "recurring",
        "recurring": {"interval": "month", "interval_count": 1},
        "active": True,
        "livemode": False,
        **fields,
    }


@pytest.fixture
def stripes_shelf(shop: Shop) -> Shop:
    """A Stripe that makes prices as price_new, and archives old ones."""

    def make(asked: Asked) -> dict[str, Any]:
        price_at_stripe(shop, "price_new", unit_amount=int(asked.params["unit_amount"]))
        return shop.edge.things["/v1/prices/price_new"] | {"product": "prod_pro"}

    shop.edge.makers["/v1/prices"] = make
    shop.edge.makers["/v1/prices/price_pro_month"] = lambda _: {"id": "price_pro_month", "object": "price"}
    return shop


# Saving


def test_an_edit_is_stored_told_to_the_audit_log_and_seen_as_a_new_catalogue(shop: Shop) -> None:
    version = catalog.public_catalogue("en").version
    saved = save(
        shop, title="Professional", features=[{"text": "All of it", "included": True, "bold": False, "href": ""}]
    )
    (row,) = builders.rows_of(PlanRow, id=saved.plan_id)
    assert (row.title, row.version, saved.version) == ("Professional", 2, 2)
    assert catalog.public_catalogue("en").version > version
    (line,) = builders.rows_of(AuditRow, action="plan.edit")
    assert (line.subject, line.actor_id) == (f"plan:{saved.plan_id}", "admin")
    assert (line.before["title"], line.after["title"]) == ("Pro", "Professional")
    assert "description" not in line.after


def test_what_was_not_changed_is_stored_as_it_was(shop: Shop) -> None:
    before = plan_editor.load(shop.pro_plan).entry
    save(shop)
    assert plan_editor.load(shop.pro_plan).entry == before


def test_a_new_plan_gets_its_place_at_the_end_and_is_not_sold_before_it_is_switched_on(shop: Shop) -> None:
    entry = plan_editor.blank() | {"key": "team", "title": "Team", "features": []}
    entry["prices"] = [entry["prices"][0] | {"amount": "49"}]
    saved = plan_editor.save(entry, by="admin")
    assert (saved.unmade, saved.replaced) == (1, 0)
    assert "team" not in {card.key for card in catalog.public_catalogue("en").cards}
    assert plan_editor.load(saved.plan_id).entry["order"] == 5


def test_two_editors_of_one_plan_do_not_overwrite_each_other(shop: Shop) -> None:
    mine, my_entry = edited(shop, title="Mine")
    save(shop, description="Theirs", highlight_text="Theirs too")
    with pytest.raises(PlanEdited):
        plan_editor.save(my_entry, plan_id=mine.plan_id, version=mine.version, by="me")
    now, theirs = plan_editor.edits_of_others(mine.plan_id, mine.entry)
    assert {change.where: change.after for change in theirs} == {
        "description": "Theirs",
        "highlight_text": "Theirs too",
    }
    assert (now.version, now.entry["title"], now.last_editor) == (2, "Pro", "admin")


def test_names_of_benefits_that_nobody_here_knows_are_kept(shop: Shop) -> None:
    benefits = plan_editor.load(shop.pro_plan).entry["benefits"]
    save(shop, benefits=benefits | {"private_jet": {"seats": [1, 2]}})
    assert plan_editor.load(shop.pro_plan).entry["benefits"]["private_jet"] == {"seats": [1, 2]}


def test_a_key_that_another_plan_has_is_refused(shop: Shop) -> None:
    entry = plan_editor.blank() | {"key": "pro", "title": "Pro again", "features": [], "prices": []}
    with pytest.raises(InvalidPlan) as told:
        plan_editor.save(entry, by="admin")
    assert [(each.where, each.wrong) for each in told.value.complaints] == [("key", Wrong.KEY_TAKEN)]


def test_a_plan_that_is_not_there_cannot_be_saved(shop: Shop) -> None:
    with pytest.raises(NotFound):
        plan_editor.save(plan_editor.blank(), plan_id="nowhere", by="admin")


# Prices that were sold


def test_another_amount_makes_another_price_and_archives_the_old_one_here_and_there(stripes_shelf: Shop) -> None:
    shop = stripes_shelf
    saved = save(shop, prices=with_price(shop, amount="29"))
    assert (saved.replaced, saved.unmade, saved.trouble) == (1, 0, None)
    old, new = sorted(
        builders.rows_of(PriceRecord, plan_id=saved.plan_id, interval="month"), key=lambda row: row.active
    )
    assert (old.id, old.amount_minor, old.provider_price_id, old.active) == (
        shop.pro.id,
        1900,
        "price_pro_month",
        False,
    )
    assert (new.amount_minor, new.provider_price_id, new.provider_product_id) == (2900, "price_new", "prod_pro")
    (archived,) = shop.edge.calls("POST", "/v1/prices/price_pro_month")
    assert archived.params == {"active": "false"}
    (past,) = plan_editor.load(saved.plan_id).past
    assert (past.provider_price_id, past.amount_minor, past.interval, past.holders) == (
        "price_pro_month",
        1900,
        "month",
        0,
    )


def test_an_edit_stands_when_the_provider_cannot_make_the_new_price_and_making_it_later_is_possible(
    stripes_shelf: Shop,
) -> None:
    shop = stripes_shelf
    shop.edge.refuse("/v1/prices", 500, type="api_error")
    saved = save(shop, prices=with_price(shop, amount="29"))
    assert saved.unmade == 1
    assert saved.trouble is not None
    shop.edge.troubles.clear()
    assert save(shop).unmade == 1


def test_who_holds_an_old_price_sees_it_as_the_own_one(stripes_shelf: Shop) -> None:
    shop = stripes_shelf
    subscribe(shop, shop.pro)
    save(shop, prices=with_price(shop, amount="29"))
    pro = {card.key: card for card in catalog.public_catalogue("en", user_id=shop.user_id).cards}["pro"]
    offers = {offer.interval: (offer.display_price, offer.current) for offer in pro.offers}
    assert offers == {"month": ("$19", True), "year": ("$190", False)}
    anybody = {card.key: card for card in catalog.public_catalogue("en").cards}["pro"]
    assert {offer.interval: offer.display_price for offer in anybody.offers} == {"month": "$29", "year": "$190"}


def test_words_of_a_price_change_in_place(shop: Shop) -> None:
    save(shop, prices=with_price(shop, original="$29", suffix="a month", allow_codes=False))
    (row,) = builders.rows_of(PriceRecord, plan_id=shop.pro_plan, interval="month")
    assert (row.id, row.original_price, row.suffix, row.allow_codes) == (shop.pro.id, "$29", "a month", False)


def test_a_price_that_is_taken_out_is_ended_and_one_that_nobody_saw_is_gone(shop: Shop) -> None:
    save(shop, prices=with_price(shop)[:1])
    (year,) = builders.rows_of(PriceRecord, plan_id=shop.pro_plan, interval="year")
    assert not year.active
    drafted = {**with_price(shop)[0], "id": "", "price_id": "", "currency": "eur", "amount": "20"}
    save(shop, prices=[*with_price(shop), drafted])
    save(shop, prices=[price for price in with_price(shop) if price["currency"] == "usd"])
    assert builders.rows_of(PriceRecord, plan_id=shop.pro_plan, currency="eur") == []


def test_before_saving_it_is_said_who_keeps_what(shop: Shop) -> None:
    subscribe(shop, shop.pro)
    _, entry = edited(shop, prices=with_price(shop, amount="29"), benefits={"monthly_credits": 5})
    found = plan_editor.consequences(shop.pro_plan, entry)
    assert found.old_prices == (OldPrice("month", "usd", 1900, 2900, 1),)
    assert (found.subscribers, found.changed, found.are_worth_a_word) == (1, ("benefits",), True)
    _, harmless = edited(shop, title="Professional")
    assert not plan_editor.consequences(shop.pro_plan, harmless).are_worth_a_word


# What providers say


def test_a_price_id_is_stored_only_when_the_provider_says_the_same_of_it(shop: Shop) -> None:
    price_at_stripe(shop, "price_29")
    assert save(shop, prices=with_price(shop, price_id="price_29", amount="29")).replaced == 1
    (row,) = builders.rows_of(PriceRecord, provider_price_id="price_29")
    assert (row.amount_minor, row.active) == (2900, True)


@pytest.mark.parametrize(
    ("theirs", "where", "wrong"),
    [
        ({"currency": "eur"}, "currency", Wrong.OTHER_CURRENCY),
        ({"livemode": True}, "price_id", Wrong.OTHER_ENVIRONMENT),
        ({"active": False}, "price_id", Wrong.PRICE_INACTIVE),
        ({"unit_amount": 3000}, "amount", Wrong.OTHER_AMOUNT),
        ({"recurring": {"interval": "year", "interval_count": 1}}, "interval", Wrong.OTHER_INTERVAL),
    ],
)
def test_a_price_id_of_something_else_is_refused_at_its_field(
    shop: Shop, theirs: dict[str, Any], where: str, wrong: Wrong
) -> None:
    price_at_stripe(shop, "price_29", **theirs)
    found = complaints(shop, prices=with_price(shop, price_id="price_29", amount="29"))
    assert found == {f"prices.0.{where}": wrong}


def test_a_price_id_that_the_provider_does_not_know_is_refused(shop: Shop) -> None:
    found = complaints(shop, prices=with_price(shop, price_id="price_nowhere", amount="29"))
    assert found == {"prices.0.price_id": Wrong.PRICE_UNKNOWN}


def test_a_price_id_of_another_plan_is_refused(shop: Shop) -> None:
    found = complaints(shop, prices=with_price(shop, price_id="price_business_month", amount="79"))
    assert found == {"prices.0.price_id": Wrong.PRICE_ID_TAKEN}


def test_a_coupon_that_ended_is_refused_and_a_good_one_is_stored(shop: Shop) -> None:
    shop.edge.things["/v1/coupons/OVER"] = {"id": "OVER", "object": "coupon", "valid": False}
    shop.edge.things["/v1/coupons/HALF"] = {"id": "HALF", "object": "coupon", "valid": True}
    for coupon in ("OVER", "NOWHERE"):
        assert complaints(shop, prices=with_price(shop, coupon=coupon)) == {"prices.0.coupon": Wrong.COUPON_ENDED}
    save(shop, prices=with_price(shop, coupon="HALF"))
    assert builders.rows_of(PriceRecord, id=shop.pro.id)[0].coupon_id == "HALF"


def test_a_provider_out_of_reach_stops_no_edit_of_anything_else(shop: Shop) -> None:
    shop.edge.refuse("/v1/prices/price_pro_month", 500, type="api_error")
    assert save(shop, title="Professional").version == 2


# The picture


def test_the_picture_shows_what_would_be_sold_even_while_something_is_wrong(shop: Shop) -> None:
    _, entry = edited(shop, title="<b>Bold</b>", trial_days="soon", benefits={"monthly_credits": "many"})
    entry["prices"] = with_price(shop, amount="-3")
    (card,) = plan_editor.picture(entry, "en").cards
    assert card.title == "<b>Bold</b>"
    assert [(offer.interval, offer.display_price) for offer in card.offers] == [("year", "$190")]
