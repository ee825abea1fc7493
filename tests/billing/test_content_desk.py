"""Writing and pricing content: nobody's edit is lost, prices are replaced and made at the provider, scripts never pass."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nestpay.billing import (
    belongings,
    content,
    content_desk,
    deliveries,
    downloads,
    entitlements,
    reports,
    sample_content,
)
from nestpay.billing.content import Words
from nestpay.billing.content_desk import Draft
from nestpay.domain.errors import ContentEdited, FileGone, InvalidContent, NotFound, SlugTaken
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.domain.plans import UNLIMITED
from nestpay.settings import reset_settings
from nestpay.store import plans
from nestpay.store.session import reading, transaction
from nestpay.store.tables import ArticleRow, AuditRow, OrderRow, PriceRecord, SpaceRow
from tests import builders
from tests.billing.test_content import add, add_price, subscribe
from tests.shop import Shop

ESSAY = Draft("article", slug="essay", title="Essay", preview="A taste.", body="All of it.", published=True)


@pytest.fixture(autouse=True)
def stripe_makes_prices(shop: Shop) -> None:
    made = shop.edge
    made.makers["/v1/products"] = lambda asked: {"id": "prod_new", "object": "product"}
    made.makers["/v1/prices"] = lambda asked: {
        "id": f"price_new_{asked.params['unit_amount']}",
        "object": "price",
        "product": "prod_new",
        "type": "one_time",
        "recurring": None,
        "currency": asked.params["currency"],
        "unit_amount": int(asked.params["unit_amount"]),
        "active": True,
        "livemode": False,
    }


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where files of products lie in this test."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "files"))
    reset_settings()
    yield downloads.folder()
    monkeypatch.undo()
    reset_settings()


def sold() -> list[tuple[int, bool, str | None]]:
    rows = [row for row in builders.rows_of(PriceRecord, provider="stripe") if row.plan_id is None]
    return [(row.amount_minor, row.active, row.provider_price_id) for row in rows]


def test_an_edit_is_stored_priced_and_written_down(shop: Shop) -> None:
    saved, trouble = content_desk.save(replace(ESSAY, amounts={"once": "5"}), by=shop.user_id)
    assert (trouble, saved.version, saved.amounts) == (None, 1, {"once": "5"})
    assert sold() == [(500, True, "price_new_500")]
    line = next(row for row in builders.rows_of(AuditRow) if row.action == "content.add")
    assert (line.subject, line.after["title"]) == (f"article:{saved.id}", "Essay")
    assert "All of it." not in str(line.after)


def test_a_product_gets_no_file_that_is_gone_and_keeps_the_one_it_has(shop: Shop, folder: Path) -> None:
    kit = Draft("product", slug="kit", title="Kit", file="kit.pdf")
    with pytest.raises(FileGone):
        content_desk.save(kit, by=shop.user_id)
    folder.mkdir(parents=True)
    (folder / "kit.pdf").write_bytes(b"pdf")
    saved, _ = content_desk.save(kit, by=shop.user_id)
    (folder / "kit.pdf").unlink()
    renamed, _ = content_desk.save(replace(saved, title="The kit"), by=shop.user_id)
    assert (renamed.title, renamed.file) == ("The kit", "kit.pdf")


def test_translations_are_stored_and_written_down_without_their_texts(shop: Shop) -> None:
    french = Words("Essai", "Un avant-goût.", "Tout le texte.")
    saved, _ = content_desk.save(replace(ESSAY, translations={"fr": french}), by=shop.user_id)
    assert content_desk.load("article", saved.id).translations == {"fr": french}
    shorter, _ = content_desk.save(replace(saved, translations={"fr": Words(body="Tout.")}), by=shop.user_id)
    assert shorter.translations == {"fr": Words(body="Tout.")}
    line = next(row for row in builders.rows_of(AuditRow) if row.action == "content.edit")
    assert line.after == {"fr.title": 0, "fr.preview": 0, "fr.body": len("Tout.")}
    assert "Tout" not in str([row.after for row in builders.rows_of(AuditRow)])
    none, _ = content_desk.save(replace(shorter, translations={}), by=shop.user_id)
    assert none.translations == {}


def test_a_translation_keeps_to_the_same_limits(shop: Shop) -> None:
    for wrong in ({"fr": Words("x" * 201)}, {"fr": Words(body="x" * 200_001)}, {"de": Words("Aufsatz")}):
        with pytest.raises(InvalidContent):
            content_desk.save(replace(ESSAY, translations=wrong), by=shop.user_id)


def test_another_amount_ends_the_old_price_and_the_same_one_leaves_it(shop: Shop) -> None:
    saved, _ = content_desk.save(replace(ESSAY, amounts={"once": "5"}), by=shop.user_id)
    same, _ = content_desk.save(replace(saved, title="An essay"), by=shop.user_id)
    assert sold() == [(500, True, "price_new_500")]
    content_desk.save(replace(same, amounts={"once": "7.50"}), by=shop.user_id)
    assert sorted(sold()) == [(500, False, "price_new_500"), (750, True, "price_new_750")]


def test_whoever_edits_an_older_version_is_told_and_nothing_is_lost(shop: Shop) -> None:
    saved, _ = content_desk.save(ESSAY, by=shop.user_id)
    content_desk.save(replace(saved, title="Mine"), by=shop.user_id)
    with pytest.raises(ContentEdited):
        content_desk.save(replace(saved, title="Yours"), by=shop.user_id)
    assert content_desk.load("article", saved.id).title == "Mine"


@pytest.mark.parametrize(
    "wrong", [{"slug": "No Spaces"}, {"title": " "}, {"amounts": {"once": "cheap"}}, {"amounts": {"once": "0"}}]
)
def test_what_makes_no_sense_is_refused(shop: Shop, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidContent):
        content_desk.save(replace(ESSAY, **wrong), by=shop.user_id)
    assert content_desk.shelf() == ()


def test_an_address_is_given_once_and_an_unknown_piece_is_not_found(shop: Shop) -> None:
    content_desk.save(ESSAY, by=shop.user_id)
    with pytest.raises(SlugTaken):
        content_desk.save(ESSAY, by=shop.user_id)
    with pytest.raises(NotFound):
        content_desk.load("space", "nowhere")


def test_no_script_passes_from_the_desk_to_a_reader(shop: Shop) -> None:
    nasty = '<script>alert(1)</script> [x](javascript:alert(1)) ![y](x" onerror="alert(1)) **bold**'
    html = content_desk.picture(nasty)
    assert "<strong>bold</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "onerror=" not in html.replace("&quot;", "").split("<img")[-1].split(">")[0]


def test_the_samples_come_once_into_an_empty_house(shop: Shop) -> None:
    assert (sample_content.seed(), sample_content.seed()) == (4, 0)
    assert len(content.listed("article")) == 2
    assert content.article("what-customers-pay-for", None).is_open
    assert not content.article("three-prices-that-sell", None).is_open


def test_a_customer_sees_purchases_with_what_came_with_them_until_the_refund(shop: Shop) -> None:
    saved, _ = content_desk.save(
        Draft("product", slug="kit", title="Kit", published=True, deliveries=("licence_key",), amounts={"once": "9"}),
        by=shop.user_id,
    )
    price = next(row for row in builders.rows_of(PriceRecord) if row.product_id == saved.id)
    order = builders.add_order(shop.user_id, price, status=OrderStatus.SUCCEEDED, paid_at=builders.LONG_AGO)
    (mark,) = deliveries.wanted(order.id, shop.user_id, ("licence_key",))
    with transaction() as session:
        mark.write(session, builders.LONG_AGO)
    deliveries.run_due()
    (mine,) = belongings.of_user(shop.user_id)
    assert (mine.title, mine.state, mine.kind, mine.slug) == ("Kit", "yours", "product", "kit")
    assert mine.handed[0].key
    builders.set_columns(OrderRow, "id", order.id, status=OrderStatus.REFUNDED)
    (mine,) = belongings.of_user(shop.user_id)
    assert (mine.state, mine.handed[0].key, mine.handed[0].state) == ("refunded", "", "revoked")


def test_every_question_about_features_and_limits_has_one_answer(shop: Shop) -> None:
    before = {each.name: (each.allowed, each.why) for each in entitlements.overview(shop.user_id)}
    assert before["api"] == (False, "nothing_held")
    subscribe(shop.user_id, shop.pro, "plan")
    after = {each.name: each for each in entitlements.overview(shop.user_id)}
    assert (after["api"].allowed, after["api"].why, after["api"].plan) == (True, "plan", "Pro")
    assert after["integrations"].why == "not_included"
    with reading() as session:
        (pro,) = plans.price_rows(session, [shop.pro.id])
    assert pro.benefits.limits["chats_per_month"] == UNLIMITED
    assert after["chats_per_month"].left is None


def test_a_space_ends_only_for_its_own_subscriber(shop: Shop) -> None:
    space = add(SpaceRow, "studio")
    subscribe(shop.user_id, add_price("space", space, "month"), f"space:{space.id}")
    with pytest.raises(NotFound):
        belongings.end(builders.add_user("bob"), "not theirs")


def test_the_report_names_what_was_bought_whatever_its_price_was(shop: Shop) -> None:
    space = add(SpaceRow, "studio")
    for interval, amount in (("month", 900), ("year", 9000)):
        price = add_price("space", space, interval, amount)
        builders.add_order(shop.user_id, price, status=OrderStatus.SUCCEEDED, paid_at=builders.LONG_AGO)
    essay = add_price("article", add(ArticleRow, "essay"))
    builders.add_order(shop.user_id, essay, status=OrderStatus.SUCCEEDED, paid_at=builders.LONG_AGO)
    back = {"type": OrderType.REFUND, "status": OrderStatus.SUCCEEDED, "amount_total": 200}
    builders.add_order(shop.user_id, essay, paid_at=builders.LONG_AGO, **back)
    builders.add_order(shop.user_id, shop.pack, status=OrderStatus.SUCCEEDED, paid_at=builders.LONG_AGO)
    day = f"{builders.LONG_AGO:%Y-%m-%d}"
    found = reports.revenue("usd", reports.span(day, day))
    sold = {(each.kind, each.name): (each.paid, each.refunded, each.payments) for each in found.sold}
    assert sold["space", "Studio"] == (1800, 0, 2)
    assert sold["article", "Essay"] == (900, 200, 1)
    assert sum(each.net for each in found.sold) == found.total.net
    assert [kind for kind, _ in sold] == ["space", "plan", "article"]
