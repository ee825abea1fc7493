"""The hosted checkout, from the session to the page and back to the shop."""

import threading
from typing import Any

import pytest
import stripe

from tests.sandbox.world import Served

PAID = "http://shop.example/ok?session="


def test_a_purchase_leads_back_to_the_shop_with_the_session_filled_in(sandbox: Served) -> None:
    session = sandbox.session(
        sandbox.price(1900, interval=None),
        metadata={"order": "7"},
        client_reference_id="user-1",
        payment_intent_data={"metadata": {"order": "7"}, "description": "500 credits"},
    )
    assert (session.status, session.payment_status, session.amount_total) == ("open", "unpaid", 1900)
    assert session.url == f"{sandbox.site}/stripe/checkout/{session.id}"
    assert "no real money" in sandbox.page(session)
    assert sandbox.press(session).headers["location"] == PAID + session.id
    done = sandbox.reread(session, "payment_intent.latest_charge", "line_items")
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.customer is None
    assert (done.customer_details.email, done.customer_details.address.country) == ("ada@example.com", "US")
    assert (done.metadata.to_dict(), done.client_reference_id) == ({"order": "7"}, "user-1")
    intent = done.payment_intent
    assert (intent.status, intent.description, intent.metadata.to_dict()) == (
        "succeeded",
        "500 credits",
        {"order": "7"},
    )
    assert intent.latest_charge.billing_details.email == "ada@example.com"
    assert [item.amount_total for item in done.line_items.data] == [1900]
    assert sandbox.types("payment_intent", "charge", "checkout") == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]


def test_a_subscription_bought_on_the_page_carries_its_metadata_everywhere(sandbox: Served) -> None:
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    session = sandbox.session(
        sandbox.price(),
        customer=customer.id,
        subscription_data={"metadata": {"plan": "pro"}, "description": "Pro plan"},
    )
    assert "ada@example.com" in sandbox.page(session)
    sandbox.press(session)
    done = sandbox.reread(session, "subscription.default_payment_method", "invoice.payments")
    subscription, invoice = done.subscription, done.invoice
    assert (done.customer, done.payment_intent, subscription.status) == (customer.id, None, "active")
    assert subscription.metadata.to_dict() == {"plan": "pro"}
    assert invoice.parent.subscription_details.metadata.to_dict() == {"plan": "pro"}
    assert (invoice.status, invoice.billing_reason, invoice.number[-4:]) == ("paid", "subscription_create", "0001")
    assert subscription.default_payment_method.customer == customer.id
    assert sandbox.types("customer.subscription", "invoice.", "invoice_payment", "checkout", "payment_method") == [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.updated",
        "payment_method.attached",
        "checkout.session.completed",
    ]
    created = sandbox.client.events.list({"type": "customer.subscription.created"}).data[0]
    assert created.data.object["status"] == "incomplete"


@pytest.mark.parametrize("number", ["4000000000000002", "4000000000009995", "4000000000000341"])
@pytest.mark.parametrize("interval", [None, "month"])
def test_a_declined_card_leaves_the_session_open_and_says_so(
    sandbox: Served, number: str, interval: str | None
) -> None:
    session = sandbox.session(sandbox.price(interval=interval))
    assert sandbox.press(session, number=number).headers["location"] == session.url
    page = sandbox.page(session)
    assert "You have not been charged." in page
    assert ("insufficient funds" in page) == (number == "4000000000009995")
    assert sandbox.reread(session).status == "open"
    assert "checkout.session.completed" not in sandbox.types()
    assert sandbox.press(session).headers["location"] == PAID + session.id
    done = sandbox.reread(session, "subscription", "invoice.payments")
    assert done.payment_status == "paid"
    assert len(sandbox.client.payment_intents.list().data) == 1
    if interval:
        assert done.subscription.status == "active"
        assert len(sandbox.client.subscriptions.list({"status": "all"}).data) == 1


def test_a_3d_secure_card_pays_after_approval_and_not_after_failure(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price())
    bank = sandbox.press(session, number="4000002760003184").headers["location"]
    assert "/stripe/authenticate/pi_" in bank
    assert sandbox.reread(session).status == "open"
    assert sandbox.browser.post(bank, data={"do": "fail"}).headers["location"] == session.url
    assert "unable to authenticate" in sandbox.page(session)
    bank = sandbox.press(session, number="4000002500003155").headers["location"]
    assert sandbox.browser.post(bank, data={"do": "approve"}).headers["location"] == PAID + session.id
    assert sandbox.reread(session).payment_status == "paid"
    assert sandbox.browser.get(bank).headers["location"] == PAID + session.id


@pytest.mark.parametrize(("do", "status", "event"), [("succeed", "paid", "succeeded"), ("fail", "unpaid", "failed")])
def test_a_bank_debit_completes_at_once_and_settles_later(sandbox: Served, do: str, status: str, event: str) -> None:
    session = sandbox.session(sandbox.price(1900, interval=None))
    assert sandbox.press(session, number="000123456789").headers["location"] == PAID + session.id
    done = sandbox.reread(session, "payment_intent")
    assert (done.status, done.payment_status, done.payment_intent.status) == ("complete", "unpaid", "processing")
    assert "Let the debit arrive" in sandbox.page(session)
    sandbox.browser.post(f"/stripe/debits/{done.payment_intent.id}", data={"do": do})
    assert sandbox.reread(session).payment_status == status
    assert sandbox.types("checkout") == ["checkout.session.completed", f"checkout.session.async_payment_{event}"]


def test_a_trial_asks_for_a_card_but_takes_no_money(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(), subscription_data={"trial_period_days": 7})
    assert session.amount_total == 0
    assert "7 days free" in sandbox.page(session)
    sandbox.press(session, number="4000000000000002")
    assert "Your card was declined." in sandbox.page(session) or sandbox.reread(session).status == "open"
    sandbox.press(session)
    done = sandbox.reread(session, "subscription.latest_invoice")
    assert (done.payment_status, done.subscription.status) == ("no_payment_required", "trialing")
    assert done.subscription.latest_invoice.total == 0
    assert done.subscription.default_payment_method
    assert sandbox.client.charges.list().data == []


def test_a_coupon_over_everything_needs_no_payment(sandbox: Served) -> None:
    sandbox.client.coupons.create({"id": "FREE", "percent_off": 100})
    session = sandbox.session(sandbox.price(1900, interval=None), discounts=[{"coupon": "FREE"}])
    assert session.amount_total == 0
    assert 'data-testid="card-number"' not in sandbox.page(session)
    sandbox.press(session)
    done = sandbox.reread(session)
    assert (done.payment_status, done.payment_intent) == ("no_payment_required", None)
    assert sandbox.client.coupons.retrieve("FREE").times_redeemed == 1


def test_pressing_pay_many_times_at_once_pays_once(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(1900, interval=None))
    places: list[str] = []
    threads = [
        threading.Thread(target=lambda: places.append(sandbox.press(session).headers["location"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(places) == {PAID + session.id}
    assert len(sandbox.client.charges.list().data) == 1
    assert sandbox.types("checkout") == ["checkout.session.completed"]


def test_automatic_tax_waits_for_the_country_and_follows_it(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(1000, interval=None), automatic_tax={"enabled": True})
    assert session.automatic_tax.status == "requires_location_inputs"
    assert "Choose your country" in sandbox.press(session, country="").text
    sandbox.press(session, "update", country="DE")
    assert (sandbox.reread(session).amount_total, sandbox.reread(session).total_details.amount_tax) == (1190, 190)
    sandbox.press(session, country="US")
    done = sandbox.reread(session)
    assert (done.amount_total, done.automatic_tax.status) == (1000, "complete")


def test_tax_for_a_known_customer_needs_their_address_or_leave_to_save_it(sandbox: Served) -> None:
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    params = {"customer": customer.id, "automatic_tax": {"enabled": True}}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.session(sandbox.price(), **params)
    assert caught.value.code == "customer_tax_location_invalid"
    session = sandbox.session(sandbox.price(), **params, customer_update={"address": "auto"})
    sandbox.press(session, country="FR")
    saved = sandbox.client.customers.retrieve(customer.id).address
    assert saved
    assert saved.country == "FR"


def test_terms_must_be_agreed_to_when_they_are_asked_for(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(), consent_collection={"terms_of_service": "required"})
    assert "Agree to the terms of service" in sandbox.press(session).text
    sandbox.press(session, terms="yes")
    assert sandbox.reread(session).consent.terms_of_service == "accepted"


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price())
    page = sandbox.press(session, email="", number="4111 1111 1111 1111", name="Grace").text
    assert "Enter an e-mail address." in page
    assert "Real cards are never accepted here." in page
    assert 'value="Grace"' in page
    assert (
        'value="4000 0000 0000 0002"'
        in sandbox.browser.get(sandbox.press(session, "card-decline").headers["location"]).text
    )


def test_setup_mode_saves_a_card_without_charging_it(sandbox: Served) -> None:
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    session = sandbox.client.checkout.sessions.create(
        {"mode": "setup", "customer": customer.id, "currency": "usd", "success_url": PAID + "{CHECKOUT_SESSION_ID}"}
    )
    sandbox.press(session)
    done = sandbox.reread(session, "setup_intent")
    assert (done.status, done.payment_status, done.setup_intent.status) == (
        "complete",
        "no_payment_required",
        "succeeded",
    )
    assert len(sandbox.client.payment_methods.list({"customer": customer.id}).data) == 1


def test_one_time_invoices_are_written_when_asked_for(sandbox: Served) -> None:
    session = sandbox.session(
        sandbox.price(1900, interval=None), customer_creation="always", invoice_creation={"enabled": True}
    )
    sandbox.press(session)
    done = sandbox.reread(session, "invoice.payments", "customer")
    assert (done.invoice.status, done.invoice.amount_paid, done.customer.email) == ("paid", 1900, "ada@example.com")
    assert done.invoice.payments.data[0].payment.payment_intent == done.payment_intent
    assert sandbox.types("invoice.")[-1] == "invoice.payment_succeeded"
    assert "Invoice" in sandbox.browser.get(done.invoice.hosted_invoice_url).text


def test_expired_sessions_tell_so_and_take_nothing(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price())
    sandbox.press(session, number="4000000000000341")
    sandbox.client.checkout.sessions.expire(session.id)
    assert "This checkout has expired" in sandbox.page(session)
    assert sandbox.press(session).headers["location"] == session.url
    assert sandbox.client.subscriptions.list({"status": "all"}).data[0].status == "incomplete_expired"
    assert sandbox.types()[-1] == "checkout.session.expired"
    with pytest.raises(stripe.InvalidRequestError, match="can be expired"):
        sandbox.client.checkout.sessions.expire(session.id)


def test_zero_decimal_currencies_are_whole(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(500, "jpy", interval=None))
    assert "¥500" in sandbox.page(session)
    sandbox.press(session)
    assert sandbox.reread(session, "payment_intent").payment_intent.amount == 500


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"allow_promotion_codes": False, "discounts": [{"coupon": "TEN"}]}, "allow_promotion_codes, discounts"),
    ({"customer": "CUSTOMER", "customer_email": "x@example.com"}, "customer, customer_email"),
    ({"success_url": ""}, "Missing required param: success_url"),
    ({"mode": "subscription"}, "at least one recurring price"),
    ({"mode": "payment", "subscription_data": {"metadata": {"a": "b"}}}, "can not pass `subscription_data`"),
    ({"line_items": []}, "line_items"),
    ({"expires_at": 1}, "at least 30 minutes"),
    ({"discounts": [{"coupon": "NONE"}]}, "No such coupon"),
    ({"success_url": "/relative"}, "Not a valid URL"),
]


@pytest.mark.parametrize(("params", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_a_session_that_makes_no_sense_is_refused(sandbox: Served, params: dict[str, Any], message: str) -> None:
    sandbox.client.coupons.create({"id": "TEN", "percent_off": 10})
    customer = sandbox.client.customers.create()
    params = {name: customer.id if value == "CUSTOMER" else value for name, value in params.items()}
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.session(sandbox.price(interval=None), **params)
    assert message in str(caught.value.user_message)


def test_prices_must_fit_the_mode_and_be_enough(sandbox: Served) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="passed a recurring price"):
        sandbox.session(sandbox.price(), mode="payment")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        sandbox.session(sandbox.price(20, interval=None))
    assert caught.value.code == "amount_too_small"
    archived = sandbox.price()
    sandbox.client.prices.update(archived.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        sandbox.session(archived)


def test_sessions_are_found_by_customer_status_and_payment(sandbox: Served) -> None:
    price = sandbox.price(1900, interval=None)
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    paid, waiting = sandbox.session(price, customer=customer.id), sandbox.session(price)
    sandbox.press(paid)
    sessions = sandbox.client.checkout.sessions
    intent = sandbox.reread(paid).payment_intent
    assert [one.id for one in sessions.list({"customer": customer.id}).data] == [paid.id]
    assert [one.id for one in sessions.list({"status": "open"}).data] == [waiting.id]
    assert [one.id for one in sessions.list({"payment_intent": intent}).data] == [paid.id]
    assert [item.price.id for item in sessions.line_items.list(paid.id).data if item.price] == [price.id]


def test_an_expired_session_is_recovered_as_a_copy_for_thirty_days(sandbox: Served) -> None:
    session = sandbox.session(
        sandbox.price(),
        after_expiration={"recovery": {"enabled": True, "allow_promotion_codes": True}},
        metadata={"a": "1"},
    )
    assert session.after_expiration.recovery.url is None
    sandbox.client.checkout.sessions.expire(session.id)
    recovery = sandbox.reread(session).after_expiration.recovery
    assert recovery.expires_at >= session.created + 30 * 86400
    assert f'href="{recovery.url}"' in sandbox.page(session)
    url = sandbox.browser.get(recovery.url).headers["location"]
    again = sandbox.client.checkout.sessions.list().data[0]
    assert (again.url, again.recovered_from, again.status) == (url, session.id, "open")
    assert (again.amount_total, again.allow_promotion_codes, again.metadata) == (
        session.amount_total,
        True,
        session.metadata,
    )
    sandbox.press(again)
    assert sandbox.reread(again).status == "complete"
    sandbox.time.ahead = 31 * 86400
    assert sandbox.browser.get(recovery.url).status_code == 404


def test_the_page_speaks_french_and_chinese(sandbox: Served) -> None:
    price = sandbox.price(123400, currency="eur", product_data={"name": "Pro"})
    french = sandbox.page(sandbox.session(price, locale="fr"))
    assert '<html lang="fr">' in french
    assert "S’abonner à Pro" in french
    assert "1\u202f234,00\u00a0€" in french
    chinese = sandbox.session(sandbox.price(1900, interval=None), locale="zh")
    assert "支付 $19.00" in sandbox.page(chinese)
    assert (
        "您的银行卡被拒。 您尚未被扣款。"
        in sandbox.browser.get(sandbox.press(chinese, number="4000000000000002").headers["location"]).text
    )
    plain = sandbox.session(price)
    asked = {"accept-language": "fr-CA,fr;q=0.8,en;q=0.5"}
    assert "S’abonner" in sandbox.browser.get(f"/stripe/checkout/{plain.id}", headers=asked).text
    assert "Subscribe" in sandbox.page(plain)
