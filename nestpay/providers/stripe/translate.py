"""Stripe's objects, as plain dicts, into our facts: one small function an event type, in one table.

What speaks of money is read here, what is only said is in `notices`; where a field lies is known to `shapes`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nestpay.domain.errors import MalformedEvent
from nestpay.domain.facts import (
    Amounts,
    BillingReason,
    ChargePaid,
    CheckoutExpired,
    CheckoutFailed,
    CheckoutPaid,
    CheckoutProcessing,
    CheckoutSubscribed,
    Disputed,
    Fact,
    InvoicePaid,
    PaymentLinked,
    ProviderEvent,
    Refunded,
    SubscriptionChanged,
    SubscriptionState,
)
from nestpay.domain.subscriptions import SUCCESSOR_OF
from nestpay.providers.stripe import notices
from nestpay.providers.stripe.shapes import (
    PROVIDER,
    TOP_UP,
    Thing,
    id_of,
    instant,
    invoice_amounts,
    invoice_line,
    open_invoice,
    parent_subscription,
    pause_requested_at,
    payment_intent_of,
    reason_of,
)


def translate(event: ProviderEvent) -> tuple[Fact, ...]:
    """The facts of one event; nothing for a type we do not act on. Raises MalformedEvent when a field is missing."""
    read = _READERS.get(event.type)
    if read is None:
        return ()
    try:
        return read(event.body["data"]["object"], event.occurred_at)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        raise MalformedEvent(reason=f"{event.type} without {error}") from error


def checkout_facts(session: Thing, at: datetime) -> tuple[Fact, ...]:
    """What a checkout session proves in the state it is in."""
    hints = _session_hints(session, at)
    if session.get("status") == "expired":
        return (CheckoutExpired(**hints),)
    if session.get("status") != "complete":
        return ()
    if session["mode"] == "setup":
        return ()
    if session["mode"] == "subscription":
        subscription_id = id_of(session.get("subscription"))
        return (CheckoutSubscribed(**hints, subscription_id=subscription_id),) if subscription_id else ()
    if session["payment_status"] in ("paid", "no_payment_required"):
        return (_paid(session, hints),)
    return (CheckoutProcessing(**hints),)


def invoice_facts(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    """A paid invoice as a fact; nothing for one that is not paid."""
    if invoice.get("status") != "paid":
        return ()
    parent = parent_subscription(invoice)
    metadata = parent.get("metadata") or {}
    return (
        InvoicePaid(
            provider=PROVIDER,
            at=at,
            invoice_id=invoice["id"],
            subscription_id=id_of(parent.get("subscription")),
            customer_id=id_of(invoice.get("customer")),
            reason=_reason(invoice, metadata),
            amounts=invoice_amounts(invoice),
            lines=tuple(invoice_line(line) for line in invoice["lines"]["data"]),
            payment_intent_id=payment_intent_of(invoice),
            invoice_url=invoice.get("hosted_invoice_url") or "",
            order_id=metadata.get("order_id"),
            user_id=metadata.get("user_id"),
            price_id=metadata.get("price_id"),
        ),
    )


def _reason(invoice: Thing, metadata: Thing) -> BillingReason:
    """Why a paid invoice exists. The one of nothing that begins a takeover grants nothing: its predecessor's credits go on."""
    if metadata.get(SUCCESSOR_OF) and not invoice["total"]:
        return BillingReason.TRIAL_START
    return reason_of(invoice.get("billing_reason"))


def subscription_state(subscription: Thing) -> SubscriptionState:
    """A subscription object as a plain value; the period lives on its first item since basil."""
    items = subscription["items"]["data"]
    first: Thing = items[0] if items else {}
    period_end = instant(first.get("current_period_end") or subscription.get("current_period_end"))
    scheduled = instant(subscription.get("cancel_at"))
    ends_with_period = bool(subscription.get("cancel_at_period_end"))
    metadata = dict(subscription.get("metadata") or {})
    action_url, unpaid_since = open_invoice(subscription)
    return SubscriptionState(
        provider=PROVIDER,
        subscription_id=subscription["id"],
        customer_id=id_of(subscription["customer"]) or "",
        status=subscription["status"],
        provider_price_id=id_of(first.get("price")),
        quantity=first.get("quantity") or 1,
        current_period_start=instant(first.get("current_period_start") or subscription.get("current_period_start")),
        current_period_end=period_end,
        cancel_at_period_end=ends_with_period,
        cancels_at=scheduled or (period_end if ends_with_period else None),
        canceled_at=instant(subscription.get("canceled_at")),
        ended_at=instant(subscription.get("ended_at")),
        trial_start=instant(subscription.get("trial_start")),
        trial_end=instant(subscription.get("trial_end")),
        anchor_at=instant(subscription.get("billing_cycle_anchor")),
        created_at=datetime.fromtimestamp(subscription["created"], UTC),
        order_id=metadata.get("order_id"),
        user_id=metadata.get("user_id"),
        metadata=metadata,
        action_url=action_url,
        unpaid_since=unpaid_since,
        ended_because=(subscription.get("cancellation_details") or {}).get("reason") or "",
        item_id=first.get("id"),
        schedule_id=id_of(subscription.get("schedule")),
        paused_at=pause_requested_at(subscription),
        has_pending_change=bool(subscription.get("pending_update")),
    )


def _session_hints(session: Thing, at: datetime) -> dict[str, Any]:
    metadata = session.get("metadata") or {}
    return {
        "provider": PROVIDER,
        "at": at,
        "session_id": session["id"],
        "customer_id": id_of(session.get("customer")),
        "order_id": metadata.get("order_id"),
        "user_id": metadata.get("user_id") or session.get("client_reference_id"),
        "price_id": metadata.get("price_id"),
    }


def _paid(session: Thing, hints: dict[str, Any]) -> CheckoutPaid:
    details = session.get("total_details") or {}
    return CheckoutPaid(
        **hints,
        amounts=Amounts(
            subtotal=session["amount_subtotal"],
            discount=details.get("amount_discount") or 0,
            tax=details.get("amount_tax") or 0,
            total=session["amount_total"],
            currency=session["currency"],
        ),
        payment_intent_id=id_of(session.get("payment_intent")),
        invoice_id=id_of(session.get("invoice")),
    )


def _session_completed(session: Thing, at: datetime) -> tuple[Fact, ...]:
    return checkout_facts({**session, "status": "complete"}, at)


def _session_failed(session: Thing, at: datetime) -> tuple[Fact, ...]:
    return (CheckoutFailed(**_session_hints(session, at)),)


def _session_expired(session: Thing, at: datetime) -> tuple[Fact, ...]:
    return (CheckoutExpired(**_session_hints(session, at)),)


def _invoice_paid(invoice: Thing, at: datetime) -> tuple[Fact, ...]:
    return invoice_facts({**invoice, "status": "paid"}, at)


def _subscription_changed(subscription: Thing, at: datetime) -> tuple[Fact, ...]:
    customer = id_of(subscription.get("customer"))
    return (SubscriptionChanged(provider=PROVIDER, at=at, subscription_id=subscription["id"], customer_id=customer),)


def _payment_linked(payment: Thing, at: datetime) -> tuple[Fact, ...]:
    intent = id_of((payment.get("payment") or {}).get("payment_intent"))
    invoice_id = id_of(payment.get("invoice"))
    if not intent or not invoice_id or payment.get("status") != "paid":
        return ()
    return (PaymentLinked(provider=PROVIDER, at=at, invoice_id=invoice_id, payment_intent_id=intent),)


def refund_facts(refund: Thing, at: datetime) -> tuple[Fact, ...]:
    """What a refund object says at an instant."""
    return (
        Refunded(
            provider=PROVIDER,
            at=at,
            refund_id=refund["id"],
            amount=refund["amount"],
            currency=refund["currency"],
            status=refund["status"] or "pending",
            reason=refund.get("reason") or "",
            payment_intent_id=id_of(refund.get("payment_intent")),
            charge_id=id_of(refund.get("charge")),
        ),
    )


def _charge_refunded(charge: Thing, at: datetime) -> tuple[Fact, ...]:
    """Until API 2022-11-15 a refunded charge listed its refunds; since then only `refund.*` events carry them."""
    listed = (charge.get("refunds") or {}).get("data") or []
    return tuple(fact for refund in listed for fact in refund_facts(refund, at))


def _disputed(dispute: Thing, at: datetime) -> tuple[Fact, ...]:
    return (
        Disputed(
            provider=PROVIDER,
            at=at,
            dispute_id=dispute["id"],
            amount=dispute["amount"],
            currency=dispute["currency"],
            status=dispute["status"],
            reason=dispute.get("reason") or "",
            payment_intent_id=id_of(dispute.get("payment_intent")),
            charge_id=id_of(dispute.get("charge")),
        ),
    )


def _charged(charge: Thing, at: datetime) -> tuple[Fact, ...]:
    intent = id_of(charge.get("payment_intent"))
    if not intent or not charge.get("paid"):
        return ()
    receipt = charge.get("receipt_url") or ""
    return (
        PaymentLinked(provider=PROVIDER, at=at, payment_intent_id=intent, charge_id=charge["id"], receipt_url=receipt),
    )


def charge_facts(intent: Thing, at: datetime) -> tuple[Fact, ...]:
    """What a payment without a page proves, told from a checkout's own payment by the mark that we set on it."""
    metadata = intent.get("metadata") or {}
    if metadata.get("kind") != TOP_UP or intent.get("status") != "succeeded":
        return ()
    amount = intent["amount_received"]
    return (
        ChargePaid(
            provider=PROVIDER,
            at=at,
            payment_intent_id=intent["id"],
            order_id=metadata.get("order_id"),
            user_id=metadata.get("user_id"),
            price_id=metadata.get("price_id"),
            customer_id=id_of(intent.get("customer")),
            amounts=Amounts(subtotal=amount, discount=0, tax=0, total=amount, currency=intent["currency"]),
        ),
    )


_READERS: dict[str, Callable[[Thing, datetime], tuple[Fact, ...]]] = {
    "checkout.session.completed": _session_completed,
    "checkout.session.async_payment_succeeded": _session_completed,
    "checkout.session.async_payment_failed": _session_failed,
    "checkout.session.expired": _session_expired,
    "customer.subscription.created": _subscription_changed,
    "customer.subscription.updated": _subscription_changed,
    "customer.subscription.deleted": _subscription_changed,
    "customer.subscription.paused": _subscription_changed,
    "customer.subscription.resumed": _subscription_changed,
    "customer.subscription.pending_update_applied": _subscription_changed,
    "customer.subscription.pending_update_expired": _subscription_changed,
    "invoice.paid": _invoice_paid,
    "invoice.payment_succeeded": _invoice_paid,
    "invoice_payment.paid": _payment_linked,
    "charge.succeeded": _charged,
    "payment_intent.succeeded": charge_facts,
    "refund.created": refund_facts,
    "refund.updated": refund_facts,
    "refund.failed": refund_facts,
    "charge.refund.updated": refund_facts,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.updated": _disputed,
    "charge.dispute.closed": _disputed,
    **notices.READERS,
}
