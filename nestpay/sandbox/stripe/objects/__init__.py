"""Constructors of Stripe's objects: every documented field, and no behaviour."""

from nestpay.sandbox.documents import Document


def listing(data: list[Document], url: str, has_more: bool = False) -> Document:
    """Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def empty_address() -> Document:
    """An address of which nothing is known."""
    return {"city": None, "country": None, "line1": None, "line2": None, "postal_code": None, "state": None}
