"""Stories of what goes wrong between two companies: webhooks early, late, lost or about nobody, and a provider that is down."""

import httpx
import pytest

from nestpay.billing import checkout, reconcile
from nestpay.domain.errors import ProviderTrouble
from nestpay.store.tables import WebhookEventRow
from tests import builders
from tests.sandbox.world import SECRET
from tests.scenarios.merchant import Merchant
from tests.stripe_objects import delivery


def test_a_webhook_that_comes_before_the_redirect_has_everything_ready(ada: Merchant) -> None:
    order = ada.buy()
    ada.hear()
    asked = len(ada.served.types())
    seen = checkout.confirm(ada.user_id, order.provider_session_id or "", ask_provider=True)
    assert (seen.state, seen.credits, seen.credits_pending) == ("paid", 500, False)
    assert len(ada.served.types()) == asked


def test_a_redirect_that_comes_before_the_webhook_asks_and_nothing_is_granted_twice(ada: Merchant) -> None:
    lost = ada.fault("deliveries", "drop")
    orders = ada.buy(), ada.buy("pro", "month")
    for order in orders:
        assert checkout.confirm(ada.user_id, order.provider_session_id or "", ask_provider=True).state == "paid"
    assert ada.credits() == 1500
    ada.mend(lost)
    ada.served.browser.post("/faults/redeliver")
    ada.hear()
    assert (ada.credits(), len(ada.orders())) == (1500, 2)


def test_after_a_day_without_the_provider_one_look_mends_everything(ada: Merchant) -> None:
    held = ada.subscribe()
    ada.live_until(held.current_period_end)
    down, lost = ada.fault("api", "fail", status=500), ada.fault("deliveries", "drop")
    ada.live(days=1)
    with pytest.raises(ProviderTrouble):
        checkout.start(ada.user_id, ada.price("credits-500", "once"))
    with pytest.raises(ProviderTrouble):
        reconcile.run()
    assert ada.has_access()
    assert len(ada.orders("subscription_renewal")) == 0
    ada.mend(down)
    ada.mend(lost)
    found = {drift.kind for drift in reconcile.run()}
    ada.hear()
    assert "missed_event" in found
    assert [order.status for order in ada.orders("subscription_renewal")] == ["succeeded"]
    assert (ada.credits(), ada.held().current_period_end > held.current_period_end) == (1000, True)
    assert reconcile.run() == []


def test_a_payment_of_nobody_we_know_is_answered_kept_and_shown_with_its_reason(ada: Merchant) -> None:
    client = ada.served.client
    stranger = client.customers.create({"email": "ada@example.com"})  # an address never decides who is who
    method = client.payment_methods.attach("pm_card_visa", {"customer": stranger.id})
    price = ada.prices["pro", "month"].provider_price_id or ""
    client.subscriptions.create(
        {"customer": stranger.id, "items": [{"price": price}], "default_payment_method": method.id}
    )
    ada.hear()
    kept = [row for row in builders.rows_of(WebhookEventRow) if row.status == "failed"]
    assert "invoice.paid" in {row.type for row in kept}
    assert all(stranger.id in row.error for row in kept)
    assert (ada.orders(), ada.credits()) == ([], 0)


def test_an_event_that_comes_twice_and_with_a_wrong_secret_is_one_event(ada: Merchant, door: str) -> None:
    ada.fault("deliveries", "duplicate", copies=3)
    ada.subscribe()
    assert (ada.credits(), len(ada.orders())) == (1000, 1)
    body, headers = delivery(ada.fetch()[-1], secret=f"{SECRET}-of-somebody-else")
    assert httpx.post(door, content=body, headers=headers, trust_env=False).status_code == 400
