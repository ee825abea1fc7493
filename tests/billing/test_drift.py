"""The provider's catalogue: what is no longer as ours is marked, audited and not sold, until it is mended."""

from typing import Any

import pytest

from nestpay.billing import catalog, checkout, drift, inbox
from nestpay.domain.errors import NotFound, ProviderTrouble
from nestpay.store import plans
from nestpay.store.session import reading, transaction
from nestpay.store.tables import AuditRow, PriceRecord
from tests import builders, stripe_objects
from tests.billing.conftest import Shop


def stripes_copy(shop: Shop, **fields: Any) -> None:
    """What Stripe has of the Pro plan's monthly price."""
    price_id = shop.pro.provider_price_id
    shop.edge.things[f"/v1/prices/{price_id}"] = {
        "id": price_id,
        "object": "price",
        "active": True,
        "currency": shop.pro.currency,
        "product": {"id": "prod_pro", "object": "product", "active": True},
        "recurring": {"interval": "month", "interval_count": 1},
        "type": "recurring",
        "unit_amount": shop.pro.amount_minor,
        **fields,
    }


def tell(kind: str, thing_id: str) -> None:
    body = stripe_objects.event(kind, {"id": thing_id, "object": kind.split(".")[0]})
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))


def state(shop: Shop) -> str:
    return builders.rows_of(PriceRecord, id=shop.pro.id)[0].provider_state


def version() -> int:
    with reading() as session:
        return plans.catalogue_version(session)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"active": False}, "inactive"),
        ({"product": {"id": "prod_pro", "object": "product", "active": False}}, "inactive"),
        ({"unit_amount": 1}, "amount"),
        ({"currency": "eur"}, "amount"),
        ({"recurring": {"interval": "year", "interval_count": 1}}, "interval"),
    ],
)
def test_a_price_that_differs_is_marked_audited_and_not_sold(shop: Shop, fields: dict[str, Any], word: str) -> None:
    stripes_copy(shop, **fields)
    before = version()
    tell("price.updated", shop.pro.provider_price_id or "")
    assert drift.check_asked() == 1
    assert drift.check_asked() == 0
    assert state(shop) == word
    (line,) = builders.rows_of(AuditRow, action="price.drift")
    assert (line.before, line.after) == ({"provider_state": ""}, {"provider_state": word})
    assert version() == before + 1
    with pytest.raises(NotFound):
        checkout.start(shop.user_id, shop.pro.id)
    offers = [offer for card in catalog.public_catalogue("en").cards for offer in card.offers]
    assert [offer.available for offer in offers if offer.price_id == shop.pro.id] == [False]


def test_a_price_that_was_mended_is_sold_again(shop: Shop) -> None:
    stripes_copy(shop, active=False)
    tell("price.updated", shop.pro.provider_price_id or "")
    drift.check_asked()
    stripes_copy(shop)
    tell("price.updated", shop.pro.provider_price_id or "")
    drift.check_asked()
    assert state(shop) == ""
    assert len(builders.rows_of(AuditRow, action="price.drift")) == 2


def test_a_product_or_a_coupon_that_goes_is_noticed_at_every_price_that_stands_on_it(shop: Shop) -> None:
    tell("product.deleted", "prod_pro")
    asked = {row.id for row in builders.rows_of(PriceRecord) if row.check_asked_at}
    assert asked == {price.id for (plan, _), price in shop.prices.items() if plan == "pro"}
    drift.check_asked()
    assert state(shop) == "gone"


def test_a_look_at_everything_finds_what_no_event_told(shop: Shop) -> None:
    known = [price for price in shop.prices.values() if price.provider == "stripe"]
    stripes_copy(shop)
    assert drift.check_all() == len(known) - 1
    assert {row.provider_state for row in builders.rows_of(PriceRecord) if row.id != shop.pro.id} == {"", "gone"}
    assert state(shop) == ""


@pytest.mark.parametrize(("valid", "word"), [(True, ""), (False, "coupon")])
def test_a_price_whose_coupon_ran_out_is_not_sold_for_more_than_it_says(shop: Shop, valid: bool, word: str) -> None:
    with transaction() as session:
        session.merge(shop.pro).coupon_id = "TEN"
    stripes_copy(shop)
    shop.edge.things["/v1/coupons/TEN"] = {"id": "TEN", "object": "coupon", "valid": valid}
    tell("coupon.updated", "TEN")
    drift.check_asked()
    assert state(shop) == word


def test_what_is_told_about_things_of_others_asks_nothing(shop: Shop) -> None:
    tell("price.updated", "price_of_somebody")
    assert drift.check_asked() == 0


def test_while_the_provider_is_down_the_question_stays(shop: Shop) -> None:
    price_id = shop.pro.provider_price_id or ""
    shop.edge.troubles[f"/v1/prices/{price_id}"] = 503, {"error": {"type": "api_error", "message": "down"}}
    tell("price.updated", price_id)
    with pytest.raises(ProviderTrouble):
        drift.check_asked()
    shop.edge.troubles.clear()
    stripes_copy(shop)
    assert drift.check_asked() == 1
    assert state(shop) == ""
