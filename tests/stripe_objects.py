"""Stripe's objects and deliveries for tests, made through the installed SDK's own classes and signed as Stripe signs."""

import json
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any

import stripe

SECRET = "whsec_tests"
API_VERSION = "2026-10-28.endive"
JANUARY, FEBRUARY, MARCH, APRIL = (
    int(datetime(2027, month, day, tzinfo=UTC).timestamp()) for month, day in ((1, 31), (2, 28), (3, 31), (4, 30))
)

_numbers = count(1)


def event(kind: str, thing: dict[str, Any], *, id: str | None = None, livemode: bool = False) -> dict[str, Any]:
    """An event of type `kind` about `thing`, through `stripe.Event`."""
    built = stripe.Event.construct_from(
        {
            "id": id or f"evt_{next(_numbers)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "data": {"object": thing},
            "livemode": livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        },
        "sk_test_builder",
    )
    return built.to_dict()


def delivery(
    body: dict[str, Any] | bytes, *, secret: str = SECRET, at: float | None = None
) -> tuple[bytes, dict[str, str]]:
    """The raw body and the headers of a signed delivery."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = stripe.WebhookSignature.generate_signature_header(raw.decode(), secret, int(at or time.time()))
    return raw, {"stripe-signature": signed}


def checkout_session(
    session_id: str, *, customer: str | None, metadata: dict[str, str], **fields: Any
) -> dict[str, Any]:
    """A completed and paid one-time session of 9 dollars; `fields` make it another one."""
    values = {
        "id": session_id,
        "object": "checkout.session",
        "amount_subtotal": 900,
        "amount_total": 900,
        "client_reference_id": metadata.get("user_id"),
        "currency": "usd",
        "customer": customer,
        "expires_at": int(time.time()) + 86_400,
        "invoice": None,
        "livemode": False,
        "metadata": metadata,
        "mode": "payment",
        "payment_intent": f"pi_of_{session_id}",
        "payment_status": "paid",
        "status": "complete",
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "url": None,
        **fields,
    }
    return stripe.checkout.Session.construct_from(values, "sk_test_builder").to_dict()


def refund(refund_id: str, payment_intent: str, amount: int = 900, **fields: Any) -> dict[str, Any]:
    """A refund of a payment that went through."""
    values = {
        "id": refund_id,
        "object": "refund",
        "amount": amount,
        "charge": None,
        "currency": "usd",
        "payment_intent": payment_intent,
        "reason": "requested_by_customer",
        "status": "succeeded",
        **fields,
    }
    return stripe.Refund.construct_from(values, "sk_test_builder").to_dict()


def subscription_session(
    session_id: str, subscription_id: str, *, customer: str | None, metadata: dict[str, str], **fields: Any
) -> dict[str, Any]:
    """A completed session that began a subscription of 19 dollars."""
    values = {"mode": "subscription", "subscription": subscription_id, "payment_intent": None}
    amounts = {"amount_subtotal": 1900, "amount_total": 1900, "invoice": f"in_of_{subscription_id}"}
    return checkout_session(session_id, customer=customer, metadata=metadata, **{**values, **amounts, **fields})


def subscription(
    subscription_id: str,
    *,
    customer: str,
    price: str,
    metadata: dict[str, str] | None = None,
    start: int = JANUARY,
    end: int = FEBRUARY,
    **fields: Any,
) -> dict[str, Any]:
    """An active subscription with one item, its period on the item as Stripe has it since basil."""
    item = {
        "id": f"si_of_{subscription_id}",
        "object": "subscription_item",
        "created": JANUARY,
        "current_period_start": start,
        "current_period_end": end,
        "metadata": {},
        "price": {"id": price, "object": "price", "currency": "usd", "product": f"prod_of_{price}"},
        "quantity": 1,
        "subscription": subscription_id,
    }
    values = {
        "id": subscription_id,
        "object": "subscription",
        "billing_cycle_anchor": JANUARY,
        "billing_mode": {"type": "flexible"},
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "created": JANUARY,
        "currency": "usd",
        "customer": customer,
        "ended_at": None,
        "items": {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"},
        "metadata": metadata or {},
        "status": "active",
        "trial_end": None,
        "trial_start": None,
        **fields,
    }
    return stripe.Subscription.construct_from(values, "sk_test_builder").to_dict()


def invoice_line(
    price: str, *, start: int = JANUARY, end: int = FEBRUARY, amount: int = 1900, **fields: Any
) -> dict[str, Any]:
    """One line for one item of a subscription."""
    details = {"subscription_item": "si_1", "proration": fields.pop("proration", False), "subscription": None}
    return {
        "id": f"il_{next(_numbers)}",
        "object": "line_item",
        "amount": amount,
        "currency": "usd",
        "parent": {"type": "subscription_item_details", "subscription_item_details": details},
        "period": {"start": start, "end": end},
        "pricing": {"type": "price_details", "price_details": {"price": price, "product": f"prod_of_{price}"}},
        "quantity": 1,
        **fields,
    }


def paid_invoice(
    invoice_id: str,
    *,
    customer: str | None,
    subscription: str | None,
    price: str = "",
    metadata: dict[str, str] | None = None,
    start: int = JANUARY,
    end: int = FEBRUARY,
    **fields: Any,
) -> dict[str, Any]:
    """A paid invoice of 19 dollars for a subscription's first period; `fields` make it another one."""
    parent = {
        "type": "subscription_details",
        "quote_details": None,
        "subscription_details": {"subscription": subscription, "metadata": metadata or {}},
    }
    payment = {
        "id": f"inpay_of_{invoice_id}",
        "object": "invoice_payment",
        "payment": {"type": "payment_intent", "payment_intent": f"pi_of_{invoice_id}"},
    }
    values = {
        "id": invoice_id,
        "object": "invoice",
        "billing_reason": "subscription_create",
        "currency": "usd",
        "customer": customer,
        "hosted_invoice_url": f"https://invoice.example/{invoice_id}",
        "lines": {"object": "list", "data": [invoice_line(price, start=start, end=end)], "has_more": False},
        "parent": parent if subscription else None,
        "payments": {"object": "list", "data": [payment], "has_more": False},
        "status": "paid",
        "subtotal": 1900,
        "total": 1900,
        "total_discount_amounts": [],
        "total_taxes": [],
        **fields,
    }
    return stripe.Invoice.construct_from(values, "sk_test_builder").to_dict()
