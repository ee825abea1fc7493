"""A checkout: made over the API, paid on its page, and what is there afterwards."""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.sandbox.creem.world import KEY, Shop


def test_a_thing_is_bought_once(shop: Shop) -> None:
    product = shop.product(1000, "once", currency="EUR", tax_mode="exclusive")
    checkout = shop.checkout(product, units=2, request_id="order-1", metadata={"user": "7"})
    assert (checkout["status"], checkout["units"], checkout["product"]["id"]) == ("pending", 2, product["id"])
    assert shop.press(checkout, country="FR").status_code == 303
    done = shop.get("/checkouts", checkout_id=checkout["id"])
    order, paid = done["order"], shop.get("/transactions", transaction_id=done["order"]["transaction"])
    assert (done["status"], done["request_id"], done["metadata"]) == ("completed", "order-1", {"user": "7"})
    assert [order[name] for name in ("type", "status", "amount", "tax_amount", "amount_paid")] == [
        "onetime", "paid", 2000, 400, 2400,
    ]  # fmt: skip
    assert (paid["type"], paid["amount_paid"], paid["tax_country"], paid["order"]) == (
        "payment",
        2400,
        "FR",
        order["id"],
    )
    assert (done["customer"]["email"], done["customer"]["country"]) == ("ada@example.com", "FR")
    assert "subscription" not in done


def test_a_subscription_begins_with_its_checkout(shop: Shop) -> None:
    subscription = shop.subscribe(metadata={"user": "7"}, units=3)
    last = subscription["last_transaction"]
    assert (subscription["status"], subscription["metadata"]) == ("active", {"user": "7"})
    assert (subscription["items"][0]["units"], last["amount_paid"], last["type"]) == (3, 8700, "invoice")
    assert subscription["next_transaction_date"] == subscription["current_period_end_date"]
    found = shop.get("/transactions/search", customer_id=subscription["customer"]["id"])
    assert [one["subscription"] for one in found["items"]] == [subscription["id"]]


@pytest.mark.parametrize("way", ["salted", "keyed"])
def test_the_way_back_is_signed_in_both_published_ways(shop: Shop, way: str) -> None:
    assert shop.browser.post("/creem-controls/redirect", json={"way": way}).status_code == 200
    checkout = shop.checkout(shop.product(), request_id="r-1", success_url="http://shop.example/ok?lang=fr")
    query = dict(parse_qsl(urlsplit(shop.press(checkout).headers["location"]).query))
    assert query.pop("lang") == "fr"
    said = query.pop("signature")
    assert list(query) == ["checkout_id", "order_id", "customer_id", "subscription_id", "product_id", "request_id"]
    salted = hashlib.sha256(("|".join(f"{k}={v}" for k, v in query.items()) + f"|salt={KEY}").encode()).hexdigest()
    text = "&".join(f"{name}={query[name]}" for name in sorted(query))
    assert said == (salted if way == "salted" else hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest())


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("4000 0000 0000 0002", "declined"),
        ("4507 9900 0000 0028", "declined"),
        ("4000 0000 0000 9995", "insufficient funds"),
        ("4507 9900 0000 0010", "insufficient funds"),
        ("4000 0000 0000 0127", "security code"),
        ("4507 9900 0000 0044", "security code"),
        ("4000 0000 0000 0069", "expired"),
    ],
)
def test_both_published_sets_of_cards_refuse_as_they_should(shop: Shop, number: str, says: str) -> None:
    checkout = shop.checkout(shop.product())
    page = shop.press(checkout, number=number)
    assert page.status_code == 200
    assert says in page.text
    assert shop.get("/checkouts", checkout_id=checkout["id"])["status"] == "pending"
    assert shop.press(checkout, number="4242424242424242").status_code == 303


def test_the_page_says_what_is_missing(shop: Shop) -> None:
    field = {"type": "text", "key": "team", "label": "Team"}
    checkout = shop.checkout(shop.product(custom_fields=[field]))
    page = shop.press(checkout, email="", number="1234").text
    assert all(text in page for text in ("Enter an e-mail", "That is not a test card", "This field is needed"))
    assert shop.press(checkout, **{"custom[team]": "Blue"}).status_code == 303
    done = shop.get("/checkouts", checkout_id=checkout["id"])
    assert done["custom_fields"][0]["text"]["value"] == "Blue"


def test_a_code_takes_its_share(shop: Shop) -> None:
    product = shop.product(2000)
    given: Any = {"name": "Quarter", "type": "percentage", "percentage": 25, "duration": "once", "code": "quarter"}
    discount = shop.post("/discounts", **given, applies_to_products=[product["id"]])
    by_shop = shop.checkout(product, discount_code="QUARTER")
    assert by_shop["discount"] == {
        "id": discount["id"], "discountCode": "QUARTER", "name": "Quarter", "type": "percentage", "amount": 25,
        "duration": "once",
    }  # fmt: skip
    by_hand = shop.checkout(product)
    assert "Discount code not found" in shop.press(by_hand, "code-apply", code="nope").text
    assert shop.press(by_hand, "code-apply", code="quarter").status_code == 303
    assert "$15.00" in shop.browser.get(by_hand["checkout_url"]).text
    shop.press(by_hand)
    paid = shop.get("/checkouts", checkout_id=by_hand["id"])["order"]
    assert (paid["amount"], paid["discount_amount"], paid["amount_paid"]) == (2000, 500, 1500)
    assert shop.get("/discounts", discount_code="Quarter")["redeem_count"] == 1
    shop.http.delete(f"/v1/discounts/{discount['id']}/delete")
    assert shop.post("/checkouts", 400, product_id=product["id"], discount_code="QUARTER")


def test_a_checkout_is_paid_once_and_expires_after_a_day(shop: Shop) -> None:
    product = shop.product(900, "once")
    paid, left = shop.checkout(product), shop.checkout(product)
    first, again = shop.press(paid), shop.press(paid)
    assert first.headers["location"] == again.headers["location"]
    assert shop.get("/transactions/search")["pagination"]["total_records"] == 1
    shop.advance(1.1)
    assert shop.get("/checkouts", checkout_id=left["id"])["status"] == "expired"
    assert "This checkout has expired" in shop.browser.get(left["checkout_url"]).text


def test_a_customer_is_known_by_the_address(shop: Shop) -> None:
    ada = shop.post("/customers", email="ada@example.com", name="Ada")
    assert shop.subscribe(customer={"email": "ADA@example.com"})["customer"]["id"] == ada["id"]
    checkout = shop.checkout(shop.product(), customer={"id": ada["id"]})
    assert 'data-testid="known-email">ada@example.com' in shop.browser.get(checkout["checkout_url"]).text


def test_a_whole_payment_goes_back_once(shop: Shop) -> None:
    subscription = shop.subscribe()
    transaction = subscription["last_transaction_id"]
    assert shop.post("/refunds", transaction_id=transaction) == {"status": "succeeded"}
    after = shop.get("/transactions", transaction_id=transaction)
    assert (after["status"], after["refunded_amount"]) == ("refunded", 2900)
    assert "cannot be refunded" in shop.post("/refunds", 400, transaction_id=transaction)["message"][0]
    shop.post("/refunds", 404, transaction_id="tran_unknown")
