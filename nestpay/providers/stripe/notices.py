"""What Stripe says beyond money, as plain dicts, into our facts: failures, reminders, warnings, changed things."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from nestpay.domain.facts import (
    ActionRequired,
    CatalogueChanged,
    CatalogueKind,
    CustomerDeleted,
    CustomerUpdated,
    Fact,
    FraudWarned,
    InvoiceFact,
    InvoiceFinalized,
    InvoiceUncollectible,
    InvoiceVoided,
    PaymentFailed,
    PaymentMethodSeen,
    RenewalUpcoming,
    TrialEnding,
)
from nestpay.providers.stripe.shapes import (
    PROVIDER,
    Thing,
    id_of,
    instant,
    invoice_amounts,
    invoice_line,
    parent_subscription,
    reason_of,
)

Reader = Callable[[Thing, datetime], tuple[Fact, ...]]
_Invoice = TypeVar("_Invoice", bound=InvoiceFact)


def _about_invoice(kind: type[_Invoice], invoice: Thing, at: datetime, **more: Any) -> tuple[Fact, ...]:
    """The fact of an invoice that is for a subscription; any other invoice is not ours."""
    parent = parent_subscription(invoice)
    subscription_id = id_of(parent.get("subscription"))
    if subscription_id is None:
        return ()
    metadata = parent.get("metadata") or {}
    return (
        kind(
            provider=PROVIDER,
            at=at,
            invoice_id=invoice["id"],
            subscription_id=subscription_id,
            customer_id=id_of(invoice.get("customer")),
            reason=reason_of(invoice.get("billing_reason")),
            amounts=invoice_amounts(invoice),
            lines=tuple(invoice_line(line) for line in invoice["lines"]["data"]),
            invoice_url=invoice.get("hosted_invoice_url") or "",
            user_id=metadata.get("user_id"),
            price_id=metadata.get("price_id"),
            **more,
        ),
    )


def _payment_failed(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    next_attempt_at = instant(invoice.get("next_payment_attempt"))
    attempt = invoice.get("attempt_count") or 1
    return _about_invoice(PaymentFailed, invoice, at, attempt=attempt, next_attempt_at=next_attempt_at)


def _action_required(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    return _about_invoice(ActionRequired, invoice, at, attempt=invoice.get("attempt_count") or 1)


def _finalized(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    return _about_invoice(InvoiceFinalized, invoice, at)


def _voided(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    return _about_invoice(InvoiceVoided, invoice, at)


def _uncollectible(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    return _about_invoice(InvoiceUncollectible, invoice, at)


def _upcoming(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    """An invoice to come has no id; since basil its `parent` names the subscription, as a real one's does."""
    parent = parent_subscription(invoice)
    subscription_id = id_of(parent.get("subscription"))
    due_at = instant(invoice.get("next_payment_attempt") or invoice.get("period_end"))
    if subscription_id is None or due_at is None:
        return ()
    return (
        RenewalUpcoming(
            provider=PROVIDER,
            at=at,
            subscription_id=subscription_id,
            customer_id=id_of(invoice.get("customer")),
            amounts=invoice_amounts(invoice),
            due_at=due_at,
            lines=tuple(invoice_line(line) for line in invoice["lines"]["data"]),
            user_id=(parent.get("metadata") or {}).get("user_id"),
        ),
    )


def _trial_ending(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    """Stripe says this also of a trial that was just ended by hand: then there is nothing to remind of."""
    if subscription.get("status") != "trialing" or subscription.get("trial_end") is None:
        return ()
    items = subscription["items"]["data"]
    first: Thing = items[0] if items else {}
    return (
        TrialEnding(
            provider=PROVIDER,
            at=at,
            subscription_id=subscription["id"],
            customer_id=id_of(subscription.get("customer")),
            trial_end=datetime.fromtimestamp(subscription["trial_end"], UTC),
            renews=not subscription.get("cancel_at_period_end") and subscription.get("cancel_at") is None,
            provider_price_id=id_of(first.get("price")),
            quantity=first.get("quantity") or 1,
            user_id=(subscription.get("metadata") or {}).get("user_id"),
        ),
    )


def _customer_updated(customer: Thing, at: datetime) -> tuple[Fact, ...]:
    currency = customer.get("currency") or ""
    return (CustomerUpdated(provider=PROVIDER, at=at, customer_id=customer["id"], currency=currency),)


def _customer_deleted(customer: Thing, at: datetime) -> tuple[Fact, ...]:
    return (CustomerDeleted(provider=PROVIDER, at=at, customer_id=customer["id"]),)


def _payment_method_seen(method: Thing, at: datetime) -> tuple[Fact, ...]:
    """A card, or whatever else the type says; nothing for one that is nobody's."""
    customer_id = id_of(method.get("customer"))
    if customer_id is None:
        return ()
    details = method.get(method["type"]) or {}
    return (
        PaymentMethodSeen(
            provider=PROVIDER,
            at=at,
            payment_method_id=method["id"],
            customer_id=customer_id,
            fingerprint=details.get("fingerprint") or "",
            brand=details.get("brand") or method["type"],
            last_digits=details.get("last4") or "",
        ),
    )


def _fraud_warned(warning: Thing, at: datetime) -> tuple[Fact, ...]:
    return (
        FraudWarned(
            provider=PROVIDER,
            at=at,
            warning_id=warning["id"],
            fraud_type=warning.get("fraud_type") or "",
            is_actionable=bool(warning.get("actionable")),
            payment_intent_id=id_of(warning.get("payment_intent")),
            charge_id=id_of(warning.get("charge")),
        ),
    )


def _catalogue_changed(thing: Thing, at: datetime) -> tuple[Fact, ...]:
    kind = CatalogueKind(thing["object"])
    return (CatalogueChanged(provider=PROVIDER, at=at, kind=kind, thing_id=thing["id"]),)


READERS: dict[str, Reader] = {
    "invoice.payment_failed": _payment_failed,
    "invoice.payment_action_required": _action_required,
    "invoice.finalized": _finalized,
    "invoice.upcoming": _upcoming,
    "invoice.voided": _voided,
    "invoice.marked_uncollectible": _uncollectible,
    "customer.subscription.trial_will_end": _trial_ending,
    "customer.updated": _customer_updated,
    "customer.deleted": _customer_deleted,
    "payment_method.attached": _payment_method_seen,
    "payment_method.updated": _payment_method_seen,
    "payment_method.automatically_updated": _payment_method_seen,
    "radar.early_fraud_warning.created": _fraud_warned,
    "radar.early_fraud_warning.updated": _fraud_warned,
    "product.updated": _catalogue_changed,
    "product.deleted": _catalogue_changed,
    "price.updated": _catalogue_changed,
    "price.deleted": _catalogue_changed,
    "coupon.updated": _catalogue_changed,
    "coupon.deleted": _catalogue_changed,
}
"""What is only said. A payment method that was taken off (`payment_method.detached`) asks for nothing."""
