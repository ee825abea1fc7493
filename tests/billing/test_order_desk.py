"""Everybody's orders: found by whatever a customer quotes, in any order, and on the last page as on the first."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nestpay.billing import order_desk
from nestpay.billing.order_desk import OrderQuery
from nestpay.billing.paging import LAST_PAGE
from nestpay.domain import orders
from nestpay.domain.errors import NotFound, Unreadable
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import subscriptions
from nestpay.store.session import transaction
from tests import builders

pytestmark = pytest.mark.usefixtures("database")
DAY = datetime(2027, 3, 5, 12, tzinfo=UTC)


def found(**query: str) -> list[str]:
    return [line.id for line in order_desk.search(OrderQuery(**query)).rows]


def test_an_order_is_found_by_everything_that_names_it() -> None:
    ada = builders.add_user("ada")
    builders.seed_catalogue()
    builders.add_customer(ada, "cus_ada")
    builders.add_order(builders.add_user("bob"))
    order = builders.add_order(
        ada,
        provider_order_id="in_1",
        provider_session_id="cs_1",
        provider_payment_intent_id="pi_1",
        provider_invoice_id="in_2",
        provider_charge_id="ch_1",
    )
    names = (
        *(order.id, orders.number(order.id), orders.number(order.id).lower(), order.id[-8:]),
        *("in_1", "cs_1", "pi_1", "in_2", "ch_1", "cus_ada"),
        *(ada, "ada@example.com", "ADA@", "Ada", "ad", " ada@example.com "),
    )
    assert {name: found(text=name) for name in names} == {name: [order.id] for name in names}
    assert found(text="nobody@example.com") == []
    assert found(text="pi_unknown") == []


def test_filters_and_sorts_hold_together() -> None:
    ada = builders.add_user("ada")
    prices = builders.seed_catalogue()
    pro = prices["pro", "month"]
    cheap = builders.add_order(ada, amount_total=100, created_at=DAY)
    dear = builders.add_order(
        ada, pro, amount_total=5000, status=OrderStatus.SUCCEEDED, created_at=DAY + timedelta(hours=12)
    )
    yen = builders.add_order(ada, currency="jpy", amount_total=500, type=OrderType.SUBSCRIPTION_RENEWAL, created_at=DAY)
    assert found(status="succeeded") == [dear.id]
    assert found(type="subscription_renewal") == [yen.id]
    assert found(plan_id=pro.plan_id or "") == [dear.id]
    assert found(provider="creem") == []
    assert found(since="2027-03-06") == [dear.id]
    assert set(found(until="2027-03-05")) == {cheap.id, yen.id}
    assert found(at_least="1", at_most="1.00") == [cheap.id]
    assert found(at_least="500", currency="jpy") == [yen.id]
    assert found(sort="largest") == [dear.id, yen.id, cheap.id]
    assert found(sort="smallest") == [cheap.id, yen.id, dear.id]
    assert found(sort="oldest")[-1] == dear.id


@pytest.mark.parametrize("sort", ["newest", "oldest", "largest", "smallest"])
def test_every_page_can_be_reached_from_both_ends(sort: str) -> None:
    ada = builders.add_user("ada")
    for index in range(7):
        builders.add_order(ada, amount_total=index // 2, created_at=DAY + timedelta(minutes=index // 3))
    query = OrderQuery(sort=sort)
    forwards, mark = [], None
    while True:
        page = order_desk.search(query, after=mark, limit=3)
        forwards.append([line.id for line in page.rows])
        if page.next is None:
            break
        mark = page.next
    assert [len(page) for page in forwards] == [3, 3, 1]
    last = order_desk.search(query, after=LAST_PAGE, limit=3)
    assert (last.next, [line.id for line in last.rows]) == (None, [*forwards[1][1:], *forwards[2]])
    before = order_desk.search(query, after=last.previous, limit=3)
    assert [line.id for line in before.rows] == [*forwards[0][1:], forwards[1][0]]


def test_totals_count_money_once_and_by_currency() -> None:
    ada = builders.add_user("ada")
    builders.add_order(ada, status=OrderStatus.PARTIALLY_REFUNDED, amount_total=1900, amount_refunded=900)
    builders.add_order(ada, type=OrderType.REFUND, status=OrderStatus.SUCCEEDED, amount_total=900)
    builders.add_order(ada, status=OrderStatus.PENDING, amount_total=5000)
    builders.add_order(ada, status=OrderStatus.SUCCEEDED, currency="jpy", amount_total=500)
    totals = {each.currency: each for each in order_desk.totals(OrderQuery())}
    assert (totals["usd"].paid_text, totals["usd"].refunded_text, totals["usd"].net_text) == (
        "$19.00",
        "$9.00",
        "$10.00",
    )
    assert (totals["jpy"].count, totals["jpy"].paid_text) == (1, "¥500")


@pytest.mark.parametrize(
    "query",
    [
        {"since": "05.03.2027"},
        {"until": "2027-02-30"},
        {"since": "0000-00-00"},
        {"at_least": "nine"},
        {"at_most": "-1"},
        {"at_most": "NaN"},
        {"at_least": "9.999"},
        {"at_least": "9" * 30},
        {"status": "paid"},
        {"type": "<script>"},
        {"sort": "random"},
    ],
)
def test_what_cannot_be_read_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        order_desk.search(OrderQuery(**query))


@pytest.mark.parametrize(
    "mark", ["older:", "sideways:1|a", "older:soon|a", "older:2027-03-05T00:00:00|a", "newer:x|' or 1=1", "older:9|é"]
)
@pytest.mark.parametrize("sort", ["newest", "largest"])
def test_a_mark_that_no_page_gave_out_is_not_found(mark: str, sort: str) -> None:
    with pytest.raises(NotFound):
        order_desk.search(OrderQuery(sort=sort), after=mark)


@pytest.mark.parametrize(
    "text", ["\x00", "\ud800", "%", "_", "' or 1=1 --", "a" * 5000, "😀", "<script>alert(1)</script>"]
)
def test_no_text_breaks_the_search(text: str) -> None:
    ada = builders.add_user("ada")
    builders.add_order(ada)
    assert order_desk.search(OrderQuery(text=text)).rows == () or not text.strip("\x00\ud800")


def test_a_word_that_means_too_many_accounts_says_so() -> None:
    for index in range(order_desk.MOST_ACCOUNTS + 1):
        builders.add_order(builders.add_user(f"many{index:03}"))
    assert order_desk.is_cut(OrderQuery(text="many"))
    assert len(order_desk.search(OrderQuery(text="many"), limit=100).rows) == order_desk.MOST_ACCOUNTS
    assert not order_desk.is_cut(OrderQuery(text="many001"))


def test_an_order_is_found_by_its_subscription_too(shop_subscription: tuple[str, str]) -> None:
    order_id, provider_id = shop_subscription
    assert found(text=provider_id) == [order_id]


@pytest.fixture
def shop_subscription(database: str) -> tuple[str, str]:
    ada = builders.add_user("ada")
    builders.seed_catalogue()
    held = Subscription(
        id="a" * 32,
        user_id=ada,
        provider="none",
        provider_subscription_id="sub_1",
        status=SubscriptionStatus.ACTIVE,
        created_at=DAY,
        updated_at=DAY,
    )
    with transaction() as session:
        subscriptions.save(session, held)
        subscriptions.save(session, replace(held, id="b" * 32, provider_subscription_id="sub_2"))
    return builders.add_order(ada, subscription_id=held.id).id, "sub_1"
