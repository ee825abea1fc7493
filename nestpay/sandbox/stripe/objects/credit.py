"""What takes an invoice back in part or whole: credit note and its line."""

from typing import Any

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.objects import listing


def credit_note(id: str, created: int, invoice: Document, amount: int, pdf: str, **fields: Any) -> Document:
    """A credit note over `amount`, in minor units of the invoice's currency, tax included."""
    return {
        "id": id,
        "object": "credit_note",
        "amount": amount,
        "amount_shipping": 0,
        "created": created,
        "currency": invoice["currency"],
        "customer": invoice["customer"],
        "customer_account": None,
        "customer_balance_transaction": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "effective_at": created,
        "invoice": invoice["id"],
        "lines": listing([], f"/v1/credit_notes/{id}/lines"),
        "livemode": False,
        "memo": None,
        "metadata": {},
        "number": "",
        "out_of_band_amount": None,
        "pdf": pdf,
        "post_payment_amount": 0,
        "pre_payment_amount": 0,
        "pretax_credit_amounts": [],
        "reason": None,
        "refunds": [],
        "shipping_cost": None,
        "status": "issued",
        "subtotal": amount,
        "subtotal_excluding_tax": amount,
        "total": amount,
        "total_excluding_tax": amount,
        "total_taxes": [],
        "type": "post_payment",
        "voided_at": None,
        **fields,
    }


def credit_note_line(id: str, amount: int, **fields: Any) -> Document:
    """One line of a credit note."""
    return {
        "id": id,
        "object": "credit_note_line_item",
        "amount": amount,
        "description": None,
        "discount_amount": 0,
        "discount_amounts": [],
        "invoice_line_item": None,
        "livemode": False,
        "metadata": {},
        "pretax_credit_amounts": [],
        "quantity": 1,
        "tax_rates": [],
        "taxes": [],
        "type": "custom_line_item",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
        **fields,
    }
