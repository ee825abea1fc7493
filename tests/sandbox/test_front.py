"""The front page: every section, empty and full, and the buttons beside every object."""

import re

import pytest

from tests.sandbox.world import Served

SECTIONS = ("", "customers", "subscriptions", "payments", "catalogue", "events", "deliveries")


def shown(sandbox: Served, section: str) -> str:
    """A section as its text."""
    page = sandbox.browser.get(f"/{section}")
    assert page.status_code == 200, section
    return page.text


def push(sandbox: Served, page: str, testid: str) -> str:
    """Press the first button with that test id and return the page it leads to."""
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'data-testid="{testid}"' in one)
    action = re.findall(r'action="([^"]*)"', form)[0]
    fields = dict(re.findall(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"', form))
    answer = sandbox.browser.post(action, data=fields)
    assert answer.status_code == 303, answer.text
    return sandbox.browser.get(answer.headers["location"]).text


def test_every_section_says_so_when_there_is_nothing(sandbox: Served) -> None:
    for section in SECTIONS:
        assert 'class="empty"' in shown(sandbox, section), section


def test_every_section_shows_what_a_purchase_leaves_behind(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price()))
    for section, text in {
        "": "checkout.session.completed", "customers": "ada@example.com", "subscriptions": "Pro", "payments": "$29.00",
        "catalogue": "per month", "events": "invoice.paid",
    }.items():  # fmt: skip
        assert text in shown(sandbox, section), section
    customer = sandbox.client.customers.list().data[0]
    page = shown(sandbox, f"customers/{customer.id}")
    for text in ("Visa •••• 4242", "Pro", "$29.00", customer.invoice_prefix or ""):
        assert text in page
    assert sandbox.browser.get("/customers/nobody").status_code == 404


def test_customers_are_found_by_email_and_events_by_pattern(sandbox: Served) -> None:
    for name in ("ada", "bob"):
        sandbox.client.customers.create({"email": f"{name}@example.com"})
    assert "bob@" not in shown(sandbox, "customers?q=ada")
    assert "Nobody is called" in shown(sandbox, "customers?q=eve")
    assert "customer.created</a>" in shown(sandbox, "events?type=customer.*")
    assert "No event matches" in shown(sandbox, "events?type=invoice.*")


def test_older_events_are_a_page_further(sandbox: Served) -> None:
    for _ in range(60):
        sandbox.client.customers.create()
    page = shown(sandbox, "events")
    older = re.findall(r'href="([^"]*)" data-testid="older"', page)[0].replace("&amp;", "&")
    rest = sandbox.browser.get(older).text
    assert (page.count('data-testid="event"'), rest.count('data-testid="event"')) == (50, 10)


def test_a_payment_is_disputed_answered_and_won_by_button(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price(1900, interval=None)))
    page = push(sandbox, shown(sandbox, "payments"), "dispute")
    assert "needs response" in page
    page = push(sandbox, page, "dispute-answer")
    assert "under review" in page
    page = push(sandbox, page, "dispute-won")
    assert 'data-testid="dispute-won"' not in page
    assert sandbox.types("charge.dispute")[-1] == "charge.dispute.funds_reinstated"


def test_an_inquiry_is_closed_and_a_payment_warned_of_by_button(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price(1900, interval=None)))
    page = push(sandbox, shown(sandbox, "payments"), "fraud-warning")
    assert "actionable" in page
    page = push(sandbox, page, "inquire")
    assert "warning closed" in push(sandbox, page, "dispute-withdraw")


def test_a_payment_is_refunded_by_button_and_the_refund_fails_by_button(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price(1900, interval=None)))
    page = push(sandbox, shown(sandbox, "payments"), "refund")
    assert "refunded" in page
    push(sandbox, page, "refund-fail")
    assert sandbox.client.charges.list().data[0].amount_refunded == 0


def test_a_subscription_is_ended_resumed_and_canceled_by_button(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price()))
    page = push(sandbox, shown(sandbox, "subscriptions"), "subscription-end")
    page = push(sandbox, page, "subscription-resume")
    page = push(sandbox, page, "subscription-cancel")
    assert "canceled" in page
    assert sandbox.types("customer.subscription.")[-1] == "customer.subscription.deleted"


def test_the_catalogue_drifts_by_button(sandbox: Served) -> None:
    price = sandbox.price()
    sandbox.client.coupons.create({"id": "TEN", "percent_off": 10})
    page = push(sandbox, shown(sandbox, "catalogue"), "price-deactivate")
    assert not sandbox.client.prices.retrieve(price.id).active
    page = push(sandbox, page, "price-activate")
    page = push(sandbox, page, "product-deactivate")
    push(sandbox, page, "coupon-delete")
    assert sandbox.types("price.u", "product.u", "coupon.d") == [
        "price.updated", "price.updated", "product.updated", "coupon.deleted",
    ]  # fmt: skip


def test_a_card_is_renewed_and_detached_and_a_customer_deleted_with_their_subscriptions(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price()))
    customer = sandbox.client.customers.list().data[0]
    page = push(sandbox, shown(sandbox, f"customers/{customer.id}"), "card-renew")
    page = push(sandbox, page, "card-detach")
    page = push(sandbox, page, "customer-delete")
    assert "A deleted customer" in page
    told = sandbox.types("payment_method.", "customer.deleted", "customer.subscription.deleted")
    assert told == [
        "payment_method.attached", "payment_method.automatically_updated", "payment_method.detached",
        "customer.subscription.deleted", "customer.deleted",
    ]  # fmt: skip


def test_a_lever_that_does_not_fit_says_why(sandbox: Served) -> None:
    answer = sandbox.browser.post("/stripe-controls/dispute", data={"charge": "ch_none", "back": "//evil.example"})
    assert answer.status_code == 400
    assert "No such charge" in answer.text
    assert "evil" not in answer.text
    assert sandbox.browser.post("/stripe-controls/explode", json={}).status_code == 404
    for given, says in (
        ({}, "Missing required param: charge"),
        ({"charge": "ch_none", "amount": "x"}, "No such charge"),
    ):
        assert says in sandbox.browser.post("/stripe-controls/refund", json=given).json()["error"]["message"]
    assert (
        sandbox.browser.post(
            "/stripe-controls/refund", content="[]", headers={"content-type": "application/json"}
        ).status_code
        == 400
    )


@pytest.mark.parametrize("act", ["delete", "explode"])
def test_a_price_cannot_be_deleted_or_worse(sandbox: Served, act: str) -> None:
    answer = sandbox.browser.post("/stripe-controls/catalogue", json={"id": sandbox.price().id, "do": act})
    assert answer.status_code == 400
