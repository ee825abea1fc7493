"""Customers and the ways they pay: customer, payment method."""

from typing import Any

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects import empty_address

OTHER_KINDS_OF_PAYMENT = (
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie bizum blik boleto card "
    "card_present cashapp crypto custom customer_balance eps fpx giropay grabpay ideal interac_present kakao_pay klarna konbini "
    "kr_card link mb_way mobilepay multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix "
    "promptpay revolut_pay samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account "
    "wechat_pay zip"
).split()


def customer(id: str, created: int, **fields: Any) -> Document:
    """A customer; `subscriptions`, `sources`, `tax_ids` and `tax` are filled in only when expanded."""
    return {
        "id": id,
        "object": "customer",
        "address": None,
        "balance": 0,
        "business_name": None,
        "cash_balance": None,
        "created": created,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "individual_name": None,
        "invoice_credit_balance": {},
        "invoice_prefix": None,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "sources": None,
        "subscriptions": None,
        "tax": None,
        "tax_exempt": "none",
        "tax_ids": None,
        "test_clock": None,
        **fields,
    }


def billing_details(details: Document | None = None) -> Document:
    """Who pays, as charges and payment methods carry it."""
    given = details or {}
    return {
        "address": {**empty_address(), **(given.get("address") or {})},
        "email": given.get("email"),
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tax_id": given.get("tax_id"),
    }


def payment_method(id: str, created: int, type: str, own: Document, **fields: Any) -> Document:
    """A payment method; `own` is the hash that belongs to its type."""
    return {
        "id": id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(),
        "created": created,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "radar_options": {"session": None},
        "type": type,
        **dict.fromkeys(OTHER_KINDS_OF_PAYMENT),
        type: own,
        **fields,
    }


def card(
    brand: str, last4: str, country: str, funding: str, fingerprint: str, exp_month: int, exp_year: int
) -> Document:
    """The `card` hash of a payment method."""
    return {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": country,
        "description": None,
        "display_brand": brand,
        "exp_month": exp_month,
        "exp_year": exp_year,
        "fingerprint": fingerprint,
        "funding": funding,
        "generated_from": None,
        "iin": None,
        "issuer": None,
        "last4": last4,
        "networks": {"available": [brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }


def us_bank_account(last4: str, fingerprint: str) -> Document:
    """The `us_bank_account` hash of a payment method."""
    return {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "financial_connections_account": None,
        "fingerprint": fingerprint,
        "last4": last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": "110000000",
        "status_details": {"blocked": None},
    }


def sepa_debit(last4: str, fingerprint: str) -> Document:
    """The `sepa_debit` hash of a payment method."""
    return {
        "bank_code": "37040044",
        "branch_code": "",
        "country": "DE",
        "fingerprint": fingerprint,
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": last4,
    }
