"""The payment companies that the contract is told against: how their customers pay, lose cards, and what is delivered."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import httpx

from nestpay.billing import clock
from nestpay.providers.base import PaymentProvider
from nestpay.providers.creem.client import CreemProvider
from nestpay.providers.stripe.client import StripeProvider
from nestpay.store.tables import OrderRow, SubscriptionRow
from tests import creem_edge, stripe_objects
from tests.sandbox.world import Served

GOOD_CARD, FAILING_CARD = "4242424242424242", "4000000000000341"
Delivery = tuple[bytes, dict[str, str]]


class Company(Protocol):
    """One company as its customers and their banks know it."""

    @property
    def provider(self) -> PaymentProvider:
        """Ours that speaks with it."""
        ...

    def pay(self, order: OrderRow) -> None:
        """Let the customer pay an order on the company's page."""
        ...

    def lose_card(self, held: SubscriptionRow) -> None:
        """From now on the customer's card refuses."""
        ...

    def mend_card(self, held: SubscriptionRow) -> None:
        """The customer gives a card that pays, and what is owed is paid."""
        ...

    def dispute(self, order: OrderRow) -> None:
        """The customer's bank takes a payment back."""
        ...

    def deliveries(self) -> list[Delivery]:
        """What happened since the last time, signed, the oldest first."""
        ...

    def move_to(self, moment: datetime) -> None:
        """It is this late at the company, and for our billing's clock."""
        ...


@dataclass
class _AtTheSandbox:
    """What is the same for the companies that the sandbox plays."""

    served: Served
    _heard: int = 0

    kind = ""

    def move_to(self, moment: datetime) -> None:
        if moment.timestamp() > self.served.sandbox.world.clock.now():
            answer = self.served.browser.post("/clock", json={"to": moment.isoformat()}, timeout=60)
            assert answer.status_code == 200, answer.text
        clock.follow(self.served.sandbox.world.clock.offset)

    def _events(self) -> list[dict[str, Any]]:
        with sqlite3.connect(self.served.folder / "sandbox.sqlite", timeout=10) as books:
            query = "select seq, body from documents where kind = ? and seq > ? order by seq"
            rows = books.execute(query, (self.kind, self._heard)).fetchall()
        self._heard = rows[-1][0] if rows else self._heard
        return [json.loads(body) for _, body in rows]

    def _press(self, address: str, **form: str) -> None:
        filled = {"email": "ada@example.com", "name": "Ada", "country": "US", "number": GOOD_CARD, **form}
        answer = self.served.browser.post(address, data={"do": "pay", **filled})
        assert answer.status_code in (200, 303), answer.text

    def _pull(self, address: str, **given: str) -> None:
        answer: httpx.Response = self.served.browser.post(address, json=given)
        assert answer.status_code == 200, answer.text


class AtStripe(_AtTheSandbox):
    """Stripe's customers."""

    kind = "event"

    @property
    def provider(self) -> PaymentProvider:
        """Our Stripe client."""
        return StripeProvider(
            secret_key="sk_test_contract",
            webhook_secrets=[stripe_objects.SECRET],
            api_base=f"{self.served.site}/stripe",
            timeout_seconds=10,
        )

    def pay(self, order: OrderRow) -> None:
        self._press(f"/stripe/checkout/{order.provider_session_id}")

    def lose_card(self, held: SubscriptionRow) -> None:
        self._give(held, "pm_card_chargeCustomerFail")

    def mend_card(self, held: SubscriptionRow) -> None:
        self._give(held, "pm_card_visa")
        owed = self.served.client.invoices.list({"subscription": held.provider_subscription_id, "status": "open"})
        for invoice in owed.data:
            self.served.client.invoices.pay(invoice.id)

    def _give(self, held: SubscriptionRow, card: str) -> None:
        client = self.served.client
        method = client.payment_methods.attach(card, {"customer": held.provider_customer_id or ""}).id
        client.subscriptions.update(held.provider_subscription_id, {"default_payment_method": method})

    def dispute(self, order: OrderRow) -> None:
        self._pull("/stripe-controls/dispute", payment_intent=order.provider_payment_intent_id or "")

    def deliveries(self) -> list[Delivery]:
        return [stripe_objects.delivery(event) for event in self._events()]


class AtCreem(_AtTheSandbox):
    """Creem's customers."""

    kind = "creem.event"

    @property
    def provider(self) -> PaymentProvider:
        """Our Creem client."""
        return CreemProvider(
            api_key=creem_edge.KEY,
            webhook_secrets=[creem_edge.SECRET],
            api_base=f"{self.served.site}/creem",
            timeout_seconds=10,
        )

    def pay(self, order: OrderRow) -> None:
        self._press(order.checkout_url)

    def lose_card(self, held: SubscriptionRow) -> None:
        self._pull("/creem-controls/card", subscription=held.provider_subscription_id, number=FAILING_CARD)

    def mend_card(self, held: SubscriptionRow) -> None:
        self._pull("/creem-controls/card", subscription=held.provider_subscription_id, number=GOOD_CARD)

    def dispute(self, order: OrderRow) -> None:
        self._pull("/creem-controls/dispute", transaction=order.provider_payment_intent_id or "")

    def deliveries(self) -> list[Delivery]:
        return [creem_edge.delivery(event) for event in self._events()]


COMPANIES = {"stripe": AtStripe, "creem": AtCreem}
