"""What the company tells its clients: event, webhook endpoint, tax rate."""

from typing import Any

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import API_VERSION


def event(id: str, created: int, type: str, data: Document, request: Document) -> Document:
    """An event; `pending_webhooks` is counted whenever it is shown or sent."""
    return {
        "id": id,
        "object": "event",
        "account": None,
        "api_version": API_VERSION,
        "context": None,
        "created": created,
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": request,
        "type": type,
    }


def webhook_endpoint(id: str, created: int, url: str, enabled_events: list[str], **fields: Any) -> Document:
    """Where events are sent; its secret is shown only when it is made."""
    return {
        "id": id,
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": created,
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "secret": None,
        "status": "enabled",
        "url": url,
        **fields,
    }


def tax_rate(id: str, created: int, country: str, name: str, percentage: float, tax_type: str) -> Document:
    """A rate of tax that automatic tax applied."""
    return {
        "id": id,
        "object": "tax_rate",
        "active": True,
        "country": country,
        "created": created,
        "description": None,
        "display_name": name,
        "effective_percentage": percentage,
        "flat_amount": None,
        "inclusive": False,
        "jurisdiction": country,
        "jurisdiction_level": "country",
        "livemode": False,
        "metadata": {},
        "percentage": percentage,
        "rate_type": "percentage",
        "state": None,
        "tax_type": tax_type,
    }
