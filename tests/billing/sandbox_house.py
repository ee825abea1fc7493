"""A house that sells at the sandbox: the real SDK, the real hosted page, and webhooks that come when a test says so."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from nestpay.billing import catalog, checkout, credits, inbox, throttle
from nestpay.providers import registry
from nestpay.providers.stripe.client import StripeProvider
from nestpay.settings import reset_settings
from nestpay.store import plans
from nestpay.store.session import transaction
from nestpay.store.tables import OrderRow, PriceRecord, SubscriptionRow
from tests import builders
from tests.stripe_objects import SECRET, delivery

if TYPE_CHECKING:
    from tests.sandbox.world import Served

FIRST_OF_APRIL = datetime(2027, 4, 1, 12, tzinfo=UTC)
GOOD_CARD = "4242424242424242"


@dataclass
class House:
    """The starter's plans for sale at a sandbox, and Ada, who has an account."""

    served: "Served"
    user_id: str
    prices: dict[tuple[str, str], PriceRecord]
    clock: time_machine.Traveller
    card: str = ""
    _heard: set[str] = field(default_factory=set)

    def price(self, plan: str, interval: str = "month") -> str:
        """The id of a price."""
        return self.prices[plan, interval].id

    def subscribe(
        self, plan: str = "pro", interval: str = "month", *, user_id: str = "", quantity: int = 1, **form: str
    ) -> SubscriptionRow:
        """Buy a plan on the hosted page and hear of it."""
        buyer = user_id or self.user_id
        started = checkout.start(buyer, self.price(plan, interval), quantity=quantity)
        (order,) = [row for row in builders.rows_of(OrderRow) if row.id == started.order_id]
        filled = {"email": "ada@example.com", "name": "Ada", "country": "US", "number": GOOD_CARD, **form}
        answer = self.served.browser.post(f"/stripe/checkout/{order.provider_session_id}", data={"do": "pay", **filled})
        assert answer.status_code in (200, 303), answer.text
        self.hear()
        return self.held(buyer)

    def hear(self, *, backwards: bool = False, again: bool = False) -> None:
        """Deliver the events that were not delivered yet (or all, `again`), oldest first, and work on them."""
        found = self.served.call("GET", "/events?limit=100").json()["data"]
        fresh = [event for event in found if again or event["id"] not in self._heard]
        for event in fresh if backwards else reversed(fresh):
            self._heard.add(event["id"])
            inbox.receive_and_wait("stripe", *delivery(event))
        while inbox.work():
            pass

    def held(self, user_id: str = "") -> SubscriptionRow:
        """The newest subscription as we keep it."""
        return builders.rows_of(SubscriptionRow, user_id=user_id or self.user_id)[-1]

    def pay_with(self, card: str, *, also_the_subscription: bool = True) -> None:
        """Give Ada another card (one of Stripe's `pm_card_…`), and let her subscription be paid with it."""
        row = self.held()
        client = self.served.client
        self.card = client.payment_methods.attach(card, {"customer": row.provider_customer_id or ""}).id
        if also_the_subscription:
            client.subscriptions.update(row.provider_subscription_id, {"default_payment_method": self.card})

    def at_stripe(self, row: SubscriptionRow | None = None) -> Any:
        """The subscription as the sandbox has it."""
        wanted = row or self.held()
        return self.served.client.subscriptions.retrieve(wanted.provider_subscription_id)

    def renewals(self) -> int:
        """How many renewals were charged."""
        invoices = self.served.client.invoices.list({"limit": 20}).data
        return len([each for each in invoices if each.billing_reason == "subscription_cycle" and each.status == "paid"])

    def credits(self, user_id: str = "") -> int:
        """What can be spent."""
        return credits.get_user_benefits(user_id or self.user_id).total_available_credits


@pytest.fixture
def house(database: str, tmp_path: Path, clock: time_machine.Traveller) -> Iterator[House]:
    """It is the first of April 2027: a month of 30 days begins."""
    from tests.sandbox.world import Served  # only who asks for a house needs a sandbox

    clock.move_to(FIRST_OF_APRIL)
    throttle.forget_everything()
    served = Served(tmp_path)
    registry.register(
        StripeProvider(
            secret_key="sk_test_house", webhook_secrets=[SECRET], api_base=f"{served.site}/stripe", timeout_seconds=10
        )
    )
    catalog.seed()
    catalog.provision_prices()
    with transaction() as session:
        keys = {row.id: row.key for row in plans.all_plans(session, "test")}
        prices = {(keys[price.plan_id], price.interval): price for price in plans.prices_of(session, keys)}
    yield House(served, builders.add_user(), prices, clock)
    registry.clear()
    served.close()
    inbox.stop()
    credits.stop()
    reset_settings()
