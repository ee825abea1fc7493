"""Webhook deliveries as Stripe sends them: whole objects, pretty-printed JSON, signed, ready to be written to a socket."""

import hashlib
import hmac
import json
import time
import uuid
from typing import Any

from benchmarks.customers import Waiting
from benchmarks.workbench import WEBHOOK_SECRET

_API_VERSION = "2026-10-28.endive"
WEBHOOK_PATH, BARE_PATH = "/api/webhooks/stripe", "/bare"
CHECK_PATH, BARE_CHECK_PATH = "/api/v1/entitlements/api", "/bare/entitlements/api"
DEDUCT_PATH, BARE_DEDUCT_PATH = "/api/v1/credits/deduct", "/bare/deduct"


def signed(body: bytes) -> tuple[bytes, dict[str, str]]:
    """A body and its headers. Signatures are good for five minutes: make them right before they are sent."""
    signed_at = int(time.time())
    digest = hmac.new(WEBHOOK_SECRET.encode(), b"%d." % signed_at + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Accept": "*/*",
        "Stripe-Signature": f"t={signed_at},v1={digest}",
    }
    return body, headers


def request(body: bytes, path: str = WEBHOOK_PATH) -> bytes:
    """A signed HTTP request, ready to be written to a socket."""
    body, headers = signed(body)
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def stored_only() -> bytes:
    """An event of a type that is stored and asks for nothing."""
    return _event("payment_intent.created", _payment_intent())


def purchase(waiting: Waiting) -> bytes:
    """The event of a customer who paid a waiting order."""
    return _event("checkout.session.completed", _session(waiting))


def _event(event_type: str, thing: dict[str, Any]) -> bytes:
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "object": "event",
        "api_version": _API_VERSION,
        "created": int(time.time()),
        "data": {"object": thing},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{uuid.uuid4().hex[:14]}", "idempotency_key": str(uuid.uuid4())},
        "type": event_type,
    }
    return json.dumps(event, indent=2).encode()


def _payment_intent() -> dict[str, Any]:
    empty = (
        "application application_fee_amount canceled_at cancellation_reason description last_payment_error latest_charge "
        "next_action on_behalf_of payment_method processing receipt_email review setup_future_usage shipping source "
        "statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
    )
    return {
        **dict.fromkeys(empty.split()),
        "id": f"pi_{uuid.uuid4().hex[:24]}",
        "object": "payment_intent",
        "amount": 1900,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "capture_method": "automatic_async",
        "client_secret": f"pi_{uuid.uuid4().hex}_secret_{uuid.uuid4().hex[:25]}",
        "confirmation_method": "automatic",
        "created": int(time.time()),
        "currency": "usd",
        "customer": f"cus_{uuid.uuid4().hex[:14]}",
        "livemode": False,
        "metadata": {"order_id": uuid.uuid4().hex, "user_id": uuid.uuid4().hex},
        "payment_method_options": {"card": {"network": None, "request_three_d_secure": "automatic"}},
        "payment_method_types": ["card", "link"],
        "status": "requires_payment_method",
    }


def _session(waiting: Waiting) -> dict[str, Any]:
    empty = (
        "after_expiration branding_settings cancel_url client_secret collected_information consent consent_collection "
        "currency_conversion customer_account customer_email discounts invoice locale origin_context payment_link "
        "payment_method_configuration_details permissions recovered_from saved_payment_method_options setup_intent "
        "shipping_address_collection shipping_cost submit_type subscription ui_mode url wallet_options"
    )
    return {
        **dict.fromkeys(empty.split()),
        "id": waiting.session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "allow_promotion_codes": True,
        "amount_subtotal": waiting.amount,
        "amount_total": waiting.amount,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": "auto",
        "client_reference_id": waiting.user_id,
        "created": int(time.time()) - 60,
        "currency": "usd",
        "custom_fields": [],
        "custom_text": dict.fromkeys(("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")),
        "customer": waiting.customer_id,
        "customer_creation": "if_required",
        "customer_details": {
            "address": {**dict.fromkeys(("city", "line1", "line2", "state")), "country": "FR", "postal_code": "75011"},
            "business_name": None,
            "email": "ada@example.com",
            "individual_name": None,
            "name": "Ada Lovelace",
            "phone": None,
            "tax_exempt": "none",
            "tax_ids": [],
        },
        "expires_at": int(time.time()) + 86_000,
        "invoice_creation": {
            "enabled": False,
            "invoice_data": {
                **dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer", "issuer")),
                "metadata": {},
                "rendering_options": None,
            },
        },
        "livemode": False,
        "metadata": {"order_id": waiting.order_id, "user_id": waiting.user_id, "price_id": waiting.price_id},
        "mode": "payment",
        "payment_intent": f"pi_{uuid.uuid4().hex[:24]}",
        "payment_method_collection": "if_required",
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card", "link"],
        "payment_status": "paid",
        "phone_number_collection": {"enabled": False},
        "presentment_details": None,
        "shipping_options": [],
        "status": "complete",
        "success_url": "http://127.0.0.1:8000/payment/success?session_id={CHECKOUT_SESSION_ID}",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }
