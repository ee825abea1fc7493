"""Creem's objects as its npm SDK 1.13 and `@creem_io/webhook-types` 1.0 publish them, and a check against that."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

STATUSES = "active canceled expired past_due unpaid paused trialing scheduled_cancel".split()
PERIODS = "every-month every-three-months every-six-months every-year every-day once custom".split()
PAID = "pending paid refunded partialRefund chargedBack uncollectible declined canceled void".split()
Check = Callable[[Any], bool]


def text(value: Any) -> bool:
    """A string."""
    return isinstance(value, str)


def number(value: Any) -> bool:
    """A whole number: cents, counts, milliseconds."""
    return type(value) is int


def moment(value: Any) -> bool:
    """An ISO date with milliseconds, in UTC."""
    return text(value) and value.endswith("Z") and len(value) == 24 and bool(datetime.fromisoformat(value))


def word(*choices: str) -> Check:
    """One of these words."""
    return lambda value: value in choices


def null_or(check: Check) -> Check:
    """That, or null."""
    return lambda value: value is None or check(value)


def list_of(name: str) -> Check:
    """A list of such objects."""
    return lambda value: isinstance(value, list) and all(not list(faults(name, one)) for one in value)


def whole(*names: str) -> Check:
    """Such an object."""
    return lambda value: isinstance(value, dict) and not [fault for name in names for fault in faults(name, value)]


def id_or(name: str) -> Check:
    """Such an object, or its id."""
    return lambda value: text(value) or whole(name)(value)


def mapping(value: Any) -> bool:
    """Any object."""
    return isinstance(value, dict)


BASE: dict[str, Check] = {"id": text, "mode": word("test", "prod", "sandbox"), "object": text}
DATES: dict[str, Check] = {"created_at": moment, "updated_at": moment}
AROUND: dict[str, Check] = {
    "transaction": whole("transaction"),
    "checkout?": id_or("checkout"),
    "order?": id_or("order"),
    "subscription?": id_or("subscription"),
    "customer?": id_or("customer"),
    "created_at": number,
}
SHAPES: dict[str, dict[str, Check]] = {
    "product": {
        **BASE, **DATES, "name": text, "description": text, "image_url?": text, "price": number, "currency": text,
        "billing_type": word("recurring", "onetime"), "billing_period": word(*PERIODS), "product_url?": text,
        "status": word("active", "archived"), "tax_mode": word("inclusive", "exclusive"),
        "tax_category": word("saas", "digital-goods-service", "ebooks"), "default_success_url?": null_or(text),
        "trial_period_days?": null_or(number), "trial_price?": null_or(number), "custom_fields?": list_of("custom_field"),
    },
    "custom_field": {
        "type": word("text", "checkbox"), "key": text, "label": text, "optional?": null_or(lambda one: one in (True, False)),
        "text?": null_or(mapping), "checkbox?": null_or(mapping),
    },
    "customer": {
        **BASE, **DATES, "email": text, "name?": null_or(text), "country": null_or(text), "external_id?": null_or(text),
        "metadata?": null_or(mapping),
    },
    "order": {
        **BASE, **DATES, "customer?": null_or(text), "product": text, "transaction?": null_or(text),
        "discount?": null_or(text), "amount": number, "sub_total?": number, "tax_amount?": number,
        "discount_amount?": number, "amount_due?": number, "amount_paid?": number, "currency": text,
        "status": word("pending", "paid"), "type": word("recurring", "onetime"),
    },
    "transaction": {
        **BASE, "amount": number, "amount_paid?": null_or(number), "discount_amount?": null_or(number), "currency": text,
        "type": word("payment", "invoice"), "tax_country?": null_or(text), "tax_amount?": null_or(number),
        "status": word(*PAID), "refunded_amount?": null_or(number), "order?": null_or(text),
        "subscription?": null_or(text), "customer?": null_or(text), "description?": text, "period_start?": number,
        "period_end?": number, "created_at": number,
    },
    "used_discount": {
        "id?": text, "discountCode?": text, "name?": text, "type?": word("percentage", "fixed"), "amount?": number,
        "duration?": word("forever", "once", "repeating"), "durationInMonths?": number,
    },
    "subscription_item": {**BASE, "product_id?": text, "price_id?": text, "units?": null_or(number)},
    "subscription": {
        **BASE, **DATES, "product": id_or("product"), "customer": id_or("customer"), "items?": list_of("subscription_item"),
        "collection_method": word("charge_automatically"), "status": word(*STATUSES), "last_transaction_id?": text,
        "last_transaction?": whole("transaction"), "last_transaction_date?": moment, "next_transaction_date?": moment,
        "current_period_start_date?": moment, "current_period_end_date?": moment, "canceled_at?": null_or(moment),
        "discount?": whole("used_discount"), "metadata?": mapping,
    },
    "told_subscription": {"product": whole("product"), "customer": whole("customer")},
    "checkout": {
        **BASE, "status": word("pending", "processing", "completed", "expired"), "request_id?": text,
        "product": id_or("product"), "units": number, "custom_price?": number, "order?": whole("order"),
        "subscription?": id_or("subscription"), "customer?": id_or("customer"), "custom_fields?": list_of("custom_field"),
        "checkout_url?": text, "success_url?": null_or(text), "metadata?": mapping, "discount?": whole("used_discount"),
    },
    "refund": {
        **BASE, **AROUND, "status": word("pending", "requiresAction", "succeeded", "failed", "canceled"),
        "refund_amount": number, "refund_currency": text,
        "reason": word("duplicate", "fraudulent", "requested_by_customer", "other"),
    },
    "dispute": {**BASE, **AROUND, "amount": number, "currency": text},
    "discount": {
        **BASE, "status": word("deleted", "active", "draft", "expired", "scheduled"), "name": text, "code": text,
        "type": word("percentage", "fixed"), "amount?": number, "currency?": text, "percentage?": number,
        "expiry_date?": moment, "max_redemptions?": number, "duration?": word("forever", "once", "repeating"),
        "duration_in_months?": number, "applies_to_products?": lambda value: all(map(text, value)), "redeem_count?": number,
    },
    "pagination": {
        "total_records": number, "total_pages": number, "current_page": number, "next_page": null_or(number),
        "prev_page": null_or(number),
    },
    "error": {
        "trace_id": text, "status": number, "error": text, "message": lambda value: value and all(map(text, value)),
        "timestamp": number,
    },
}  # fmt: skip
EVENTS = {
    "checkout.completed": ("checkout",),
    "refund.created": ("refund",),
    "dispute.created": ("dispute",),
    **{
        f"subscription.{what}": ("subscription", "told_subscription")
        for what in ("active trialing paid canceled scheduled_cancel past_due unpaid expired paused update".split())
    },
}


def faults(name: str, value: Any) -> Iterator[str]:
    """What is wrong with an object of that name."""
    fields = SHAPES[name]
    for field, check in fields.items():
        plain = field.removesuffix("?")
        if plain in value:
            if not check(value[plain]):
                yield f"{name}.{plain} is {value[plain]!r}"
        elif plain == field:
            yield f"{name}.{plain} is missing"
    if name != "told_subscription":
        known = {field.removesuffix("?") for field in fields}
        yield from (f"{name}.{field} is not published" for field in value if field not in known)


def event_faults(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event: its envelope, and the object it is about."""
    if set(event) != {"id", "eventType", "created_at", "object"} or event["eventType"] not in EVENTS:
        return [f"{event.get('eventType')} is no event of Creem's: {sorted(event)}"]
    found = [fault for name in EVENTS[event["eventType"]] for fault in faults(name, event["object"])]
    return found if event["id"].startswith("evt_") and number(event["created_at"]) else [*found, "its envelope"]
