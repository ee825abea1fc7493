"""Our Creem client: what its errors become, what it asks twice and what never, and what it says of itself in logs."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from nestpay.domain.errors import ProviderMissing, ProviderRefused, ProviderTrouble
from nestpay.domain.facts import CheckoutPaid, CheckoutSubscribed, InvoicePaid, PaymentMade, Refunded
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceType
from nestpay.providers.base import Capability, ChangeRequest, CheckoutRequest, NewPrice
from nestpay.providers.creem.client import CreemProvider
from tests import creem_edge
from tests.creem_edge import HANG_UP, KEY, CreemEdge, listed, refusal

NOW = creem_edge.subscription


@pytest.fixture
def edge() -> Iterator[CreemEdge]:
    with creem_edge.listening() as found:
        yield found


@pytest.fixture
def creem(edge: CreemEdge) -> CreemProvider:
    return CreemProvider(api_key=KEY, webhook_secrets=[], api_base=f"{edge.url}/v1/", timeout_seconds=2)


# Errors, one by one


@pytest.mark.parametrize(
    ("status", "sentences", "expected"),
    [
        (400, ["product_id must be a text"], ProviderRefused),
        (401, ["Unauthorized"], ProviderTrouble),
        (403, ["Invalid API key"], ProviderTrouble),
        (403, ["This store may not make discounts"], ProviderRefused),
        (404, ["Not found"], ProviderMissing),
        (409, ["This is taken"], ProviderRefused),
        (429, ["Slow down"], ProviderTrouble),
        (500, ["Something broke"], ProviderTrouble),
    ],
)
def test_each_answer_that_is_none_becomes_one_of_our_errors(
    edge: CreemEdge, creem: CreemProvider, status: int, sentences: list[str], expected: type[ProviderTrouble]
) -> None:
    edge.script("GET", "/subscriptions", (status, refusal(status, *sentences)))
    with pytest.raises(ProviderTrouble) as told:
        creem.retrieve_subscription("sub_1")
    assert type(told.value) is expected


def test_nobody_there_is_trouble() -> None:
    nowhere = CreemProvider(api_key=KEY, webhook_secrets=[], api_base="http://127.0.0.1:9", timeout_seconds=1)
    with pytest.raises(ProviderTrouble):
        nowhere.retrieve_subscription("sub_1")


@pytest.mark.parametrize("trouble", [(500, {}), (429, {}), (HANG_UP, {})])
def test_a_question_is_asked_again(edge: CreemEdge, creem: CreemProvider, trouble: tuple[int, Any]) -> None:
    edge.script("GET", "/subscriptions", trouble, creem_edge.subscription())
    assert creem.retrieve_subscription("sub_1").status == "active"
    assert len(edge.asked) == 2


def test_a_change_that_was_turned_away_at_the_door_is_asked_again(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/subscriptions", creem_edge.subscription(), creem_edge.subscription(status="paused"))
    edge.script("POST", "/subscriptions/sub_1/pause", (429, {}), {})
    assert creem.pause("sub_1", idempotency_key="k").status == "paused"


def test_the_key_is_in_no_log_and_no_error(
    edge: CreemEdge, creem: CreemProvider, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    edge.script("GET", "/subscriptions", (403, refusal(403, "Invalid API key")))
    with pytest.raises(ProviderTrouble) as told:
        creem.retrieve_subscription("sub_1")
    said = capsys.readouterr()
    assert KEY not in f"{told.value!r}{caplog.text}{said.out}{said.err}{creem!r}"
    assert edge.asked[0].headers["x-api-key"] == KEY


# Work that was done although nobody said so


@pytest.mark.parametrize(
    ("path", "after", "act"),
    [
        ("cancel", {"status": "scheduled_cancel"}, lambda creem: _cancel(creem, at_once=False)),
        ("cancel", {"status": "canceled"}, lambda creem: _cancel(creem, at_once=True)),
        ("pause", {"status": "paused"}, lambda creem: creem.pause("sub_1", idempotency_key="k")),
    ],
)
@pytest.mark.parametrize("silence", [(HANG_UP, {}), (500, {})])
def test_after_silence_it_looks_before_it_asks_again(
    edge: CreemEdge,
    creem: CreemProvider,
    path: str,
    after: dict[str, Any],
    act: Callable[[CreemProvider], Any],
    silence: tuple[int, Any],
) -> None:
    edge.script("GET", "/subscriptions", creem_edge.subscription(), creem_edge.subscription(**after))
    edge.script("POST", f"/subscriptions/sub_1/{path}", silence)
    assert act(creem).status in ("active", "canceled", "paused")
    assert len(edge.calls("POST")) == 1


def _cancel(creem: CreemProvider, *, at_once: bool) -> Any:
    return creem.cancel("sub_1", at_once=at_once, reason="", comment="", idempotency_key="k")


def test_what_is_done_already_is_not_asked_for(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/subscriptions", creem_edge.subscription(status="canceled"))
    assert _cancel(creem, at_once=True).status == "canceled"
    assert edge.calls("POST") == []


def test_what_was_not_done_in_silence_is_trouble(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/subscriptions", creem_edge.subscription())
    edge.script("POST", "/subscriptions/sub_1/cancel", (HANG_UP, {}))
    with pytest.raises(ProviderTrouble):
        _cancel(creem, at_once=False)


def test_a_customer_whose_answer_got_lost_is_found_by_their_address(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/customers", (404, refusal(404)), {"id": "cust_1"})
    edge.script("POST", "/customers", (HANG_UP, {}))
    made = creem.ensure_customer(user_id="u1", email="ada@example.com", name="Ada", idempotency_key="k")
    assert made == "cust_1"
    assert len(edge.calls("POST")) == 1


def test_a_customer_that_somebody_else_made_meanwhile_is_taken(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/customers", (404, refusal(404)), {"id": "cust_1"})
    edge.script("POST", "/customers", (409, refusal(409, "This address is taken")))
    assert creem.ensure_customer(user_id="u1", email="a@b.c", name="", idempotency_key="k") == "cust_1"


# Checkouts


REQUEST = CheckoutRequest(
    order_id="o1",
    customer_id="cust_1",
    provider_price_id="prod_pro",
    type=PriceType.RECURRING,
    quantity=2,
    success_url="https://shop.example/payment/success/?session_id={CHECKOUT_SESSION_ID}",
    cancel_url="https://shop.example/pricing",
    locale="en",
    coupon_id="SPRING",
    metadata={"order_id": "o1", "user_id": "u1", "price_id": "p1"},
)


def test_a_checkout_is_asked_for_in_creems_words(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("POST", "/checkouts", creem_edge.checkout(status="pending", checkout_url="https://creem.io/pay"))
    page = creem.create_checkout(REQUEST, idempotency_key="k")
    assert (page.session_id, page.url, page.state, page.facts) == ("ch_1", "https://creem.io/pay", "open", ())
    assert edge.asked[0].body == {
        "product_id": "prod_pro",
        "request_id": "o1",
        "units": 2,
        "customer": {"id": "cust_1"},
        "success_url": "https://shop.example/payment/success/",
        "metadata": {"order_id": "o1", "user_id": "u1", "price_id": "p1"},
        "discount_code": "SPRING",
    }


def test_a_page_whose_address_was_lost_is_opened_anew(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("POST", "/checkouts", (HANG_UP, {}), creem_edge.checkout("ch_2", status="pending"))
    assert creem.create_checkout(REQUEST, idempotency_key="k").session_id == "ch_2"


def test_a_checkout_that_cannot_be_made_says_what_is_missing(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("POST", "/checkouts", (404, refusal(404, "Not found")))
    with pytest.raises(ProviderMissing) as told:
        creem.create_checkout(REQUEST, idempotency_key="k")
    assert told.value.param == "customer"
    edge.script("GET", "/customers", {"id": "cust_1"})
    with pytest.raises(ProviderMissing) as told:
        creem.create_checkout(REQUEST, idempotency_key="k")
    assert told.value.param == "product"


def test_a_trial_is_sold_by_a_product_made_for_it_once(edge: CreemEdge, creem: CreemProvider) -> None:
    made: list[dict[str, Any]] = []

    def make(asked: creem_edge.Asked) -> tuple[int, Any]:
        made.append({**creem_edge.product("prod_trial"), **asked.body})
        return 200, made[-1]

    edge.script("GET", "/products/prod_pro", creem_edge.product())
    edge.script("GET", "/products/search", lambda _: (200, listed(creem_edge.product(), *made)))
    edge.script("POST", "/products", make)
    edge.script("POST", "/checkouts", creem_edge.checkout(status="pending"))
    for _ in range(2):
        creem.create_checkout(replace(REQUEST, trial_days=14), idempotency_key="k")
    (asked,) = edge.calls("POST", "/products")
    assert (asked.body["trial_period_days"], asked.body["price"]) == (14, 1900)
    sold = edge.calls("POST", "/checkouts")[-1].body
    assert sold["product_id"] == "prod_trial"
    assert sold["metadata"]["stands_for"] == "prod_pro"


def test_a_foreign_checkout_is_not_there(edge: CreemEdge, creem: CreemProvider) -> None:
    with pytest.raises(ProviderMissing):
        creem.retrieve_checkout("ch_of_another_store")
    assert edge.asked[0].query == {"checkout_id": "ch_of_another_store"}


def test_a_completed_purchase_proves_its_payment(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/checkouts", creem_edge.checkout())
    page = creem.retrieve_checkout("ch_1")
    assert page.state == "complete"
    assert [type(fact) for fact in page.facts] == [CheckoutPaid]


def test_a_completed_subscription_proves_its_first_payment(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/checkouts", creem_edge.checkout(product=creem_edge.product(), subscription="sub_1"))
    edge.script("GET", "/subscriptions", creem_edge.subscription())
    page = creem.retrieve_checkout("ch_1")
    assert [type(fact) for fact in page.facts] == [CheckoutSubscribed, InvoicePaid]
    assert page.subscription
    assert page.subscription.status == "active"


def test_how_much_was_paid_is_read_where_the_event_does_not_say_it(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/transactions", creem_edge.transaction())
    event = creem_edge.event("subscription.paid", creem_edge.subscription(last_transaction=None))
    fact, _ = creem.translate(creem.parse_event(json.dumps(event)))
    assert isinstance(fact, PaymentMade)
    paid = creem.read_payment(fact)
    assert (paid.amounts.total, paid.amounts.discount, paid.amounts.tax, paid.lines[0].amount) == (2000, 100, 200, 2000)


# Prices


WISH = NewPrice(
    provider_product_id=None,
    plan_id="x",
    plan_key="pro",
    plan_title="Pro",
    type=PriceType.RECURRING,
    interval=Interval.MONTH,
    interval_count=1,
    currency="usd",
    amount_minor=1900,
)


def test_a_price_is_a_product_of_its_own(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("POST", "/products", (HANG_UP, {}), creem_edge.product())
    made = creem.create_price(WISH, idempotency_key="price:1")
    assert (made.price_id, made.product_id, made.interval, made.currency) == ("prod_pro", "prod_pro", "month", "usd")
    first, second = edge.calls("POST", "/products")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == "price:1"
    assert (first.body["currency"], first.body["billing_period"]) == ("USD", "every-month")


@pytest.mark.parametrize(
    "change",
    [{"currency": "jpy"}, {"amount_minor": 99}, {"interval_count": 5}],
)
def test_what_creem_does_not_sell_is_refused_without_asking(
    edge: CreemEdge, creem: CreemProvider, change: dict[str, Any]
) -> None:
    with pytest.raises(ProviderRefused):
        creem.create_price(replace(WISH, **change), idempotency_key="k")
    assert edge.asked == []


def test_a_code_is_usable_while_its_discount_is(edge: CreemEdge, creem: CreemProvider) -> None:
    assert creem.verify_coupon("NOTHING") is False
    discount = {"id": "dis_1", "code": "SPRING", "name": "Spring", "status": "active", "type": "percentage"}
    edge.script("GET", "/discounts", discount, {**discount, "status": "expired"})
    assert [creem.verify_coupon("SPRING"), creem.verify_coupon("SPRING")] == [True, False]
    edge.script("GET", "/discounts/search", listed({**discount, "percentage": 20}))
    (coupon,) = creem.list_coupons()
    assert (coupon.coupon_id, coupon.percent, coupon.is_usable) == ("SPRING", "20", True)


def test_putting_a_price_away_twice_is_no_error(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("DELETE", "/products/prod_pro", {}, (404, refusal(404)))
    creem.archive_price("prod_pro")
    creem.archive_price("prod_pro")


# Refunds


def refunded(creem: CreemProvider, amount: int | None = None) -> Refunded:
    facts = creem.refund("tran_1", amount_minor=amount, reason="requested_by_customer", idempotency_key="k")
    (fact,) = [each for each in facts if isinstance(each, Refunded)]
    return fact


def test_a_payment_is_given_back_whole(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/transactions", creem_edge.transaction())
    edge.script("POST", "/refunds", {"status": "pending"})
    fact = refunded(creem, 2000)
    assert (fact.refund_id, fact.amount, fact.status) == ("tran_1:refund", 2000, "pending")


def test_a_part_of_a_payment_cannot_be_given_back(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/transactions", creem_edge.transaction())
    with pytest.raises(ProviderRefused):
        refunded(creem, 1999)
    assert edge.calls("POST") == []


def test_a_refund_that_was_made_already_is_told_and_not_made_again(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/transactions", creem_edge.transaction(status="refunded"))
    assert refunded(creem).status == "succeeded"
    assert edge.calls("POST") == []


@pytest.mark.parametrize("answer", [(HANG_UP, {}), (409, refusal(409, "Already refunded"))])
def test_a_refund_whose_answer_got_lost_is_looked_for(
    edge: CreemEdge, creem: CreemProvider, answer: tuple[int, Any]
) -> None:
    edge.script("GET", "/transactions", creem_edge.transaction(), creem_edge.transaction(status="refunded"))
    edge.script("POST", "/refunds", answer)
    assert refunded(creem).status == "succeeded"
    assert len(edge.calls("POST")) == 1


def test_the_payment_of_a_purchase_is_found_by_its_order(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("GET", "/transactions/search", listed(creem_edge.transaction()))
    assert creem.payment_of_invoice("ord_1") == "tran_1"
    assert creem.payment_of_invoice("tran_2") == "tran_2"


# Subscriptions


def change(edge: CreemEdge, creem: CreemProvider, **fields: Any) -> creem_edge.Asked:
    wish: dict[str, Any] = {"provider_price_id": "prod_business", "quantity": 1, "is_trialing": False, **fields}
    product = creem_edge.product(wish["provider_price_id"])
    item = {"id": "sitem_1", "product_id": product["id"], "units": wish["quantity"]}
    edge.script("GET", "/subscriptions", NOW(), NOW(), NOW(product=product, items=[item]))
    for path in ("/subscriptions/sub_1", "/subscriptions/sub_1/upgrade"):
        edge.script("POST", path, {})
    at = creem.retrieve_subscription("sub_1").created_at
    request = ChangeRequest(
        subscription_id="sub_1", item_id="sitem_1", interval=Interval.MONTH, interval_count=1, at=at, **wish
    )
    changed = creem.change(request, idempotency_key="k")
    assert (changed.state.provider_price_id, changed.state.quantity) == (product["id"], wish["quantity"])
    return edge.calls("POST")[0]


def test_another_plan_is_charged_at_once(edge: CreemEdge, creem: CreemProvider) -> None:
    asked = change(edge, creem)
    assert asked.path == "/v1/subscriptions/sub_1/upgrade"
    assert asked.body == {"product_id": "prod_business", "update_behavior": "proration-charge-immediately"}


def test_inside_a_trial_nothing_is_charged(edge: CreemEdge, creem: CreemProvider) -> None:
    assert change(edge, creem, is_trialing=True).body["update_behavior"] == "proration-none"


def test_another_number_is_a_change_of_the_item(edge: CreemEdge, creem: CreemProvider) -> None:
    asked = change(edge, creem, provider_price_id="prod_pro", quantity=3)
    assert asked.path == "/v1/subscriptions/sub_1"
    assert asked.body["items"] == [{"id": "sitem_1", "product_id": "prod_pro", "units": 3}]


def test_lists_are_read_page_by_page_and_leave_out_what_has_ended(edge: CreemEdge, creem: CreemProvider) -> None:
    first = listed(NOW("sub_1"), NOW("sub_2", status="canceled"), next_page=2)
    edge.script("GET", "/customers/cust_1/subscriptions", first, listed(NOW("sub_3")))
    assert [state.subscription_id for state in creem.list_subscriptions("cust_1")] == ["sub_1", "sub_3"]
    assert [asked.query["page_number"] for asked in edge.asked] == ["1", "2"]


def test_the_portal_is_creems_own_page(edge: CreemEdge, creem: CreemProvider) -> None:
    edge.script("POST", "/customers/billing", {"customer_portal_link": "https://creem.io/my-orders"})
    assert creem.create_portal("cust_1", return_url="https://shop.example", locale="fr") == "https://creem.io/my-orders"


def test_what_creem_cannot_do_it_says(creem: CreemProvider) -> None:
    assert creem.capabilities == {Capability.QUANTITY, Capability.PAUSE, Capability.PORTAL}
    with pytest.raises(ProviderRefused):
        creem.expire_checkout("ch_1")
    with pytest.raises(ProviderRefused):
        creem.set_trial_end("sub_1", datetime.now(UTC), idempotency_key="k")
