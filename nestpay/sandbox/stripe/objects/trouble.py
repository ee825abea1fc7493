"""What goes wrong after a payment: dispute, early fraud warning."""

from typing import Any

from nestpay.sandbox.documents import Document

EVIDENCE = (
    "access_activity_log appeal billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt refund_policy "
    "refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address shipping_carrier "
    "shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
).split()
NO_PROGRAM: Document = {"mastercard_compliance": None, "visa_compelling_evidence_3": None, "visa_compliance": None}


def dispute(
    id: str, created: int, charge: Document, amount: int, due_by: int, inquiry: bool, **fields: Any
) -> Document:
    """A customer's bank asks for money back, or (an inquiry) for an explanation."""
    card = charge["payment_method_details"].get("card")
    case = {"case_type": "inquiry" if inquiry else "chargeback", "network_reason_code": "10.4"}
    by_card = {"brand": card["brand"], "network": card["network"], **case} if card else None
    return {
        "id": id,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {
            **dict.fromkeys(EVIDENCE),
            "billing_address": charge["billing_details"]["address"]["line1"],
            "customer_email_address": charge["billing_details"]["email"],
            "customer_name": charge["billing_details"]["name"],
            "enhanced_evidence": dict(NO_PROGRAM),
        },
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": dict(NO_PROGRAM),
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "intended_submission_method": None,
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {"amazon_pay": None, "card": by_card, "klarna": None, "paypal": None, "type": "card"}
        if by_card
        else None,
        "reason": "fraudulent",
        "status": "warning_needs_response" if inquiry else "needs_response",
        **fields,
    }


def early_fraud_warning(id: str, created: int, charge: Document, actionable: bool, fraud_type: str) -> Document:
    """The card's issuer believes that a payment was fraud; a dispute may follow."""
    return {
        "id": id,
        "object": "radar.early_fraud_warning",
        "actionable": actionable,
        "charge": charge["id"],
        "created": created,
        "fraud_type": fraud_type,
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
