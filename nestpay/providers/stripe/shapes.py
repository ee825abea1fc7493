"""Where Stripe keeps what we read: fields moved over API versions, so the present place is looked at first.

Source: Stripe's changelog for basil, clover, dahlia and endive.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from nestpay.domain.facts import Amounts, BillingReason, InvoiceLine

PROVIDER = "stripe"
TOP_UP = "top_up"
"""What our metadata calls a payment that was agreed to before and has no page."""
Thing = Mapping[str, Any]
_OWING = frozenset({"past_due", "unpaid", "incomplete"})


def id_of(value: Any) -> str | None:
    """The id of a field that holds an id, an expanded object or nothing."""
    if isinstance(value, Mapping):
        return value.get("id")
    return value or None


def instant(seconds: Any) -> datetime | None:
    """Unix seconds as a UTC instant."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def reason_of(word: str | None) -> BillingReason:
    """Why an invoice exists; a word that is new to us is `other`."""
    try:
        return BillingReason(word or "other")
    except ValueError:
        return BillingReason.OTHER


def parent_subscription(invoice: Thing) -> Thing:
    """`subscription` and `metadata` of the subscription that an invoice is for: under `parent` since basil."""
    parent = invoice.get("parent") or {}
    details = parent.get("subscription_details") or {}
    if details:
        return details
    older = invoice.get("subscription_details") or {}
    return {"subscription": invoice.get("subscription"), "metadata": older.get("metadata")}


def invoice_amounts(invoice: Thing) -> Amounts:
    """What an invoice comes to."""
    discounts = invoice.get("total_discount_amounts") or []
    taxes = invoice.get("total_taxes") or invoice.get("total_tax_amounts") or []
    return Amounts(
        subtotal=invoice["subtotal"],
        discount=sum(each["amount"] for each in discounts),
        tax=sum(each["amount"] for each in taxes),
        total=invoice["total"],
        currency=invoice["currency"],
    )


def invoice_line(line: Thing) -> InvoiceLine:
    """One line: its price is under `pricing` since basil, and so is what says that it is a proration."""
    pricing = ((line.get("pricing") or {}).get("price_details")) or {}
    older_price = line.get("price") or {}
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or parent.get("invoice_item_details") or {}
    return InvoiceLine(
        provider_price_id=id_of(pricing.get("price")) or id_of(older_price),
        provider_product_id=id_of(pricing.get("product")) or id_of(older_price.get("product")),
        quantity=line.get("quantity") or 1,
        amount=line["amount"],
        proration=bool(details.get("proration") or line.get("proration")),
        period_start=datetime.fromtimestamp(line["period"]["start"], UTC),
        period_end=datetime.fromtimestamp(line["period"]["end"], UTC),
        text=line.get("description") or "",
    )


def payment_intent_of(invoice: Thing) -> str | None:
    """The payment of an invoice, when it says so: an expanded list since basil, a plain field before."""
    for payment in (invoice.get("payments") or {}).get("data") or []:
        intent = id_of((payment.get("payment") or {}).get("payment_intent"))
        if intent:
            return intent
    return id_of(invoice.get("payment_intent"))


def pause_requested_at(subscription: Thing) -> datetime | None:
    """Since when its customer has it paused; a pause for want of a payment is none of theirs. New with endive."""
    paused = (subscription.get("status_details") or {}).get("paused") or {}
    if (paused.get("subscription") or {}).get("type") != "pause_requested":
        return None
    return instant(paused.get("transitioned_at"))


def open_invoice(subscription: Thing) -> tuple[str | None, datetime | None]:
    """Where the customer pays what a subscription owes, and since when it is due.

    The page is "" when nothing is owed and None when the newest invoice was not sent along, so that nobody can know.
    """
    invoice = subscription.get("latest_invoice")
    if isinstance(invoice, str):
        return None, None
    owes = subscription["status"] in _OWING or subscription.get("pending_update") is not None
    if not owes or not invoice or invoice.get("status") != "open":
        return "", None
    finalized_at = (invoice.get("status_transitions") or {}).get("finalized_at")
    return invoice.get("hosted_invoice_url") or "", instant(finalized_at or invoice.get("created"))
