"""The operator hears of a payment whose event was given up, and of no other."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from nestpay.billing import inbox
from nestpay.settings import reset_settings
from nestpay.store.tables import EmailRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.billing.conftest import Shop


def give_up(body: dict[str, Any], clock: time_machine.Traveller) -> None:
    """Deliver an event and try it until nobody tries any more."""
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))
    while builders.rows_of(WebhookEventRow)[-1].status == "failed":
        clock.move_to(builders.rows_of(WebhookEventRow)[-1].next_attempt_at + timedelta(milliseconds=1))
        inbox.work()
    assert builders.rows_of(WebhookEventRow)[-1].status == "dead"


def of_nobody(shop: Shop, kind: str, **fields: Any) -> dict[str, Any]:
    price = shop.pro.provider_price_id or ""
    thing = stripe_objects.paid_invoice("in_1", customer="cus_nobody", subscription="sub_1", price=price, **fields)
    return stripe_objects.event(kind, thing, id=f"evt_{kind}")


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_EMAIL", "boss@example.com")
    reset_settings()


@pytest.mark.usefixtures("operator")
def test_a_payment_that_could_not_be_granted_is_reported_once(shop: Shop, clock: time_machine.Traveller) -> None:
    give_up(of_nobody(shop, "invoice.paid"), clock)
    (mail,) = builders.rows_of(EmailRow)
    assert (mail.template, mail.recipient) == ("credit_grant_failed", "boss@example.com")
    assert (mail.context["event"], mail.context["event_type"]) == ("evt_invoice.paid", "invoice.paid")
    assert "cus_nobody" in mail.context["reason"]


@pytest.mark.usefixtures("operator")
def test_a_payment_that_cannot_even_be_read_is_reported(shop: Shop, clock: time_machine.Traveller) -> None:
    body = of_nobody(shop, "invoice.paid")
    del body["data"]["object"]["lines"]
    give_up(body, clock)
    assert [row.template for row in builders.rows_of(EmailRow)] == ["credit_grant_failed"]


@pytest.mark.usefixtures("operator")
def test_an_event_that_grants_nothing_is_given_up_in_silence(shop: Shop, clock: time_machine.Traveller) -> None:
    give_up(of_nobody(shop, "invoice.payment_failed", status="open", billing_reason="subscription_cycle"), clock)
    assert builders.counts(EmailRow) == (0,)


def test_without_an_address_nobody_is_written_to(shop: Shop, clock: time_machine.Traveller) -> None:
    give_up(of_nobody(shop, "invoice.paid"), clock)
    assert builders.counts(EmailRow) == (0,)
