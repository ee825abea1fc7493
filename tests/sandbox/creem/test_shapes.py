"""Everything that Creem's sandbox says has the published shape: events, answers, lists and errors."""

from typing import Any

import pytest

from tests.sandbox.creem.shapes import EVENTS, event_faults, faults
from tests.sandbox.creem.world import Receiver, Shop
from tests.sandbox.world import eventually

FAILS_LATER, DISPUTED = "4000 0000 0000 0341", "4000 0000 0000 0259"


def live_it_all(shop: Shop) -> dict[str, Any]:
    """A shop in which everything happened once; returns a few of its things."""
    field = {"type": "text", "key": "team", "label": "Team", "optional": True, "text": {"max_length": 20}}
    pack = shop.product(900, "once", currency="EUR", image_url="http://shop.example/p.png", custom_fields=[field])
    pro, trial = shop.product(2900), shop.product(trial_period_days=7)
    given: Any = {"type": "fixed", "amount": 500, "currency": "USD", "duration": "repeating", "duration_in_months": 3}
    discount = shop.post("/discounts", name="Five", code="FIVE", applies_to_products=[], **given)
    bought = shop.checkout(pack, units=2, request_id="r", metadata={"a": "b"}, custom_price=1200)
    shop.press(bought)
    ada = shop.subscribe(pro, discount_code="FIVE", metadata={"a": 1})
    shop.post("/refunds", transaction_id=ada["last_transaction_id"])
    shop.act(ada, "upgrade", product_id=shop.product(9900)["id"])
    shop.act(ada, "cancel", mode="scheduled")
    shop.act(ada, "resume")
    shop.act(shop.subscribe(trial), "pause")
    shop.subscribe(pro, number=DISPUTED)
    shop.subscribe(pro, number=FAILS_LATER)
    shop.advance(60)
    shop.browser.post("/dunning", json={"retry_days": [1], "final_action": "unpaid"})
    shop.subscribe(pro, number=FAILS_LATER)
    shop.advance(34)
    return {"checkout": bought, "subscription": ada, "discount": discount, "product": pack}


def test_every_event_has_its_published_shape(heard: Shop, receiver: Receiver) -> None:
    live_it_all(heard)
    eventually(lambda: set(receiver.types()) == set(EVENTS))
    assert [fault for event in receiver.events for fault in event_faults(event)] == []
    completed = next(
        one["object"]
        for one in receiver.events
        if one["object"].get("subscription", {}) and one["eventType"] == "checkout.completed"
    )
    nested = completed["subscription"]
    assert all(isinstance(nested[name], str) for name in ("product", "customer"))
    assert len({event["id"] for event in receiver.events}) == len(receiver.events)


def test_every_answer_has_its_published_shape(shop: Shop) -> None:
    made = live_it_all(shop)
    customer = shop.subscription(made["subscription"])["customer"]["id"]
    answers = {
        "checkout": [made["checkout"], shop.get("/checkouts", checkout_id=made["checkout"]["id"])],
        "subscription": shop.get("/subscriptions/search", page_size=50)["items"],
        "product": [made["product"], *shop.get("/products/search")["items"]],
        "customer": [shop.get("/customers", customer_id=customer), *shop.get("/customers/list")["items"]],
        "transaction": shop.get("/transactions/search", page_size=100)["items"],
        "order": shop.get(f"/customers/{customer}/orders")["items"],
        "discount": [made["discount"], *shop.get("/discounts/search")["items"]],
    }
    assert [fault for name, found in answers.items() for one in found for fault in faults(name, one)] == []
    assert all(len(found) > 0 for found in answers.values())


@pytest.mark.parametrize(
    ("path", "given", "status", "says"),
    [
        ("/checkouts", {"product_id": 5}, 400, "product_id must be a string"),
        ("/checkouts", {}, 400, "product_id should not be empty"),
        ("/checkouts", {"product_id": "prod_unknown"}, 404, "Product not found"),
        ("/checkouts", {"product_id": "prod_x", "quantity": 2}, 400, "property quantity should not exist"),
        ("/products", {"name": "x", "currency": "GBP"}, 400, "currency must be one of the following values: USD, EUR"),
        ("/refunds", {"transaction_id": "tran_x", "amount": 5}, 400, "property amount should not exist"),
        ("/subscriptions/sub_x/cancel", {"mode": "never"}, 400, "mode must be one of the following values"),
        ("/nothing", {}, 404, "Cannot POST /v1/nothing"),
    ],
)
def test_a_refusal_says_all_that_is_wrong(shop: Shop, path: str, given: Any, status: int, says: str) -> None:
    error = shop.post(path, status, **given)
    assert list(faults("error", error)) == []
    assert says in " ".join(error["message"])


@pytest.mark.parametrize(
    ("key", "status"),
    [(None, 401), ("creem_live", 403), ("creem_5f3a", 403), ("sk_test_1", 403), ("creem_test_1", 200)],
)
def test_only_a_test_key_opens_the_door(shop: Shop, key: str | None, status: int) -> None:
    headers = {"x-api-key": key} if key else {}
    assert shop.browser.get("/creem/v1/products/search", headers=headers).status_code == status


def test_lists_come_in_pages(shop: Shop) -> None:
    for price in range(100, 112):
        shop.product(price)
    first, second = shop.get("/products/search", page_size=5), shop.get("/products/search", page_size=5, page_number=3)
    assert list(faults("pagination", first["pagination"])) == []
    assert [one["price"] for one in first["items"] + second["items"]] == [111, 110, 109, 108, 107, 101, 100]
    assert (first["pagination"]["next_page"], second["pagination"]["next_page"]) == (2, None)
    assert shop.get("/products/search", 400, page_size=1000)


def test_a_product_is_made_once_for_a_key_and_archived_not_deleted(shop: Shop) -> None:
    given = {"name": "Pro", "description": "x", "price": 900, "currency": "USD", "billing_type": "onetime"}
    first, again = (shop.http.post("/v1/products", json=given, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    other = shop.http.post("/v1/products", json={**given, "price": 1000}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 409
    product = shop.http.patch(f"/v1/products/{first.json()['id']}", json={"price": 1900}).json()
    assert (product["price"], product["name"]) == (1900, "Pro")
    assert shop.http.delete(f"/v1/products/{product['id']}").json()["status"] == "archived"
    assert shop.get("/products/search", status="active")["items"] == []
    assert shop.post("/checkouts", 400, product_id=product["id"])["message"] == ["Product is archived"]


def test_an_address_belongs_to_one_customer(shop: Shop) -> None:
    ada = shop.post("/customers", email="ada@example.com", name="Ada", external_id="7")
    assert shop.get("/customers", email="ADA@example.com")["id"] == ada["id"]
    assert shop.post("/customers", 409, email="ada@example.com", name="Eve")
    bob = shop.post("/customers", email="bob@example.com", name="Bob")
    clash = shop.http.patch("/v1/customers", json={"customer_id": bob["id"], "email": "ada@example.com"})
    assert clash.status_code == 409
