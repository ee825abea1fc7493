"""The hosted checkout: session and line item."""

from copy import deepcopy
from typing import Any

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects import empty_address

INVOICE_DATA: Document = {
    "account_tax_ids": None,
    "custom_fields": None,
    "description": None,
    "footer": None,
    "issuer": None,
    "metadata": {},
    "rendering_options": None,
}


SESSION: Document = {
    "object": "checkout.session",
    "adaptive_pricing": {"enabled": False},
    "after_expiration": None,
    "allow_promotion_codes": None,
    "allowed_payment_method_types": None,
    "amount_subtotal": None,
    "amount_total": None,
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "billing_address_collection": None,
    "branding_settings": {
        "background_color": "#ffffff",
        "border_style": "rounded",
        "button_color": "#4f46e5",
        "display_name": "Sandbox",
        "font_family": "default",
        "icon": None,
        "logo": None,
    },
    "cancel_url": None,
    "client_reference_id": None,
    "client_secret": None,
    "collected_information": None,
    "consent": None,
    "consent_collection": None,
    "currency": None,
    "currency_conversion": None,
    "custom_fields": [],
    "custom_text": {
        "after_submit": None,
        "shipping_address": None,
        "submit": None,
        "terms_of_service_acceptance": None,
    },
    "customer": None,
    "customer_account": None,
    "customer_creation": None,
    "customer_details": None,
    "customer_email": None,
    "discounts": [],
    "excluded_payment_method_types": None,
    "integration_identifier": None,
    "invoice": None,
    "invoice_creation": None,
    "line_items": None,
    "livemode": False,
    "locale": None,
    "managed_payments": {"enabled": False},
    "metadata": {},
    "name_collection": None,
    "optional_items": [],
    "origin_context": None,
    "payment_intent": None,
    "payment_link": None,
    "payment_method_collection": None,
    "payment_method_configuration_details": None,
    "payment_method_options": {
        "card": {
            "capture_method": None,
            "installments": None,
            "request_extended_authorization": None,
            "request_incremental_authorization": None,
            "request_multicapture": None,
            "request_overcapture": None,
            "request_three_d_secure": "automatic",
            "restrictions": None,
            "setup_future_usage": None,
            "statement_descriptor_suffix_kana": None,
            "statement_descriptor_suffix_kanji": None,
        }
    },
    "payment_method_types": ["card", "us_bank_account"],
    "payment_status": "unpaid",
    "permissions": None,
    "phone_number_collection": {"enabled": False},
    "presentment_details": None,
    "recovered_from": None,
    "redirect_on_completion": None,
    "return_url": None,
    "saved_payment_method_options": None,
    "setup_intent": None,
    "shipping_address_collection": None,
    "shipping_cost": None,
    "shipping_options": [],
    "status": "open",
    "submit_type": None,
    "subscription": None,
    "success_url": None,
    "tax_id_collection": {"enabled": False, "required": "never"},
    "total_details": None,
    "ui_mode": "hosted_page",
    "url": None,
    "wallet_options": None,
}


def session(id: str, created: int, mode: str, **fields: Any) -> Document:
    """A checkout session; `line_items` and `total_details.breakdown` are filled in only when expanded."""
    return {
        **deepcopy(SESSION),
        "id": id,
        "created": created,
        "expires_at": created + 86400,
        "mode": mode,
        **fields,
    }


def customer_details(**fields: Any) -> Document:
    """What the customer said about themselves on the page."""
    return {
        "address": None,
        "business_name": None,
        "email": None,
        "individual_name": None,
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": None,
        **fields,
    }


def address(**fields: Any) -> Document:
    """An address of which only some lines may be known."""
    return {**empty_address(), **fields}


def line_item(id: str, currency: str, description: str, price: str, quantity: int, **fields: Any) -> Document:
    """One line of a session; `price` is kept as an id and shown as the whole price."""
    return {
        "id": id,
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": 0,
        "amount_tax": 0,
        "amount_total": 0,
        "currency": currency,
        "description": description,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": quantity,
        "taxes": [],
        **fields,
    }
