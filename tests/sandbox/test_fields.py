"""Every object the sandbox makes has every documented field of its class, of the documented type."""

from typing import Any

import pytest
import stripe

from tests.sandbox import shapes
from tests.sandbox.world import Served

KINDS = {
    "balance_transaction", "charge", "checkout.session", "coupon", "customer", "event", "invoice", "invoice_payment",
    "payment_intent", "payment_method", "price", "product", "promotion_code", "refund", "setup_intent", "subscription",
    "subscription_item", "webhook_endpoint",
}  # fmt: skip


def a_busy_day(sandbox: Served) -> None:
    """A catalogue with discounts, and a purchase with everything that a session can ask for."""
    client = sandbox.client
    client.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.refunded"]})
    client.coupons.create({"id": "QUARTER", "percent_off": 25.5, "duration": "repeating", "duration_in_months": 3})
    client.coupons.create({"id": "FIVE", "amount_off": 500, "currency": "usd", "name": "Five off"})
    code = client.promotion_codes.create(
        {
            "promotion": {"type": "coupon", "coupon": "QUARTER"},
            "code": "SAVE",
            "restrictions": {"minimum_amount": 100, "minimum_amount_currency": "usd"},
        }
    )
    ada = client.customers.create(
        {"email": "ada@example.com", "name": "Ada", "address": {"country": "FR"}, "shipping": {"name": "Ada"}}
    )
    monthly = sandbox.price(currency_options={"eur": {"unit_amount": 2700}}, lookup_key="pro", nickname="Pro monthly")
    once = sandbox.price(1900, interval=None, tax_behavior="inclusive")
    bought = sandbox.session(
        once,
        customer=ada.id,
        automatic_tax={"enabled": True},
        invoice_creation={"enabled": True},
        payment_intent_data={"setup_future_usage": "off_session"},
        custom_fields=[{"key": "team", "label": {"type": "custom", "custom": "Team"}, "type": "text"}],
        consent_collection={"terms_of_service": "required"},
        tax_id_collection={"enabled": True},
        customer_update={"name": "auto", "address": "auto"},
        billing_address_collection="required",
        custom_text={"submit": {"message": "Thanks"}},
    )
    more = {"terms": "yes", "country": "FR", "line1": "1 Rue", "city": "Paris", "postal_code": "75001"}
    more |= {"custom[team]": "Blue", "tax_id": "FR123"}
    sandbox.press(bought, number="4000000000000002", **more)
    sandbox.press(bought, **more)
    and_another(sandbox, ada, monthly, once, code)


def and_another(
    sandbox: Served, ada: stripe.Customer, monthly: stripe.Price, once: stripe.Price, code: stripe.PromotionCode
) -> None:
    """A slow debit, a failed challenge, a trial, a saved card, an expiry, a cancellation, a refund."""
    client = sandbox.client
    guest = sandbox.session(once, customer_email="guest@example.com", discounts=[{"coupon": "FIVE"}])
    sandbox.press(guest, number="000123456789")
    taxed = sandbox.session(monthly, automatic_tax={"enabled": True}, discounts=[{"promotion_code": code.id}])
    challenge = sandbox.press(taxed, country="DE", number="4000002760003184").headers["location"]
    sandbox.browser.post(challenge, data={"do": "fail"})
    sandbox.press(taxed, country="DE")
    sandbox.press(sandbox.session(monthly, subscription_data={"trial_period_days": 7}))
    saving = client.checkout.sessions.create(
        {"mode": "setup", "success_url": "http://shop.example/", "customer": ada.id}
    )
    sandbox.press(saving)
    client.checkout.sessions.expire(sandbox.session(once).id)
    sandbox.session(once, ui_mode="embedded_page", return_url="http://shop.example/", success_url="")
    card = client.payment_methods.attach("pm_card_threeDSecure2Required", {"customer": ada.id})
    waiting = client.subscriptions.create(
        {"customer": ada.id, "items": [{"price": monthly.id}], "default_payment_method": card.id}
    )
    client.subscriptions.cancel(waiting.id)
    client.subscriptions.update(
        client.checkout.sessions.retrieve(taxed.id).subscription,
        {"cancel_at_period_end": True},
    )
    charge = client.charges.list({"customer": ada.id}).data[0]
    client.refunds.create({"charge": charge.id, "amount": 500})
    client.payment_methods.create({"type": "sepa_debit", "sepa_debit": {"iban": "DE89370400440532013000"}})
    client.payment_intents.create({"amount": 500, "currency": "usd"})


@pytest.fixture
def documents(sandbox: Served) -> list[dict[str, Any]]:
    """Everything the busy day left behind, expanded as far as it goes, and everything its events carried."""
    a_busy_day(sandbox)
    found: list[dict[str, Any]] = []
    for path, expand in {
        "/customers": ["subscriptions", "sources", "tax_ids", "invoice_settings.default_payment_method"],
        "/products": ["default_price"],
        "/prices": ["product", "currency_options"],
        "/coupons": ["applies_to"],
        "/promotion_codes": ["promotion.coupon", "customer"],
        "/checkout/sessions": [
            "line_items",
            "total_details.breakdown",
            "invoice.payments",
            "payment_intent",
            "subscription",
        ],
        "/payment_intents": [
            "latest_charge.refunds",
            "latest_charge.balance_transaction",
            "payment_method",
            "customer",
        ],
        "/setup_intents": ["payment_method"],
        "/charges": ["refunds", "balance_transaction.source"],
        "/refunds": ["charge", "payment_intent"],
        "/subscriptions?status=all": ["latest_invoice.payments", "discounts", "customer", "default_payment_method"],
        "/invoices": ["payments", "confirmation_secret", "discounts", "customer"],
        "/invoice_payments": ["invoice", "payment.payment_intent"],
        "/balance_transactions": [],
        "/webhook_endpoints": [],
        "/events": [],
    }.items():
        query = "&".join(["limit=100", *(f"expand[]=data.{name}" for name in expand)])
        answer = sandbox.call("GET", f"{path}{'&' if '?' in path else '?'}{query}")
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
    for customer in sandbox.call("GET", "/customers").json()["data"]:
        found += sandbox.call("GET", f"/payment_methods?customer={customer['id']}").json()["data"]
    carried = [one["data"]["object"] for one in found if one["object"] == "event"]
    items = [item for one in found if one["object"] == "subscription" for item in one["items"]["data"]]
    return found + carried + items


def test_every_object_has_every_documented_field_of_the_documented_type(documents: list[dict[str, Any]]) -> None:
    assert KINDS - {one["object"] for one in documents} == set()
    wrong = {fault for one in documents for fault in shapes.faults(one)}
    assert not wrong, "\n".join(sorted(wrong))


def test_the_walk_notices_what_is_missing_unknown_or_of_the_wrong_type(sandbox: Served) -> None:
    good = sandbox.call("POST", "/customers", data={"email": "ada@example.com"}).json()
    assert shapes.faults(good) == []
    assert shapes.faults({**good, "balance": "0"}) == ["customer.balance is '0', no int"]
    assert shapes.faults({**good, "tax_exempt": "sometimes"})[0].startswith(
        "customer.tax_exempt is 'sometimes', none of"
    )
    assert shapes.faults({**good, "paid": True}) == ["customer.paid is not a field of Customer"]
    del good["email"]
    assert shapes.faults(good) == ["customer.email is missing"]


def test_the_api_version_of_events_is_the_one_the_sdk_pins(sandbox: Served) -> None:
    sandbox.client.customers.create()
    assert sandbox.client.events.list().data[0].api_version == stripe.api_version


def test_fields_that_stripe_removed_are_nowhere(documents: list[dict[str, Any]]) -> None:
    removed = {
        "subscription": {"current_period_start", "current_period_end", "plan", "discount"},
        "invoice": {"subscription", "charge", "payment_intent", "paid", "tax", "discount"},
        "charge": {"invoice"},
        "payment_intent": {"invoice", "charges"},
        "promotion_code": {"coupon"},
        "discount": {"coupon"},
    }
    for one in documents:
        assert not removed.get(one["object"], set()) & one.keys(), one["object"]


def test_what_follows_a_payment_has_every_documented_field_too(sandbox: Served) -> None:
    sandbox.press(sandbox.session(sandbox.price()))
    sandbox.press(sandbox.session(sandbox.price(900, interval=None)), number="000123456789")
    charges = sandbox.client.charges.list().data
    paid = next(one for one in charges if one.paid)
    sandbox.control("fraud-warning", charge=paid.id)
    dispute = sandbox.control("dispute", charge=paid.id, inquiry=True)
    sandbox.control("dispute-escalate", dispute=dispute["id"])
    sandbox.control("dispute-close", dispute=dispute["id"], outcome="won")
    sandbox.control("refund", charge=paid.id)
    sandbox.control("refund-settle", refund=sandbox.client.refunds.list().data[0].id, outcome="failed")
    subscription = sandbox.client.subscriptions.list().data[0]
    flows = [
        {"type": "payment_method_update", "after_completion": {"type": "hosted_confirmation"}},
        {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}},
        {
            "type": "subscription_update_confirm",
            "subscription_update_confirm": {
                "subscription": subscription.id,
                "items": [{"id": subscription["items"].data[0].id, "quantity": 2}],
            },
        },
    ]
    for flow in flows:
        params: Any = {"customer": str(subscription.customer), "flow_data": flow, "expand": ["configuration"]}
        sandbox.client.billing_portal.sessions.create(params)
    found: list[dict[str, Any]] = [
        sandbox.call("GET", path).json()
        for path in ("/account", "/balance", f"/disputes/{dispute['id']}?expand[]=charge")
    ]
    paths = (
        "/radar/early_fraud_warnings",
        "/refunds",
        "/billing_portal/configurations",
        "/balance_transactions",
        "/events",
    )
    for path in paths:
        found += sandbox.call("GET", f"{path}?limit=100").json()["data"]
    found += [one["data"]["object"] for one in found if one["object"] == "event"]
    kinds = {
        "dispute",
        "radar.early_fraud_warning",
        "billing_portal.session",
        "billing_portal.configuration",
        "account",
        "balance",
    }
    assert kinds <= {one["object"] for one in found}
    wrong = {fault for one in found for fault in shapes.faults(one)}
    assert not wrong, "\n".join(sorted(wrong))
