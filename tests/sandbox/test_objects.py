"""The catalogue, customers, payment methods, payments and refunds, through the real SDK."""

import pytest
import stripe

from tests.sandbox.world import Served


def test_a_product_brings_its_default_price_and_events_tell_what_changed(sandbox: Served) -> None:
    product = sandbox.client.products.create(
        {
            "name": "Pro",
            "metadata": {"plan": "pro", "old": "1"},
            "default_price_data": {"currency": "usd", "unit_amount": 900},
        }
    )
    price = sandbox.client.prices.retrieve(str(product.default_price))
    assert (price.unit_amount, price.product, price.type) == (900, product.id, "one_time")
    changed = sandbox.client.products.update(product.id, {"name": "Pro+", "metadata": {"old": "", "new": "2"}})
    assert changed.metadata.to_dict() == {"plan": "pro", "new": "2"}
    event = sandbox.client.events.list({"type": "product.updated"}).data[0]
    previous = event.data.previous_attributes.to_dict()
    previous.pop("updated", None)
    assert previous == {"name": "Pro", "metadata": {"old": "1", "new": None}}


def test_a_lookup_key_moves_only_when_asked(sandbox: Served) -> None:
    first = sandbox.price(lookup_key="pro")
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        sandbox.price(lookup_key="pro")
    second = sandbox.price(lookup_key="pro", transfer_lookup_key=True)
    assert [one.id for one in sandbox.client.prices.list({"lookup_keys": ["pro"]}).data] == [second.id]
    assert sandbox.client.prices.retrieve(first.id).lookup_key is None


def test_a_product_with_prices_cannot_be_deleted(sandbox: Served) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be deleted"):
        sandbox.client.products.delete(str(sandbox.price().product))
    bare = sandbox.client.products.create({"name": "Bare"})
    assert sandbox.client.products.delete(bare.id).deleted


def test_a_deleted_customer_leaves_a_stub_and_ends_its_subscriptions(sandbox: Served) -> None:
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    session = sandbox.session(sandbox.price(), customer=customer.id)
    sandbox.press(session)
    sandbox.client.customers.delete(customer.id)
    assert sandbox.client.customers.retrieve(customer.id).deleted
    assert sandbox.reread(session, "subscription").subscription.status == "canceled"
    assert sandbox.types("customer.")[-2:] == ["customer.subscription.deleted", "customer.deleted"]
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        sandbox.session(sandbox.price(), customer=customer.id)


def test_fixture_cards_attach_or_refuse_as_documented(sandbox: Served) -> None:
    customer = sandbox.client.customers.create()
    visa = sandbox.client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert visa.card
    assert (visa.card.brand, visa.card.last4, visa.customer) == ("visa", "4242", customer.id)
    with pytest.raises(stripe.CardError) as caught:
        sandbox.client.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    assert (caught.value.http_status, caught.value.code) == (402, "card_declined")
    late = sandbox.client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    listed = sandbox.client.payment_methods.list({"customer": customer.id})
    assert [one.id for one in listed.data] == [late.id, visa.id]
    sandbox.client.customers.update(customer.id, {"invoice_settings": {"default_payment_method": visa.id}})
    sandbox.client.payment_methods.detach(visa.id)
    settings = sandbox.client.customers.retrieve(customer.id).invoice_settings
    assert settings
    assert settings.default_payment_method is None


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
    ],
)
def test_a_refused_card_raises_and_leaves_a_failed_charge(
    sandbox: Served, method: str, code: str, decline_code: str
) -> None:
    with pytest.raises(stripe.CardError) as caught:
        sandbox.client.payment_intents.create(
            {
                "amount": 2000,
                "currency": "usd",
                "payment_method": method,
                "confirm": True,
                "return_url": "http://shop.example",
            }
        )
    error = caught.value.json_body["error"]
    assert (error["code"], error["decline_code"]) == (code, decline_code)
    intent = sandbox.client.payment_intents.retrieve(error["payment_intent"]["id"], {"expand": ["latest_charge"]})
    assert intent.status == "requires_payment_method"
    assert intent.last_payment_error
    assert intent.last_payment_error.decline_code == decline_code
    assert intent.latest_charge.status == "failed"
    assert sandbox.types("payment_intent.", "charge.") == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
    ]
    paid = sandbox.client.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert paid.status == "succeeded"


def test_a_challenge_is_answered_at_the_bank_and_leads_back(sandbox: Served) -> None:
    intent = sandbox.client.payment_intents.create(
        {
            "amount": 2000,
            "currency": "eur",
            "payment_method": "pm_card_threeDSecure2Required",
            "confirm": True,
            "return_url": "http://shop.example/back",
        }
    )
    assert intent.status == "requires_action"
    assert intent.next_action
    assert intent.next_action.redirect_to_url
    url = str(intent.next_action.redirect_to_url.url)
    assert "Approve this payment?" in sandbox.browser.get(url).text
    back = sandbox.browser.post(url, data={"do": "approve"})
    assert back.headers["location"].startswith("http://shop.example/back")
    assert sandbox.client.payment_intents.retrieve(intent.id).status == "succeeded"


def test_amounts_below_the_least_of_a_currency_are_refused(sandbox: Served) -> None:
    for amount, currency in ((49, "usd"), (49, "jpy"), (29, "gbp")):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            sandbox.client.payment_intents.create({"amount": amount, "currency": currency})
        assert caught.value.code == "amount_too_small"
    with pytest.raises(stripe.InvalidRequestError, match="Invalid currency"):
        sandbox.client.payment_intents.create({"amount": 500, "currency": "zzz"})


def test_refunds_add_up_and_never_exceed_what_is_left(sandbox: Served) -> None:
    intent = sandbox.client.payment_intents.create(
        {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    first = sandbox.client.refunds.create({"payment_intent": intent.id, "amount": 500, "metadata": {"why": "kind"}})
    assert (first.status, first.amount, first.metadata.to_dict()) == ("succeeded", 500, {"why": "kind"})
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        sandbox.client.refunds.create({"charge": str(intent.latest_charge), "amount": 1501})
    sandbox.client.refunds.create({"charge": str(intent.latest_charge), "reason": "requested_by_customer"})
    charge = sandbox.client.charges.retrieve(str(intent.latest_charge), {"expand": ["refunds"]})
    assert (charge.amount_refunded, charge.refunded) == (2000, True)
    assert charge.refunds
    assert [one.amount for one in charge.refunds.data] == [1500, 500]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.client.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_already_refunded"
    assert sandbox.types("refund.", "charge.refunded") == ["refund.created", "charge.refunded"] * 2
    assert sum(line.amount for line in sandbox.client.balance_transactions.list().data) == 0
