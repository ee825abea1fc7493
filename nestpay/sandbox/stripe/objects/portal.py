"""The billing portal: session, its flow, and the configuration that says what a customer may do."""

from typing import Any

from nestpay.sandbox.documents import Document

REASONS = (
    "too_expensive missing_features switched_service unused customer_service too_complex low_quality other".split()
)
FEATURES: Document = {
    "customer_update": {"allowed_updates": ["name", "email", "address", "phone"], "enabled": True},
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": True, "feedback_options": None, "options": REASONS},
        "enabled": True,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": ["price", "quantity"],
        "enabled": True,
        "products": None,
        "proration_behavior": "always_invoice",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "continue_trial",
    },
}


def session(id: str, created: int, customer: str, configuration: str, url: str, **fields: Any) -> Document:
    """One visit of a customer to the portal."""
    return {
        "id": id,
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": configuration,
        "created": created,
        "customer": customer,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": None,
        "url": url,
        **fields,
    }


def flow(type: str, own: Document | None, after_completion: Document | None) -> Document:
    """The one thing that a customer is sent to do."""
    after = after_completion or {"type": "portal_homepage"}
    kinds = "customer_update subscription_cancel subscription_pause subscription_update subscription_update_confirm"
    return {
        "after_completion": {
            "hosted_confirmation": _confirmation(after) if after["type"] == "hosted_confirmation" else None,
            "redirect": after.get("redirect") if after["type"] == "redirect" else None,
            "type": after["type"],
        },
        **dict.fromkeys(kinds.split()),
        **({type: own} if own is not None else {}),
        "type": type,
    }


def _confirmation(after: Document) -> Document:
    return {"custom_message": (after.get("hosted_confirmation") or {}).get("custom_message")}


def configuration(id: str, created: int, features: Document, **fields: Any) -> Document:
    """What customers may do in the portal, and what it says about the business."""
    return {
        "id": id,
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": created,
        "default_return_url": None,
        "features": features,
        "is_default": False,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": created,
        **fields,
    }
