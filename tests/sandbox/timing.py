"""A customer whose months pass in a moment: a test clock, a card, a subscription and what can be asked of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import stripe

from tests.sandbox.world import Served, eventually

HOUR, DAY = 3600, 86400


def moment(year: int, month: int, day: int, hour: int = 10, minute: int = 0, second: int = 0) -> int:
    """A time in UTC as seconds."""
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


def date(seconds: int) -> str:
    """The day of a time, as text."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


@dataclass
class Life:
    """One customer on a test clock of their own, with a good card unless `card` says otherwise (None for no card)."""

    sandbox: Served
    start: int = moment(2026, 1, 1)
    card: str | None = "pm_card_visa"
    clock: stripe.test_helpers.TestClock = field(init=False)
    customer: stripe.Customer = field(init=False)
    client: Any = field(init=False)

    def __post_init__(self) -> None:
        """Begin."""
        self.client = client = self.sandbox.client
        self.clock = client.test_helpers.test_clocks.create({"frozen_time": self.start})
        self.customer = client.customers.create({"email": "ada@example.com", "test_clock": self.clock.id})
        if self.card:
            self.pays_with(self.card)

    def pays_with(self, card: str) -> str:
        """From now on the customer pays with this card."""
        client = self.sandbox.client
        method = client.payment_methods.attach(card, {"customer": self.customer.id})
        client.customers.update(self.customer.id, {"invoice_settings": {"default_payment_method": method.id}})
        return method.id

    def subscribe(self, price: stripe.Price, quantity: int = 1, **more: Any) -> stripe.Subscription:
        """A subscription to that price."""
        params = {"customer": self.customer.id, "items": [{"price": price.id, "quantity": quantity}], **more}
        return self.client.subscriptions.create(params)

    def until(self, target: int) -> None:
        """Let time pass, and wait until all that was due is done."""
        clocks = self.sandbox.client.test_helpers.test_clocks
        clocks.advance(self.clock.id, {"frozen_time": target})
        eventually(lambda: clocks.retrieve(self.clock.id).status == "ready")

    def now(self, subscription: stripe.Subscription, *expand: str) -> Any:
        """The subscription as it is."""
        return self.client.subscriptions.retrieve(subscription.id, {"expand": list(expand)})

    def invoices(self) -> list[stripe.Invoice]:
        """All invoices, oldest first."""
        found = self.sandbox.client.invoices.list({"customer": self.customer.id, "limit": 100}).data
        return list(reversed(found))

    def balance(self) -> int:
        """The customer's balance; credit is below zero."""
        return int(self.sandbox.client.customers.retrieve(self.customer.id).balance or 0)

    def change(self, subscription: stripe.Subscription, price: stripe.Price, **more: Any) -> Any:
        """The parameters of an update that puts the only item on another price."""
        return {"items": [{"id": self.now(subscription).items.data[0].id, "price": price.id}], **more}

    def preview(self, subscription: stripe.Subscription, **details: Any) -> stripe.Invoice:
        """What a change would charge."""
        params: dict[str, Any] = {"subscription": subscription.id}
        if details:
            params["subscription_details"] = details
        return self.client.invoices.create_preview(params)


def amounts(invoice: Any) -> list[int]:
    """The amounts of the lines."""
    return [line.amount for line in invoice.lines.data]
