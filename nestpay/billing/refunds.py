"""Refunds that an admin asks for: first what it would mean, then the money, then what it proves."""

from dataclasses import dataclass

from nestpay.billing import inbox
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain import refunds
from nestpay.domain.errors import Conflict, InvalidAmount, NotFound, Refused
from nestpay.domain.facts import PaymentLinked
from nestpay.domain.money import Money, share
from nestpay.domain.orders import Order, OrderType
from nestpay.providers import registry
from nestpay.store import audit, reversals
from nestpay.store import orders as store
from nestpay.store.reads import rows_of
from nestpay.store.session import reading, transaction


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What a refund would mean. Minor units of `currency`; `credits_spent` are those that cannot be taken back."""

    order_id: str
    currency: str
    refundable_minor: int
    amount_minor: int
    tax_share_minor: int
    credits_to_revoke: int
    credits_left: int
    credits_spent: int
    is_full: bool


def simulate(order_id: str, amount_minor: int | None = None) -> RefundPreview:
    """What refunding `amount_minor` (default: all that is left) of an order would do. Raises NotFound, Refused."""
    order = _order(order_id)
    amount = _checked_amount(order, amount_minor)
    with reading() as session:
        kept = reversals.Reversals()
        reversals.take_in_lots(kept, *rows_of(session, reversals.reads_of_lots([order.id])))
    now = billing_now()
    lots = [kept.as_granted(lot, now) for lot in kept.lots_of_order.get(order.id, ())]
    after = refunds.claw_back(lots, order.amount_refunded + amount, order.amount_total)
    return RefundPreview(
        order_id=order.id,
        currency=order.currency,
        refundable_minor=order.amount_total - order.amount_refunded,
        amount_minor=amount,
        tax_share_minor=share(order.amount_tax, amount, order.amount_total),
        credits_to_revoke=max(0, -sum(after.moves)),
        credits_left=sum(lot.remaining for lot in lots if not lot.is_over),
        credits_spent=max(0, after.owed - order.credits_owed),
        is_full=order.amount_refunded + amount == order.amount_total,
    )


def refund_order(
    order_id: str, *, amount_minor: int | None = None, reason: str = "requested_by_customer", by: str = "", ip: str = ""
) -> Order:
    """Send money of an order back and take back what it granted, in proportion. Returns the order as it is then.

    The idempotency key is made of the order and how many refunds there were, so a double click refunds once. Raises
    NotFound, Refused (not paid, nothing left), InvalidAmount (more than is left), ProviderTrouble.
    """
    order = _order(order_id)
    amount = _checked_amount(order, amount_minor)
    payment = order.provider_payment_intent_id or _learn_payment(order)
    with reading() as session:
        earlier = reversals.count_refunds(session, order.id)
    key = f"refund:{order.id}:{earlier}:{amount}"
    facts = registry.get(order.provider).refund(payment, amount_minor=amount, reason=reason, idempotency_key=key)
    inbox.apply(facts)
    after = _order(order_id)
    with transaction() as session:
        audit.append(
            session,
            at=real_now(),
            action="order.refund",
            actor_id=by,
            subject=f"order:{order.id}",
            before={"amount_refunded": order.amount_refunded, "status": order.status},
            after={"amount_refunded": after.amount_refunded, "status": after.status, "reason": reason},
            ip=ip,
        )
    return after


def refund_payment(provider: str, payment_intent_id: str, *, amount_minor: int | None, reason: str, key: str) -> None:
    """Send a payment back that may have no order here: after a fraud warning, or a second subscription.

    `key` names the intent, so that a repetition refunds once. Raises ProviderTrouble.
    """
    inbox.apply(
        registry.get(provider).refund(payment_intent_id, amount_minor=amount_minor, reason=reason, idempotency_key=key)
    )


def _order(order_id: str) -> Order:
    with reading() as session:
        order = store.by_id(session, order_id)
    if order is None or order.type is OrderType.REFUND:
        raise NotFound
    return order


def _checked_amount(order: Order, amount_minor: int | None) -> int:
    left = order.amount_total - order.amount_refunded
    if not order.is_paid or order.amount_total == 0:
        raise Refused("Only an order that was paid can be refunded.")
    if left <= 0:
        raise Refused("This order was refunded in full already.")
    amount = left if amount_minor is None else amount_minor
    if amount <= 0:
        raise InvalidAmount
    if amount > left:
        raise InvalidAmount(
            "At most {left} of this order can still be refunded.", left=Money(left, order.currency).text()
        )
    return amount


def _learn_payment(order: Order) -> str:
    """Ask which payment paid the order's invoice, and remember it."""
    invoice_id = order.provider_invoice_id
    payment = registry.get(order.provider).payment_of_invoice(invoice_id) if invoice_id else None
    if payment is None or invoice_id is None:
        raise Conflict("The payment of this order is not known yet. Please try again in a minute.")
    inbox.apply(
        [PaymentLinked(provider=order.provider, at=real_now(), invoice_id=invoice_id, payment_intent_id=payment)]
    )
    return payment
