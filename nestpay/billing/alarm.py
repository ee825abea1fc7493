"""Tells the operator when money came and what it should have granted was given up."""

from nestpay.domain.errors import NestpayError
from nestpay.domain.facts import CheckoutPaid, InvoicePaid
from nestpay.domain.letters import Letter
from nestpay.providers import registry
from nestpay.settings import DEFAULT_LOCALE, get_settings
from nestpay.store.events import Claimed


def grant_failed(claimed: Claimed, error: str) -> list[Letter]:
    """The mail about an event that was given up: when it grants, or cannot even be read. None without an address."""
    admin = get_settings().admin_email
    if not admin:
        return []
    event_id, event_type = claimed.id, "an event that cannot be read"
    try:
        provider = registry.get(claimed.provider)
        event = provider.parse_event(claimed.payload)
        event_id, event_type = event.id, event.type
        grants = any(isinstance(fact, CheckoutPaid | InvoicePaid) for fact in provider.translate(event))
    except NestpayError:
        grants = True
    if not grants:
        return []
    return [
        Letter(
            dedupe_key=f"credit_grant_failed:{claimed.id}",
            recipient=admin,
            template="credit_grant_failed",
            locale=DEFAULT_LOCALE,
            context={"event": event_id, "event_type": event_type, "reason": error},
        )
    ]
