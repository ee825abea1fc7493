"""What is waiting for its time: invoice item, balance line, subscription schedule, test clock."""

from copy import deepcopy
from typing import Any

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects.billing import SELF


def invoice_item(id: str, created: int, customer: str, amount: int, currency: str, **fields: Any) -> Document:
    """Something that the customer's next invoice will charge or credit."""
    return {
        "id": id,
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "date": created,
        "description": None,
        "discountable": True,
        "discounts": [],
        "frozen_fields": [],
        "invoice": None,
        "invoicing_rules": None,
        "livemode": False,
        "metadata": {},
        "net_amount": amount,
        "parent": None,
        "period": {"end": created, "start": created},
        "pricing": None,
        "proration": False,
        "proration_details": None,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": None,
        **fields,
    }


def of_subscription(subscription: str, item: str | None = None) -> Document:
    """`parent` of an invoice item that belongs to a subscription."""
    details = {"subscription": subscription, "subscription_item": item}
    return {"subscription_details": details, "type": "subscription_details"}


def balance_line(id: str, created: int, customer: str, amount: int, currency: str, **fields: Any) -> Document:
    """One movement of a customer's balance."""
    return {
        "id": id,
        "object": "customer_balance_transaction",
        "amount": amount,
        "checkout_session": None,
        "created": created,
        "credit_note": None,
        "currency": currency,
        "customer": customer,
        "customer_account": None,
        "description": None,
        "ending_balance": 0,
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "type": "adjustment",
        **fields,
    }


def test_clock(id: str, created: int, frozen_time: int, name: str | None) -> Document:
    """A time of its own for a few customers."""
    return {
        "id": id,
        "object": "test_helpers.test_clock",
        "created": created,
        "deletes_after": created + 30 * 86400,
        "frozen_time": frozen_time,
        "livemode": False,
        "name": name,
        "status": "ready",
        "status_details": {"advancing": None},
    }


SETTINGS: Document = {
    "application_fee_percent": None,
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_cycle_anchor": "automatic",
    "billing_thresholds": None,
    "collection_method": "charge_automatically",
    "default_payment_method": None,
    "description": None,
    "invoice_settings": {
        "account_tax_ids": None,
        "custom_fields": None,
        "days_until_due": None,
        "description": None,
        "footer": None,
        "issuer": SELF,
    },
    "on_behalf_of": None,
    "transfer_data": None,
}


def schedule(id: str, created: int, customer: str, **fields: Any) -> Document:
    """What a subscription will be, phase by phase."""
    return {
        "id": id,
        "object": "subscription_schedule",
        "application": None,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible", "updated_at": created},
        "canceled_at": None,
        "completed_at": None,
        "created": created,
        "current_phase": None,
        "customer": customer,
        "customer_account": None,
        "default_settings": deepcopy(SETTINGS),
        "end_behavior": "release",
        "livemode": False,
        "metadata": {},
        "pause_schedules": [],
        "phases": [],
        "released_at": None,
        "released_subscription": None,
        "status": "active",
        "subscription": None,
        "test_clock": None,
        **fields,
    }


def phase(start: int, end: int, currency: str, items: list[Document], **fields: Any) -> Document:
    """One stretch of a schedule with the prices that hold in it."""
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": items,
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial": None,
        "trial_end": None,
        **fields,
    }


def phase_item(price: str, quantity: int, metadata: Document) -> Document:
    """One price of a phase; `plan` is its older name."""
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": metadata,
        "plan": price,
        "price": price,
        "quantity": quantity,
        "tax_rates": [],
    }
