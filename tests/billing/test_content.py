"""Articles, spaces and products: who may read them, what opens them, and what closes them again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nestpay.billing import checkout, content, entitlements, purchases
from nestpay.domain.errors import AlreadyBought, NotFound
from nestpay.domain.orders import OrderStatus
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import plans, subscriptions
from nestpay.store.changes import Buyer
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import ArticleRow, OrderRow, PriceRecord, ProductRow, SpaceRow, SubscriptionRow, Ware
from tests import builders, stripe_objects
from tests.shop import Shop

SECRET_TEXT = "the **paid** words"
NOW = datetime(2027, 1, 15, tzinfo=UTC)


def add(kind: type[Ware], slug: str, *, opens_to: tuple[str, ...] = (), **columns: Any) -> Any:
    row = kind(
        slug=slug,
        title=slug.title(),
        preview="A taste.",
        body=SECRET_TEXT,
        opens_to=list(opens_to),
        published=True,
        created_at=NOW,
        updated_at=NOW,
        **columns,
    )
    with transaction() as session:
        session.add(row)
    return row


def add_price(word: str, row: Any, interval: str = "once", amount_minor: int = 500) -> PriceRecord:
    price = PriceRecord(
        **{f"{word}_id": row.id},
        provider="stripe",
        provider_price_id=f"price_{row.slug}_{interval}",
        provider_product_id=f"prod_{row.slug}",
        type="one_time" if interval == "once" else "recurring",
        interval=interval,
        currency="usd",
        amount_minor=amount_minor,
        created_at=NOW,
        updated_at=NOW,
    )
    with transaction() as session:
        session.add(price)
    return price


def subscribe(user_id: str, price: PriceRecord, group: str, **columns: Any) -> None:
    held: dict[str, Any] = {
        "id": new_id(),
        "user_id": user_id,
        "provider": "stripe",
        "provider_subscription_id": f"sub_{new_id()}",
        "status": SubscriptionStatus.ACTIVE,
        "price_id": price.id,
        "plan_id": price.plan_id,
        "sales_group": group,
        "current_period_start": NOW,
        "current_period_end": datetime(2027, 3, 1, tzinfo=UTC),
        "created_at": NOW,
        "updated_at": NOW,
    }
    with transaction() as session:
        subscriptions.save(session, Subscription(**{**held, **columns}))


def test_what_is_for_everyone_is_read_without_an_account(shop: Shop) -> None:
    add(ArticleRow, "open", opens_to=("everyone",))
    found = content.article("open", None)
    assert (found.is_open, found.is_free, found.ways) == (True, True, ())
    assert "<strong>paid</strong>" in found.body_html


def test_an_article_that_is_sold_shows_a_stranger_its_preview_and_its_price_and_no_word_more(shop: Shop) -> None:
    price = add_price("article", add(ArticleRow, "essay"))
    found = content.article("essay", None)
    assert (found.is_open, found.body_html) == (False, "")
    assert "A taste." in found.preview_html
    assert [(way.of, way.price_id, way.price_text, way.interval) for way in found.ways] == [
        ("article", price.id, "$5", "once")
    ]
    assert "paid" not in repr(found)
    assert "paid" not in repr(content.listed("article"))


@pytest.mark.parametrize(
    ("status", "is_open"),
    [
        (OrderStatus.PENDING, False),
        (OrderStatus.SUCCEEDED, True),
        (OrderStatus.PARTIALLY_REFUNDED, True),
        (OrderStatus.REFUNDED, False),
        (OrderStatus.DISPUTED, False),
    ],
)
def test_a_purchase_opens_an_article_until_the_money_goes_back(
    shop: Shop, status: OrderStatus, *, is_open: bool
) -> None:
    price = add_price("article", add(ArticleRow, "essay"))
    order = builders.add_order(shop.user_id, price)
    builders.set_columns(OrderRow, "id", order.id, status=status)
    found = content.article("essay", shop.user_id)
    assert (found.is_open, bool(found.body_html)) == (is_open, is_open)
    assert entitlements.check(shop.user_id, "article:essay").allowed is is_open
    assert not content.article("essay", builders.add_user("bob")).is_open


def test_an_article_for_holders_of_a_plan_names_that_plan_and_opens_with_it(shop: Shop) -> None:
    add(ArticleRow, "members", opens_to=("plan:pro",))
    closed = content.article("members", shop.user_id)
    assert [(way.of, way.slug) for way in closed.ways] == [("plan", "pro")]
    subscribe(shop.user_id, shop.pro, "plan")
    assert content.article("members", shop.user_id).is_open


@pytest.mark.parametrize(
    ("status", "is_open"), [("active", True), ("past_due", True), ("unpaid", False), ("canceled", False)]
)
def test_a_subscription_to_a_space_opens_the_space_and_its_articles(shop: Shop, status: str, *, is_open: bool) -> None:
    space = add(SpaceRow, "studio")
    add(ArticleRow, "lesson", space_id=space.id)
    price = add_price("space", space, "month", 900)
    subscribe(shop.user_id, price, f"space:{space.id}", past_due_at=datetime(2027, 1, 31, tzinfo=UTC))
    builders.set_columns(SubscriptionRow, "user_id", shop.user_id, status=status, ended_at=NOW)
    assert content.space("studio", shop.user_id).is_open is is_open
    assert content.article("lesson", shop.user_id).is_open is is_open
    assert content.space("studio", shop.user_id).articles[0].is_open is is_open


def test_an_article_of_a_space_offers_both_itself_and_the_space(shop: Shop) -> None:
    space = add(SpaceRow, "studio")
    add_price("article", add(ArticleRow, "lesson", space_id=space.id))
    add_price("space", space, "month", 900)
    found = content.article("lesson", None)
    assert [(way.of, way.price_text) for way in found.ways] == [("article", "$5"), ("space", "$9")]
    assert found.space
    assert found.space.slug == "studio"


def test_a_space_and_a_plan_do_not_block_each_other_and_a_space_is_nobodys_plan(shop: Shop) -> None:
    space = add(SpaceRow, "studio")
    price = add_price("space", space, "month", 900)
    subscribe(shop.user_id, price, f"space:{space.id}")
    assert not entitlements.check(shop.user_id, "plan:pro").allowed
    shop.edge.things["/v1/subscriptions"] = {
        "object": "list",
        "data": [],
        "has_more": False,
        "url": "/v1/subscriptions",
    }
    page = {"status": "open", "payment_status": "unpaid", "payment_intent": None, "url": "https://pay.example/cs_pro"}
    shop.edge.makers["/v1/checkout/sessions"] = lambda _: stripe_objects.checkout_session(
        "cs_pro", customer=shop.customer_id, metadata=shop.metadata(shop.pro), **page
    )
    assert checkout.start(shop.user_id, shop.pro.id).url == "https://pay.example/cs_pro"


def test_an_article_is_not_sold_twice_to_the_same_person(shop: Shop) -> None:
    price = add_price("article", add(ArticleRow, "essay"))
    builders.add_order(shop.user_id, price, status=OrderStatus.SUCCEEDED)
    with pytest.raises(AlreadyBought):
        checkout.start(shop.user_id, price.id)


def test_what_is_not_published_is_not_there(shop: Shop) -> None:
    price = add_price("product", add(ProductRow, "kit"))
    builders.set_columns(ProductRow, "slug", "kit", published=False)
    assert content.listed("product") == ()
    for look in (lambda: content.product("kit", shop.user_id), lambda: checkout.start(shop.user_id, price.id)):
        with pytest.raises(NotFound):
            look()


def test_a_piece_is_read_in_the_readers_language_and_what_that_lacks_as_it_was_written(shop: Shop) -> None:
    space = add(SpaceRow, "studio", titles={"fr": "Atelier"})
    add_price("space", space, "month", 900)
    texts = {"fr": {"preview": "Un avant-goût.", "body": "les mots **payés**"}, "zh": {"preview": "先睹为快。"}}
    essay = add(ArticleRow, "essay", space_id=space.id, titles={"fr": "Essai"}, texts=texts)
    price = add_price("article", essay)
    closed = content.article("essay", None, "fr")
    assert (closed.title, closed.body_html) == ("Essai", "")
    assert "Un avant-goût." in closed.preview_html
    assert "payés" not in repr(closed) + repr(content.listed("article", None, "fr"))
    assert [way.title for way in closed.ways] == ["Essai", "Atelier"]
    assert closed.space
    assert closed.space.title == "Atelier"
    assert [each.title for each in content.space("studio", None, "fr").articles] == ["Essai"]
    builders.add_order(shop.user_id, price, status=OrderStatus.SUCCEEDED)
    assert "<strong>payés</strong>" in content.article("essay", shop.user_id, "fr").body_html
    in_chinese = content.article("essay", shop.user_id, "zh")
    assert (in_chinese.title, "先睹为快。" in in_chinese.preview_html) == ("Essay", True)
    assert "<strong>paid</strong>" in in_chinese.body_html
    assert entitlements.check(shop.user_id, "article:essay", "fr").plan == "Essai"


def test_a_mail_names_what_was_bought_in_its_readers_language(shop: Shop) -> None:
    price = add_price("article", add(ArticleRow, "essay", titles={"fr": "Essai"}))
    order = builders.add_order(shop.user_id, price)
    with reading() as session:
        (row,) = plans.price_rows(session, [price.id])
    named = {
        locale: purchases.receipt("purchase_confirmation", order, row, Buyer("u", "a@b.c", "Ada", locale), 0).context
        for locale in ("en", "fr", "zh")
    }
    assert {locale: context["plan"] for locale, context in named.items()} == {
        "en": "Essay",
        "fr": "Essai",
        "zh": "Essay",
    }
    assert (row.titled("Essay", "fr"), row.titled("Called otherwise", "fr")) == ("Essai", "Called otherwise")
