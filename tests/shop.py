"""Fixtures: a shop with the starter's plans, one buyer, and Stripe's network edge; rooms take them into their conftest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import time_machine

from nestpay.billing import credits, inbox, throttle
from nestpay.providers import registry
from nestpay.providers.stripe.client import StripeProvider
from nestpay.settings import reset_settings
from nestpay.store.tables import PriceRecord
from tests import builders
from tests.stripe_edge import StripeEdge
from tests.stripe_objects import SECRET

FIRST_OF_FEBRUARY = datetime(2027, 2, 1, 12, tzinfo=UTC)


@pytest.fixture
def stripe_edge() -> Iterator[StripeEdge]:
    """What answers in Stripe's place; our provider `stripe` talks to it."""
    edge = StripeEdge()
    edge.start()
    registry.register(
        StripeProvider(secret_key="sk_test_edge", webhook_secrets=[SECRET], api_base=edge.url, timeout_seconds=5)
    )
    yield edge
    registry.clear()
    edge.stop()


@dataclass(frozen=True)
class Shop:
    """The starter's plans for sale, and Ada, whom Stripe knows as `cus_ada`."""

    user_id: str
    customer_id: str
    prices: dict[tuple[str, str], PriceRecord]
    edge: StripeEdge

    @property
    def pack(self) -> PriceRecord:
        return self.prices["credits-500", "once"]

    @property
    def pro(self) -> PriceRecord:
        return self.prices["pro", "month"]

    @property
    def pro_plan(self) -> str:
        """The id of the plan that `pro` buys."""
        assert self.pro.plan_id
        return self.pro.plan_id

    def metadata(self, price: PriceRecord, order_id: str = "") -> dict[str, str]:
        """What checkout writes on sessions and subscriptions."""
        known = {"user_id": self.user_id, "price_id": price.id, "plan_id": price.plan_id}
        return {**known, "order_id": order_id} if order_id else known


@pytest.fixture
def shop(database: str, stripe_edge: StripeEdge, clock: time_machine.Traveller) -> Iterator[Shop]:
    """It is the first of February 2027, on a fresh database of each kind."""
    clock.move_to(FIRST_OF_FEBRUARY)
    throttle.forget_everything()
    user_id = builders.add_user()
    yield Shop(user_id, builders.add_customer(user_id, "cus_ada"), builders.seed_catalogue(), stripe_edge)
    inbox.stop()
    credits.stop()
    reset_settings()
