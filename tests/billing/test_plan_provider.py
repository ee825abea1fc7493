"""Prices where money moves: checked before they are believed, made once, and only usable coupons offered."""

from typing import Any

import pytest

from nestpay.billing import plan_editor, plan_provider
from nestpay.billing.plan_provider import CouponChoice
from nestpay.domain.errors import NotFound, ProviderTrouble
from nestpay.domain.money import Money
from nestpay.domain.plan_rules import InvalidPlan, Wrong
from nestpay.store.tables import AuditRow, PriceRecord
from tests import builders
from tests.shop import Shop
from tests.stripe_edge import Asked


def there(price_id: str, **fields: Any) -> dict[str, Any]:
    """A price as Stripe has it."""
    return {
        "id": price_id,
        "object": "price",
        "product": {"id": "prod_x", "object": "product", "active": True},
        "currency": "usd",
        "unit_amount": 2950,
        "type": "recurring",
        "recurring": {"interval": "month", "interval_count": 3},
        "active": True,
        "livemode": False,
        **fields,
    }


def entry_price(shop: Shop, **words: Any) -> dict[str, Any]:
    return plan_editor.load(shop.pro_plan).entry["prices"][0] | words


def complaint(shop: Shop, environment: str = "test", **words: Any) -> tuple[str, Wrong]:
    with pytest.raises(InvalidPlan) as told:
        plan_provider.check(entry_price(shop, **words), environment)
    (only,) = told.value.complaints
    return only.where, only.wrong


def test_checking_fills_a_price_with_what_the_provider_says(shop: Shop) -> None:
    shop.edge.things["/v1/prices/price_x"] = there("price_x")
    found = plan_provider.check(entry_price(shop, price_id="price_x", type="one_time", interval="once"), "test")
    assert (found["type"], found["interval"], found["interval_count"]) == ("recurring", "month", 3)
    assert (found["amount"], found["currency"], found["product_id"]) == ("29.50", "usd", "prod_x")


def test_checking_refuses_what_does_not_belong_to_the_plan(shop: Shop) -> None:
    shop.edge.things["/v1/prices/price_x"] = there("price_x")
    shop.edge.things["/v1/prices/price_old"] = there("price_old", active=False)
    assert complaint(shop, price_id="price_x", currency="eur") == ("currency", Wrong.OTHER_CURRENCY)
    assert complaint(shop, "live", price_id="price_x") == ("price_id", Wrong.OTHER_ENVIRONMENT)
    assert complaint(shop, price_id="price_old") == ("price_id", Wrong.PRICE_INACTIVE)
    assert complaint(shop, price_id="price_nowhere") == ("price_id", Wrong.PRICE_UNKNOWN)
    assert complaint(shop, price_id="") == ("price_id", Wrong.REQUIRED)
    assert complaint(shop, price_id="x", provider="paypal") == ("provider", Wrong.PROVIDER_OFF)


def test_a_provider_out_of_reach_is_trouble_and_not_a_complaint(shop: Shop) -> None:
    shop.edge.refuse("/v1/prices/price_x", 500, type="api_error")
    with pytest.raises(ProviderTrouble):
        plan_provider.check(entry_price(shop, price_id="price_x"), "test")


def test_what_is_missing_at_the_provider_is_made_once(shop: Shop) -> None:
    entry = plan_editor.blank() | {"key": "team", "title": "Team", "features": []}
    entry["prices"] = [
        entry["prices"][0] | {"amount": "49"},
        entry["prices"][0] | {"amount": "490", "interval": "year"},
    ]
    plan_id = plan_editor.save(entry, by="admin").plan_id

    def make(asked: Asked) -> dict[str, Any]:
        interval = asked.params["recurring[interval]"]
        return there(f"price_{interval}", product="prod_team", recurring={"interval": interval, "interval_count": 1})

    shop.edge.makers["/v1/prices"] = make
    shop.edge.makers["/v1/products"] = lambda _: {"id": "prod_team", "object": "product"}
    assert plan_provider.make(plan_id, by="admin") == 2
    assert plan_provider.make(plan_id, by="admin") == 0
    assert len(shop.edge.calls("POST", "/v1/products")) == 1
    rows = builders.rows_of(PriceRecord, plan_id=plan_id)
    assert {row.provider_price_id for row in rows} == {"price_month", "price_year"}
    assert [line.actor_id for line in builders.rows_of(AuditRow, action="price.make")] == ["admin", "admin"]
    with pytest.raises(NotFound):
        plan_provider.make("nowhere", by="admin")


def test_only_coupons_that_can_be_used_are_offered(shop: Shop) -> None:
    half = {"id": "HALF", "object": "coupon", "name": "Half", "valid": True, "percent_off": 50.0}
    five = {"id": "FIVE", "object": "coupon", "name": None, "valid": True, "amount_off": 500, "currency": "usd"}
    over = {**half, "id": "OVER", "valid": False}
    shop.edge.things["/v1/coupons"] = {
        "object": "list",
        "url": "/v1/coupons",
        "has_more": False,
        "data": [half, over, five],
    }
    assert plan_provider.coupons("stripe") == [
        CouponChoice("HALF", "Half", "50", None),
        CouponChoice("FIVE", "", "", Money(500, "usd")),
    ]
    with pytest.raises(NotFound):
        plan_provider.coupons("paypal")
