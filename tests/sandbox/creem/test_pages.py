"""Creem's pages without a browser: the customer's own, and the desk with its levers."""

from tests.sandbox.creem.test_lives import told
from tests.sandbox.creem.world import Shop

FRENCH = {"accept-language": "fr"}


def link(shop: Shop, customer: str) -> str:
    """The address of a customer's own pages."""
    return shop.post("/customers/billing", customer_id=customer)["customer_portal_link"]


def test_a_customer_changes_the_card_and_ends_a_subscription(shop: Shop) -> None:
    subscription = shop.subscribe()
    here = link(shop, subscription["customer"]["id"])
    assert "•••• 1111" in shop.browser.get(here).text
    form = {"subscription": subscription["id"]}
    assert "declined" in shop.browser.post(here, data={**form, "do": "card", "number": "4507990000000028"}).text
    shop.browser.post(here, data={**form, "do": "card", "number": "4242 4242 4242 4242"})
    assert "•••• 4242" in shop.browser.get(here).text
    after = shop.browser.post(here, data={**form, "do": "cancel"}, follow_redirects=True)
    assert "Your subscription has ended." in after.text
    assert shop.subscription(subscription)["status"] == "canceled"
    assert "Mes commandes" in shop.browser.get(here, headers=FRENCH).text


def test_a_link_opens_only_its_own_customers_things_and_only_for_a_day(shop: Shop) -> None:
    ada = shop.subscribe()
    bob = shop.subscribe(customer={"email": "bob@example.com"})
    here = link(shop, bob["customer"]["id"])
    page = shop.browser.get(here).text
    assert "bob@example.com" in page
    assert "ada@example.com" not in page
    shop.browser.post(here, data={"subscription": ada["id"], "do": "cancel"})
    assert shop.subscription(ada)["status"] == "active"
    shop.advance(1.1)
    assert shop.browser.get(here).status_code == 404
    shop.post("/customers/billing", 404, customer_id="cust_unknown")


def test_the_desk_shows_the_books_and_pulls_levers(shop: Shop) -> None:
    assert "Nobody subscribes yet." in shop.browser.get("/creem/").text
    subscription = shop.subscribe()
    transaction = subscription["last_transaction_id"]
    page = shop.browser.get("/creem/").text
    assert all(text in page for text in (subscription["id"], transaction, "subscription.paid", "ada@example.com"))
    partly = shop.control("refund", transaction=transaction, amount=900, reason="duplicate")
    assert (partly["refund_amount"], partly["transaction"]["status"]) == (900, "partialRefund")
    assert shop.control("dispute", transaction=transaction)["amount"] == 2000
    assert shop.control("cancel", subscription=subscription["id"], when="period_end")["status"] == "scheduled_cancel"
    assert shop.control("archive", product=subscription["product"]["id"])["status"] == "archived"
    assert told(shop)[3:] == ["refund.created", "dispute.created", "subscription.scheduled_cancel"]
    assert shop.browser.post("/creem-controls/refund", json={"transaction": transaction}).status_code == 400
    assert shop.browser.post("/creem-controls/nothing", json={}).status_code == 404
    shown = shop.browser.get(f"/creem/objects/{transaction}").json()
    assert (shown["status"], shop.browser.get("/creem/objects/cus_1").status_code) == ("chargedBack", 404)


def test_a_products_own_address_opens_a_checkout(shop: Shop) -> None:
    product = shop.product(500, "once")
    opened = shop.browser.get(product["product_url"])
    assert opened.status_code == 303
    assert "$5.00" in shop.browser.get(opened.headers["location"]).text
    assert "Pay $5.00" in shop.browser.get(opened.headers["location"]).text
    assert "支付" in shop.browser.get(opened.headers["location"], headers={"accept-language": "zh"}).text
