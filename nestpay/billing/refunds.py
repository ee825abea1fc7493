"""Refunds that an admin asks for: first what it would mean, then the money, then what it proves."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session

from nestpay.billing import inbox, subscription_acts
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain import refunds
from nestpay.domain.errors import (
    AlreadyRefunded,
    Conflict,
    InvalidAmount,
    NestpayError,
    NotFound,
    NotRefundable,
    PaymentUnknown,
    RefundedMeanwhile,
    RefundTooLarge,
    WholeRefundsOnly,
)
from nestpay.domain.facts import PaymentLinked
from nestpay.domain.metrics import mrr_minor
from nestpay.domain.money import Money, share
from nestpay.domain.orders import Order, OrderType
from nestpay.domain.plans import FREE_PROVIDER
from nestpay.domain.refunds import ClawbackPolicy
from nestpay.domain.subscriptions import Subscription
from nestpay.providers import registry
from nestpay.providers.base import Capability
from nestpay.store import audit, idempotency, plans, reversals, subscriptions
from nestpay.store import orders as store
from nestpay.store.reads import rows_of
from nestpay.store.session import reading, transaction

Ending = Literal["keep", "period_end", "now"]
"""What becomes of the order's subscription in the same step."""

REASONS = ("requested_by_customer", "duplicate", "fraudulent")
"""Source: Stripe, Refund.reason."""

_SCOPE = "refund"
_GIVEN_UP = timedelta(minutes=2)
"""A refund under way for so long has lost its process; the next one carries it out under the same key."""

_PATIENCE_SECONDS = 20.0
_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What a refund would mean. Minor units of `currency`; instants are UTC.

    `credits_spent` are those that the refund asks for and cannot take back, since the balance would go below zero.
    `access` is what the order's subscription opens afterwards: `unchanged`, `until` (then at `access_until`), `ends`,
    or `none` without one that runs. `mrr_lost_minor` is what a month brings less. `seen` counts the refunds so far:
    who hands it to `refund_order` refunds what was shown, or nothing.
    """

    order_id: str
    currency: str
    refundable_minor: int
    amount_minor: int
    tax_share_minor: int
    credits_granted: int
    credits_to_revoke: int
    credits_left: int
    credits_spent: int
    clawback: ClawbackPolicy
    is_full: bool
    may_be_partial: bool = True
    access: str = "none"
    access_until: datetime | None = None
    mrr_lost_minor: int = 0
    may_cancel: bool = False
    seen: int = 0


def simulate(order_id: str, amount_minor: int | None = None, *, ending: Ending = "keep") -> RefundPreview:
    """What refunding `amount_minor` (default: all that is left) of an order would do.

    Raises NotFound, NotRefundable, AlreadyRefunded, RefundTooLarge, WholeRefundsOnly, InvalidAmount.
    """
    order = _order(order_id)
    amount = _checked_amount(order, amount_minor)
    with reading() as session:
        kept = reversals.Reversals()
        reversals.take_in_lots(kept, *rows_of(session, reversals.reads_of_lots([order.id])))
        seen = reversals.count_refunds(session, order.id)
        held = _running(session, order)
        mrr = _mrr(session, held)
    now = billing_now()
    lots = [kept.as_granted(lot, now) for lot in kept.lots_of_order.get(order.id, ())]
    after = refunds.claw_back(lots, order.amount_refunded + amount, order.amount_total)
    access, until = _access_after(held, ending)
    return RefundPreview(
        order_id=order.id,
        currency=order.currency,
        refundable_minor=order.amount_total - order.amount_refunded,
        amount_minor=amount,
        tax_share_minor=share(order.amount_tax, amount, order.amount_total),
        credits_granted=sum(lot.amount for lot in lots),
        credits_to_revoke=max(0, -sum(after.moves)),
        credits_left=sum(lot.remaining for lot in lots if not lot.is_over),
        credits_spent=max(0, after.owed - order.credits_owed),
        clawback=refunds.policy_of(order.granted),
        is_full=order.amount_refunded + amount == order.amount_total,
        may_be_partial=_may_be_partial(order),
        access=access,
        access_until=until,
        mrr_lost_minor=mrr if ending != "keep" else 0,
        may_cancel=held is not None,
        seen=seen,
    )


def refund_order(
    order_id: str,
    *,
    amount_minor: int | None = None,
    reason: str = "requested_by_customer",
    ending: Ending = "keep",
    seen: int | None = None,
    by: str = "",
    ip: str = "",
) -> Order:
    """Send money of an order back and take back what it granted, in proportion. Returns the order as it is then.

    `seen` is what the preview counted (None: as it is now): the same refund asked for twice, at once or one after the
    other, is one. `ending` ends the order's subscription afterwards. Raises NotFound, NotRefundable, AlreadyRefunded,
    RefundTooLarge, WholeRefundsOnly, InvalidAmount, RefundedMeanwhile, PaymentUnknown, ProviderTrouble (then nothing is
    known to have gone back, and asking again is safe).
    """
    order = _order(order_id)
    with reading() as session:
        count = reversals.count_refunds(session, order.id)
    seen = count if seen is None else seen
    key = f"{order.id}:{seen}"
    wanted = order.amount_total - order.amount_refunded if amount_minor is None else amount_minor
    if count != seen:
        order = _repeated(order, key, amount_minor)
    else:
        _checked_amount(order, wanted)
        order = _refund_once(order, wanted, reason, key, by, ip)
    if ending != "keep" and order.subscription_id and _is_running(order):
        subscription_acts.cancel(order.subscription_id, ending, by=by, ip=ip)
    return order


def refund_payment(provider: str, payment_intent_id: str, *, amount_minor: int | None, reason: str, key: str) -> None:
    """Send a payment back that may have no order here: after a fraud warning, or a second subscription.

    `key` names the intent, so that a repetition refunds once. Raises ProviderTrouble.
    """
    inbox.apply(
        registry.get(provider).refund(payment_intent_id, amount_minor=amount_minor, reason=reason, idempotency_key=key)
    )


def _refund_once(order: Order, amount: int, reason: str, key: str, by: str, ip: str) -> Order:
    """Store the intent, call the provider, apply what it proves. Who is second waits for the first one's result."""
    payment = order.provider_payment_intent_id or _learn_payment(order)
    with transaction() as session:
        now = real_now()
        earlier = idempotency.reserve(session, _SCOPE, key, str(amount), now, taken_over_before=now - _GIVEN_UP)
        if earlier is None:
            after = {"amount_minor": amount, "currency": order.currency, "reason": reason}
            _write_down(session, order, "order.refund", by, ip, after)
    if earlier is not None:
        _wait_for(order, key, amount)
        return _order(order.id)
    try:
        facts = registry.get(order.provider).refund(
            payment, amount_minor=amount, reason=reason, idempotency_key=f"refund:{key}:{amount}"
        )
    except NestpayError as trouble:
        with transaction() as session:
            idempotency.forget(session, _SCOPE, key)
            _write_down(session, order, "order.refund_failed", by, ip, {"amount_minor": amount, "error": str(trouble)})
        raise
    inbox.apply(facts)
    return _order(order.id)


def _wait_for(order: Order, key: str, amount: int) -> None:
    """Wait for the result of the same refund, asked for a moment ago.

    Raises RefundedMeanwhile when what is under way is another refund, and Conflict when it failed or takes too long.
    """
    deadline = time.monotonic() + _PATIENCE_SECONDS
    seen = int(key.rpartition(":")[2])
    while time.monotonic() < deadline:
        with reading() as session:
            earlier = idempotency.answer_to(session, _SCOPE, key)
            count = reversals.count_refunds(session, order.id)
        if earlier is not None and earlier[0] != str(amount):
            raise RefundedMeanwhile
        if count > seen:
            return
        if earlier is None:
            break
        time.sleep(_PAUSE_SECONDS)
    raise Conflict


def _repeated(order: Order, key: str, amount_minor: int | None) -> Order:
    """The order, when what was refunded since the preview is this very refund. Raises RefundedMeanwhile."""
    with reading() as session:
        earlier = idempotency.answer_to(session, _SCOPE, key)
    if earlier is None or (amount_minor is not None and earlier[0] != str(amount_minor)):
        raise RefundedMeanwhile
    return order


def _order(order_id: str) -> Order:
    with reading() as session:
        order = store.by_id(session, order_id)
    if order is None or order.type is OrderType.REFUND:
        raise NotFound
    return order


def _checked_amount(order: Order, amount_minor: int | None) -> int:
    left = order.amount_total - order.amount_refunded
    if not order.is_paid or order.amount_total == 0:
        raise NotRefundable
    if left <= 0:
        raise AlreadyRefunded
    amount = left if amount_minor is None else amount_minor
    if amount <= 0:
        raise InvalidAmount
    if amount > left:
        raise RefundTooLarge(left=Money(left, order.currency).text())
    if amount != order.amount_total and not _may_be_partial(order):
        raise WholeRefundsOnly
    return amount


def _may_be_partial(order: Order) -> bool:
    known = order.provider in registry.names()
    return known and Capability.PARTIAL_REFUND in registry.get(order.provider).capabilities


def _running(session: Session, order: Order) -> Subscription | None:
    held = subscriptions.by_id(session, order.subscription_id) if order.subscription_id else None
    return held if held and held.is_live and held.provider != FREE_PROVIDER else None


def _is_running(order: Order) -> bool:
    with reading() as session:
        return _running(session, order) is not None


def _mrr(session: Session, held: Subscription | None) -> int:
    price = next(iter(plans.price_rows(session, [held.price_id])), None) if held and held.price_id else None
    return mrr_minor(held, price) if held else 0


def _access_after(held: Subscription | None, ending: Ending) -> tuple[str, datetime | None]:
    if held is None:
        return "none", None
    if ending == "now":
        return "ends", None
    until = held.cancels_at or (held.current_period_end if ending == "period_end" else None)
    return ("until", until) if until else ("unchanged", None)


def _learn_payment(order: Order) -> str:
    """Ask which payment paid the order's invoice, and remember it."""
    invoice_id = order.provider_invoice_id
    payment = registry.get(order.provider).payment_of_invoice(invoice_id) if invoice_id else None
    if payment is None or invoice_id is None:
        raise PaymentUnknown
    inbox.apply(
        [PaymentLinked(provider=order.provider, at=real_now(), invoice_id=invoice_id, payment_intent_id=payment)]
    )
    return payment


def _write_down(session: Session, order: Order, action: str, by: str, ip: str, after: dict[str, Any]) -> None:
    before = {"amount_refunded": order.amount_refunded, "status": str(order.status)}
    audit.append(
        session,
        at=real_now(),
        action=action,
        actor_id=by,
        subject=f"order:{order.id}",
        before=before,
        after=after,
        ip=ip,
    )
