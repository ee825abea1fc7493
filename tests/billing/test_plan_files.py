"""Plans as code: a file that was written reads back as nothing new, and pushing one changes just what it says."""

import tomllib

import pytest

from nestpay.billing import plan_editor, plan_files, plan_shelf
from nestpay.billing.plan_files import UnreadableFile
from nestpay.domain.plan_rules import InvalidPlan
from nestpay.store.tables import PlanRow, PriceRecord
from tests import builders
from tests.shop import Shop


def changes(text: str) -> dict[str, dict[str, str]]:
    return {
        each.key: {change.where: change.after for change in each.changes}
        for each in plan_files.compare(text).differences
    }


def test_what_was_written_reads_back_without_a_difference(shop: Shop) -> None:
    text = plan_files.written()
    assert [plan["key"] for plan in tomllib.loads(text)["plans"]] == [
        "free",
        "pro",
        "business",
        "credits-500",
        "credits-2500",
    ]
    assert plan_files.compare(text).differences == ()


def test_texts_of_any_kind_survive_the_file(shop: Shop) -> None:
    there = plan_editor.load(shop.pro_plan)
    odd = 'A "quoted" \\ text\twith 套餐 and \x7f'
    entry = there.entry | {"title": odd, "benefits": {"limits": {"a b.c": -1}, "foreign": [1, {"x": True}]}}
    plan_editor.save(entry, plan_id=there.plan_id, version=there.version, by="admin")
    (pro,) = (plan for plan in tomllib.loads(plan_files.written())["plans"] if plan["key"] == "pro")
    assert (pro["title"], pro["benefits"]) == (odd, entry["benefits"])
    assert plan_files.compare(plan_files.written()).differences == ()


def test_a_push_makes_new_plans_and_changes_what_differs_only(shop: Shop) -> None:
    text = plan_files.written().replace('title = "Pro"', 'title = "Professional"', 1)
    text += (
        '\n[[plans]]\nkey = "team"\ntitle = "Team"\nactive = false\nprices = [{ interval = "month", amount = "49" }]\n'
    )
    assert set(changes(text)) == {"pro", "team"}
    assert changes(text)["pro"] == {"title": "Professional"}
    for difference in plan_files.compare(text).differences:
        plan_files.push(difference, by="cli")
    assert changes(text) == {}
    assert {row.key: row.version for row in builders.rows_of(PlanRow)} == {
        "free": 1,
        "pro": 2,
        "business": 1,
        "credits-500": 1,
        "credits-2500": 1,
        "team": 1,
    }


def test_a_file_that_says_no_ids_does_not_take_them_away(shop: Shop) -> None:
    text = '[[plans]]\nkey = "pro"\ntitle = "Pro"\nprices = [{ interval = "month", amount = "19" }]\n'
    (difference,) = plan_files.compare(text).differences
    plan_files.push(difference, by="cli")
    (row,) = builders.rows_of(PriceRecord, plan_id=shop.pro_plan, interval="month")
    assert (row.id, row.provider_price_id, row.active) == (shop.pro.id, "price_pro_month", True)
    assert not builders.rows_of(PriceRecord, plan_id=shop.pro_plan, interval="year")[0].active
    assert set(plan_files.compare(text).only_here) == {"free", "business", "credits-500", "credits-2500"}


def test_another_order_in_the_file_is_another_order_on_the_page(shop: Shop) -> None:
    blocks = plan_files.written().split("[[plans]]")
    text = "[[plans]]".join([blocks[0], blocks[2], blocks[1], *blocks[3:]])
    assert changes(text) == {"pro": {"order": "0"}, "free": {"order": "1"}}
    for difference in plan_files.compare(text).differences:
        plan_files.push(difference, by="cli")
    assert [row.key for row in plan_shelf.every_plan()][:2] == ["pro", "free"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("plans = [", "cannot be read"),
        ("plans = 3", r"\[\[plans\]\]"),
        ('[[plans]]\nkey = "x"\ntitel = "X"', "x has words that mean nothing: titel"),
        ('[[plans]]\nkey = "x"\ntitle = "X"\nprices = [{ amounts = "1" }]', "prices.0.amounts"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(shop: Shop, text: str, told: str) -> None:
    with pytest.raises(UnreadableFile, match=told):
        plan_files.compare(text)


def test_a_file_with_a_wrong_entry_is_refused_whole(shop: Shop) -> None:
    text = '[[plans]]\nkey = "x"\ntitle = "X"\nbutton_link = "javascript:x"\nprices = [{ interval = "month", amount = "-1" }]'
    with pytest.raises(InvalidPlan) as told:
        plan_files.compare(text)
    assert str(told.value) == (
        "x.button_link: A link begins with https://, http://, mailto: or /.\nx.prices.0.amount: This cannot be negative."
    )
