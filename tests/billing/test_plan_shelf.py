"""All plans side by side: order, switches, copies, and what may be deleted."""

import pytest

from nestpay.billing import catalog, plan_editor, plan_shelf
from nestpay.domain.errors import NotFound, PlanWasBought
from nestpay.store.tables import AuditRow, PlanRow, PriceRecord
from tests import builders
from tests.shop import Shop


def keys() -> list[str]:
    return [row.key for row in plan_shelf.every_plan()]


def plan_id(key: str) -> str:
    return next(row.plan_id for row in plan_shelf.every_plan() if row.key == key)


def on_sale() -> list[str]:
    return [card.key for card in catalog.public_catalogue("en").cards]


def test_plans_stand_in_their_order_with_what_is_sold(shop: Shop) -> None:
    rows = plan_shelf.every_plan()
    assert [row.key for row in rows] == ["free", "pro", "business", "credits-500", "credits-2500"]
    assert [price.text("en") for price in rows[1].prices] == ["$19", "$190"]
    assert all(row.is_here and row.is_active and not row.is_archived for row in rows)


@pytest.mark.parametrize(("to", "expected"), [(0, 0), (2, 2), (99, 4), (-5, 0)])
def test_a_plan_moves_to_a_place_and_the_pricing_page_follows(shop: Shop, to: int, expected: int) -> None:
    plan_shelf.move(shop.pro_plan, to, by="admin")
    assert keys().index("pro") == expected
    assert on_sale() == keys()
    assert [row.display_order for row in builders.rows_of(PlanRow, key="pro")] == [expected]


def test_moving_a_plan_to_where_it_is_changes_nothing(shop: Shop) -> None:
    version = catalog.version()
    plan_shelf.move(shop.pro_plan, 1, by="admin")
    assert catalog.version() == version


def test_a_plan_that_is_switched_off_is_not_sold_and_one_that_is_switched_on_is(shop: Shop) -> None:
    plan_shelf.set_active(shop.pro_plan, False, by="admin", ip="203.0.113.9")
    assert "pro" not in on_sale()
    (line,) = builders.rows_of(AuditRow, action="plan.edit")
    assert (line.before, line.after, line.ip) == ({"active": "True"}, {"active": "False"}, "203.0.113.9")
    plan_shelf.set_active(shop.pro_plan, True, by="admin")
    assert "pro" in on_sale()


def test_highlighting_is_one_switch(shop: Shop) -> None:
    plan_shelf.set_highlighted(plan_id("business"), True, by="admin")
    assert {card.key for card in catalog.public_catalogue("en").cards if card.highlighted} >= {"pro", "business"}


def test_a_copy_is_not_sold_and_no_provider_knows_it(shop: Shop) -> None:
    copies = [plan_shelf.duplicate(shop.pro_plan, by="admin") for _ in range(2)]
    assert [plan_editor.load(each).entry["key"] for each in copies] == ["pro-2", "pro-3"]
    copy, original = plan_editor.load(copies[0]).entry, plan_editor.load(shop.pro_plan).entry
    assert (copy["active"], copy["features"], copy["translations"]) == (
        False,
        original["features"],
        original["translations"],
    )
    assert {row.provider_price_id for row in builders.rows_of(PriceRecord, plan_id=copies[0])} == {None}
    assert on_sale() == ["free", "pro", "business", "credits-500", "credits-2500"]


def test_an_archived_plan_leaves_the_shelf_and_comes_back_switched_off(shop: Shop) -> None:
    plan_shelf.archive(shop.pro_plan, by="admin")
    (row,) = (row for row in plan_shelf.every_plan() if row.is_archived)
    assert (row.key, keys()[-1], "pro" in on_sale()) == ("pro", "pro", False)
    plan_shelf.restore(shop.pro_plan, by="admin")
    (row,) = (row for row in plan_shelf.every_plan() if row.key == "pro")
    assert (row.is_archived, row.is_active) == (False, False)
    assert [line.action for line in builders.rows_of(AuditRow)] == ["plan.archive", "plan.restore"]


def test_a_plan_that_anybody_ordered_is_never_deleted(shop: Shop) -> None:
    builders.add_order(shop.user_id, shop.pro)
    with pytest.raises(PlanWasBought):
        plan_shelf.remove(shop.pro_plan, by="admin")
    plan_shelf.remove(plan_id("business"), by="admin")
    assert "business" not in keys()
    (line,) = builders.rows_of(AuditRow, action="plan.delete")
    assert line.before["title"] == "Business"


@pytest.mark.parametrize("act", [plan_shelf.archive, plan_shelf.restore, plan_shelf.remove, plan_shelf.duplicate])
def test_a_plan_that_is_not_there_is_not_found(shop: Shop, act: object) -> None:
    with pytest.raises(NotFound):
        act("nowhere", by="admin")  # pyright: ignore[reportCallIssue]
