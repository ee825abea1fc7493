"""Subscriptions made through the API: paid at once, trials, incomplete ones, changes and their ends."""

import pytest
import stripe

from tests.sandbox.world import Served

DAY = 86400


@pytest.fixture
def ada(sandbox: Served) -> stripe.Customer:
    """A customer with a good card on file."""
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    card = sandbox.client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    return sandbox.client.customers.update(customer.id, {"invoice_settings": {"default_payment_method": card.id}})


def test_a_subscription_is_paid_at_once_and_its_period_lives_on_its_item(sandbox: Served, ada: stripe.Customer) -> None:
    subscription = sandbox.client.subscriptions.create(
        {
            "customer": ada.id,
            "items": [{"price": sandbox.price().id, "quantity": 3}],
            "metadata": {"user": "7"},
            "expand": ["latest_invoice.payments"],
        }
    )
    item = subscription.items.data[0]
    assert (subscription.status, item.quantity, item.price.unit_amount) == ("active", 3, 2900)
    assert 28 * DAY <= item.current_period_end - item.current_period_start <= 31 * DAY
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 8700, "subscription_create")
    assert invoice.parent
    assert invoice.parent.subscription_details
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata.to_dict() == {"user": "7"}
    line = invoice.lines.data[0]
    assert line.parent
    assert line.parent.subscription_item_details
    assert line.parent.subscription_item_details.subscription_item == item.id
    assert line.pricing
    assert line.pricing.price_details
    assert line.pricing.price_details.price == item.price.id
    payment = sandbox.client.invoice_payments.list({"invoice": invoice.id}).data[0]
    found = sandbox.client.invoice_payments.list(
        {"payment": {"type": "payment_intent", "payment_intent": str(payment.payment.payment_intent)}}
    )
    assert [one.id for one in found.data] == [payment.id]


def test_the_events_of_a_new_subscription_come_in_stripes_order(sandbox: Served, ada: stripe.Customer) -> None:
    sandbox.client.subscriptions.create({"customer": ada.id, "items": [{"price": sandbox.price().id}]})
    types = sandbox.types("customer.subscription", "invoice", "payment_intent", "charge")
    assert types == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]


def test_a_trial_begins_with_an_invoice_over_nothing(sandbox: Served, ada: stripe.Customer) -> None:
    subscription = sandbox.client.subscriptions.create(
        {
            "customer": ada.id,
            "items": [{"price": sandbox.price().id}],
            "trial_period_days": 14,
            "expand": ["latest_invoice"],
        }
    )
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert (subscription.status, invoice.total, invoice.status) == ("trialing", 0, "paid")
    assert subscription.trial_end
    assert subscription.trial_start
    assert subscription.trial_end - subscription.trial_start == 14 * DAY
    assert subscription.items.data[0].current_period_end == subscription.trial_end


def test_a_card_that_fails_leaves_an_incomplete_subscription_that_can_still_be_paid(sandbox: Served) -> None:
    customer = sandbox.client.customers.create()
    bad = sandbox.client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    subscription = sandbox.client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": sandbox.price().id}], "default_payment_method": bad.id}
    )
    assert subscription.status == "incomplete"
    assert "invoice.payment_failed" in sandbox.types()
    invoice = str(subscription.latest_invoice)
    with pytest.raises(stripe.CardError):
        sandbox.client.invoices.pay(invoice)
    good = sandbox.client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert sandbox.client.invoices.pay(invoice, {"payment_method": good.id}).status == "paid"
    assert sandbox.client.subscriptions.retrieve(subscription.id).status == "active"
    event = sandbox.client.events.list({"type": "customer.subscription.updated"}).data[0]
    assert event.data.previous_attributes.to_dict()["status"] == "incomplete"


def test_error_if_incomplete_leaves_nothing_behind(sandbox: Served) -> None:
    customer = sandbox.client.customers.create()
    bad = sandbox.client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    with pytest.raises(stripe.CardError):
        sandbox.client.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": sandbox.price().id}],
                "default_payment_method": bad.id,
                "payment_behavior": "error_if_incomplete",
            }
        )
    assert sandbox.client.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    assert not sandbox.types("customer.subscription")


def test_default_incomplete_waits_for_its_payment_intent(sandbox: Served, ada: stripe.Customer) -> None:
    subscription = sandbox.client.subscriptions.create(
        {
            "customer": ada.id,
            "items": [{"price": sandbox.price().id}],
            "payment_behavior": "default_incomplete",
            "expand": ["latest_invoice.confirmation_secret", "latest_invoice.payments"],
        }
    )
    invoice = subscription.latest_invoice
    assert isinstance(invoice, stripe.Invoice)
    assert invoice.confirmation_secret
    assert invoice.payments
    intent = str(invoice.payments.data[0].payment.payment_intent)
    assert invoice.confirmation_secret.client_secret.startswith(intent)
    sandbox.client.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert sandbox.client.subscriptions.retrieve(subscription.id).status == "active"


def test_a_customer_without_a_card_cannot_subscribe(sandbox: Served) -> None:
    customer = sandbox.client.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        sandbox.client.subscriptions.create({"customer": customer.id, "items": [{"price": sandbox.price().id}]})


def test_a_customer_keeps_to_the_currency_of_a_live_subscription(sandbox: Served, ada: stripe.Customer) -> None:
    sandbox.client.subscriptions.create({"customer": ada.id, "items": [{"price": sandbox.price().id}]})
    with pytest.raises(stripe.InvalidRequestError, match="cannot combine currencies"):
        sandbox.session(sandbox.price(currency="eur"), customer=ada.id)
    both = sandbox.price(currency="eur", currency_options={"usd": {"unit_amount": 3100}})
    assert sandbox.session(both, customer=ada.id).currency == "usd"
    assert sandbox.session(sandbox.price(currency="eur", interval=None), customer=ada.id).currency == "eur"


def test_cancelling_at_the_end_can_be_taken_back_and_cancelling_now_cannot(
    sandbox: Served, ada: stripe.Customer
) -> None:
    client = sandbox.client.subscriptions
    subscription = client.create({"customer": ada.id, "items": [{"price": sandbox.price().id}]})
    end = subscription.items.data[0].current_period_end
    ending = client.update(
        subscription.id,
        {"cancel_at_period_end": True, "cancellation_details": {"feedback": "unused", "comment": "bye"}},
    )
    assert (ending.cancel_at, ending.status, ending.cancellation_details.feedback) == (end, "active", "unused")
    event = sandbox.client.events.list({"type": "customer.subscription.updated"}).data[0]
    previous = event.data.previous_attributes.to_dict()
    assert (previous["cancel_at_period_end"], previous["cancel_at"]) == (False, None)
    assert event.request
    assert event.request.id
    assert client.update(subscription.id, {"cancel_at_period_end": False}).cancel_at is None
    ended = client.cancel(subscription.id)
    assert (ended.status, bool(ended.ended_at)) == ("canceled", True)
    assert sandbox.types("customer.subscription")[-1] == "customer.subscription.deleted"
    assert client.list({"customer": ada.id}).data == []
    assert [one.id for one in client.list({"customer": ada.id, "status": "all"}).data] == [subscription.id]
    with pytest.raises(stripe.InvalidRequestError):
        client.cancel(subscription.id)


def test_metadata_and_the_default_card_change_in_place(sandbox: Served, ada: stripe.Customer) -> None:
    subscription = sandbox.client.subscriptions.create({"customer": ada.id, "items": [{"price": sandbox.price().id}]})
    other = sandbox.client.payment_methods.attach("pm_card_mastercard", {"customer": ada.id})
    changed = sandbox.client.subscriptions.update(
        subscription.id, {"metadata": {"seats": "3"}, "default_payment_method": other.id}
    )
    assert (changed.metadata.to_dict(), changed.default_payment_method) == ({"seats": "3"}, other.id)
    strange = sandbox.client.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method"):
        sandbox.client.subscriptions.update(subscription.id, {"default_payment_method": strange.id})
    items = sandbox.client.subscription_items.list({"subscription": subscription.id})
    assert [item.id for item in items.data] == [subscription.items.data[0].id]
    assert sandbox.client.subscriptions.list({"price": items.data[0].price.id}).data[0].id == subscription.id
