"""The company's client: the account that sells, and its balance."""

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects import empty_address

ACCOUNT_ID = "acct_sandbox00000000"
SETTINGS: Document = {
    "bacs_debit_payments": None,
    "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
    "card_issuing": None,
    "card_payments": {
        "decline_on": {"avs_failure": False, "cvc_failure": True},
        "statement_descriptor_prefix": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "dashboard": {"display_name": "Sandbox", "timezone": "Etc/UTC"},
    "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
    "payments": {
        "statement_descriptor": "SANDBOX",
        "statement_descriptor_kana": None,
        "statement_descriptor_kanji": None,
        "statement_descriptor_prefix_kana": None,
        "statement_descriptor_prefix_kanji": None,
    },
    "payouts": None,
    "paypay_payments": None,
    "sepa_debit_payments": None,
    "treasury": None,
}


def account(site: str) -> Document:
    """The account behind every key; of a standard account's own settings only what clients read."""
    nobody = dict.fromkeys(("date", "ip", "user_agent"))
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_profile": {
            "annual_revenue": None,
            "estimated_worker_count": None,
            "mcc": "5734",
            "minority_owned_business_designation": None,
            "monthly_estimated_revenue": None,
            "name": "Sandbox",
            "product_description": None,
            "specified_commercial_transactions_act_url": None,
            "support_address": empty_address(),
            "support_email": None,
            "support_phone": None,
            "support_url": None,
            "url": site,
        },
        "business_type": "company",
        "capabilities": None,
        "charges_enabled": True,
        "company": None,
        "controller": None,
        "country": "US",
        "created": 1700000000,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "owner@sandbox.example",
        "external_accounts": None,
        "future_requirements": None,
        "groups": None,
        "individual": None,
        "metadata": {},
        "payouts_enabled": True,
        "requirements": None,
        "settings": SETTINGS,
        "tos_acceptance": {**nobody, "service_agreement": None},
        "type": "standard",
    }


def balance(available: dict[str, int], pending: dict[str, int]) -> Document:
    """What the account holds, by currency, in minor units."""

    def parts(amounts: dict[str, int]) -> list[Document]:
        kinds = {"bank_account": None, "fpx": None}
        return [
            {"amount": amount, "currency": currency, "source_types": {"card": amount, **kinds}}
            for currency, amount in sorted(amounts.items())
        ]

    return {
        "object": "balance",
        "available": parts(available),
        "connect_reserved": None,
        "instant_available": None,
        "issuing": None,
        "livemode": False,
        "pending": parts(pending),
        "refund_and_dispute_prefunding": None,
    }
