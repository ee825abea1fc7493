"""What is sold and what is taken off: product, price, coupon, promotion code, discount."""

from typing import Any

from nestpay.sandbox.documents import Document


def product(id: str, created: int, name: str, **fields: Any) -> Document:
    """A product."""
    return {
        "id": id,
        "object": "product",
        "active": True,
        "created": created,
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "tax_details": None,
        "type": "service",
        "unit_label": None,
        "updated": created,
        "url": None,
        **fields,
    }


def price(id: str, created: int, product: str, currency: str, **fields: Any) -> Document:
    """A price; `currency_options` and `tiers` are filled in only when expanded."""
    return {
        "id": id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": currency,
        "currency_options": None,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": product,
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers": None,
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": None,
        "unit_amount_decimal": None,
        **fields,
    }


def recurring(
    interval: str, interval_count: int = 1, usage_type: str = "licensed", trial_period_days: int | None = None
) -> Document:
    """How often a price comes back."""
    return {
        "interval": interval,
        "interval_count": interval_count,
        "meter": None,
        "trial_period_days": trial_period_days,
        "usage_type": usage_type,
    }


def plan(price: Document) -> Document:
    """The older face of a recurring price, still part of every subscription item."""
    repeats = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": repeats["interval"],
        "interval_count": repeats["interval_count"],
        "livemode": False,
        "metadata": price["metadata"],
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers": None,
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": repeats["trial_period_days"],
        "usage_type": repeats["usage_type"],
    }


def coupon(id: str, created: int, **fields: Any) -> Document:
    """A coupon; `applies_to` and `currency_options` are filled in only when expanded."""
    return {
        "id": id,
        "object": "coupon",
        "amount_off": None,
        "applies_to": None,
        "created": created,
        "currency": None,
        "currency_options": None,
        "duration": "once",
        "duration_in_months": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "name": None,
        "percent_off": None,
        "redeem_by": None,
        "times_redeemed": 0,
        "valid": True,
        **fields,
    }


def promotion_code(id: str, created: int, code: str, coupon: str, **fields: Any) -> Document:
    """A code that customers type to get a coupon."""
    return {
        "id": id,
        "object": "promotion_code",
        "active": True,
        "code": code,
        "created": created,
        "customer": None,
        "customer_account": None,
        "expires_at": None,
        "livemode": False,
        "max_redemptions": None,
        "metadata": {},
        "promotion": {"coupon": coupon, "type": "coupon"},
        "restrictions": {
            "currency_options": {},
            "first_time_transaction": False,
            "minimum_amount": None,
            "minimum_amount_currency": None,
        },
        "times_redeemed": 0,
        **fields,
    }


def discount(id: str, coupon: str, start: int, **fields: Any) -> Document:
    """A coupon at work on one subscription, invoice or session."""
    return {
        "id": id,
        "object": "discount",
        "checkout_session": None,
        "customer": None,
        "customer_account": None,
        "end": None,
        "invoice": None,
        "invoice_item": None,
        "promotion_code": None,
        "source": {"coupon": coupon, "type": "coupon"},
        "start": start,
        "subscription": None,
        "subscription_item": None,
        **fields,
    }
