"""Money that goes back: what refunds and disputes do to an order and to the credits it granted.

Everything is an absolute target, computed from all refunds and disputes of a payment, so that repeats change nothing
and the order of events does not matter. A refund that comes before its order waits for it.
"""

from dataclasses import replace
from functools import partial
from typing import Any

from nestpay.billing import deliveries
from nestpay.domain import clawbacks, orders, refunds
from nestpay.domain.facts import Disputed, PaymentLinked, Refunded
from nestpay.domain.ledger import Lot, Posting, Stamp
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.domain.plans import SEATS
from nestpay.domain.refunds import Clawback, ClawbackPolicy, Dispute, DisputeStatus, Refund, RefundStatus
from nestpay.settings import get_settings
from nestpay.store.changes import Changes, Rows
from nestpay.store.reversals import Payment

_REFUND_ORDER_STATUS = {
    RefundStatus.PENDING: OrderStatus.PENDING,
    RefundStatus.REQUIRES_ACTION: OrderStatus.PENDING,
    RefundStatus.SUCCEEDED: OrderStatus.SUCCEEDED,
    RefundStatus.FAILED: OrderStatus.FAILED,
    RefundStatus.CANCELED: OrderStatus.CANCELED,
}
_REFUND_RANK = {status: rank for rank, status in enumerate(RefundStatus)}
_DISPUTE_RANK = {status: rank for rank, status in enumerate(DisputeStatus)}


def payment_linked(fact: PaymentLinked, rows: Rows, stamp: Stamp) -> Changes:
    """Remember what belongs to a payment; its order, if it is known, learns it and is settled with its refunds."""
    known = rows.reversals.payment_of(fact.provider, fact.payment_intent_id, None)
    payment = known or Payment(fact.provider, fact.payment_intent_id)
    learned = payment.learn(invoice_id=fact.invoice_id, charge_id=fact.charge_id, receipt_url=fact.receipt_url)
    if learned == known:
        return Changes()
    rows.reversals.remember(learned)
    order = rows.order_of_payment(fact.provider, fact.payment_intent_id, fact.charge_id or None)
    return Changes(orders=(replace(order, updated_at=stamp.now),)) if order else Changes()


def describe(order: Order, rows: Rows) -> Order:
    """The order with its payment's id, charge and receipt, as far as they are known by now."""
    payment = rows.reversals.payment_of(order.provider, order.provider_payment_intent_id, order.provider_invoice_id)
    if payment is None:
        return order
    return replace(
        order,
        provider_payment_intent_id=payment.payment_intent_id,
        provider_invoice_id=order.provider_invoice_id or payment.invoice_id or None,
        provider_charge_id=payment.charge_id or order.provider_charge_id,
        receipt_url=payment.receipt_url or order.receipt_url,
    )


def refunded(fact: Refunded, rows: Rows, stamp: Stamp) -> Changes:
    """Keep what the provider said last of a refund, and settle its order if that is known."""
    known, status = rows.reversals.refunds.get((fact.provider, fact.refund_id)), RefundStatus(fact.status)
    if known and (fact.at, _REFUND_RANK[status]) <= (known.watermark, _REFUND_RANK[known.status]):
        return Changes()
    said = _said(fact, known, stamp)
    return _keep(Refund(provider_refund_id=fact.refund_id, status=status, **said), rows, stamp)


def disputed(fact: Disputed, rows: Rows, stamp: Stamp) -> Changes:
    """Keep what the provider said last of a dispute, settle its order if that is known, and tell the admin."""
    known, status = rows.reversals.disputes.get((fact.provider, fact.dispute_id)), DisputeStatus(fact.status)
    if known and (fact.at, _DISPUTE_RANK[status]) <= (known.watermark, _DISPUTE_RANK[known.status]):
        return Changes()
    said = _said(fact, known, stamp)
    return _keep(Dispute(provider_dispute_id=fact.dispute_id, status=status, **said), rows, stamp)


def _said(fact: Refunded | Disputed, known: Refund | Dispute | None, stamp: Stamp) -> dict[str, Any]:
    """What rows of both kinds have in common."""
    return {
        "id": known.id if known else stamp.new_id(),
        "provider": fact.provider,
        "order_id": known.order_id if known else None,
        "provider_payment_intent_id": fact.payment_intent_id,
        "provider_charge_id": fact.charge_id,
        "amount_minor": fact.amount,
        "currency": fact.currency,
        "reason": fact.reason,
        "watermark": fact.at,
        "created_at": known.created_at if known else stamp.now,
        "updated_at": stamp.now,
    }


def _keep(reversal: Refund | Dispute, rows: Rows, stamp: Stamp) -> Changes:
    rows.reversals.put(reversal)
    order = rows.order_of_payment(reversal.provider, reversal.provider_payment_intent_id, reversal.provider_charge_id)
    return settle(order, rows, stamp) if order else Changes()


def settle(order: Order, rows: Rows, stamp: Stamp) -> Changes:
    """Bring an order, its refund orders and its credits to what all its refunds and disputes ask for."""
    own_refunds = [refund for refund in rows.reversals.refunds.values() if _is_of(refund, order, rows)]
    own_disputes = [dispute for dispute in rows.reversals.disputes.values() if _is_of(dispute, order, rows)]
    if (not own_refunds and not own_disputes) or not order.is_paid:
        return Changes()
    for reversal in (*own_refunds, *own_disputes):
        if reversal.order_id is None:
            rows.reversals.put(replace(reversal, order_id=order.id))
    back = refunds.money_back(own_refunds, own_disputes, order.amount_total)
    moved, found = _claw_back(order, back, rows, stamp)
    after = replace(
        order,
        status=_status(order, own_refunds, own_disputes),
        amount_refunded=min(order.amount_total, sum(refund.takes_back for refund in own_refunds)),
        credits_revoked=found.revoked,
        credits_owed=found.owed,
        updated_at=stamp.now,
    )
    return Changes(
        orders=(after, *(_refund_order(refund, order, rows, stamp) for refund in own_refunds)),
        postings=moved,
        letters=_letters(after, own_refunds, own_disputes, rows),
        marks=(deliveries.turned(order.id, after.status),),
        jobs=(deliveries.JOB,),
        user_ids=(order.user_id, *(posting.account.user_id for posting in moved)),
    )


def _is_of(reversal: Refund | Dispute, order: Order, rows: Rows) -> bool:
    found = rows.order_of_payment(reversal.provider, reversal.provider_payment_intent_id, reversal.provider_charge_id)
    return reversal.order_id == order.id or (found is not None and found.id == order.id)


def _claw_back(order: Order, back: int, rows: Rows, stamp: Stamp) -> tuple[tuple[Posting, ...], Clawback]:
    """Bring the order's lots to what `back` minor units ask for, and its buyer's debt, if what was spent may not be kept.

    Its lots are the buyer's, and those of the holders of the seats that it paid for; what is owed is the buyer's alone.
    """
    lots = _lots_of(order, rows)
    found = refunds.claw_back([rows.as_granted(lot, stamp.now) for lot in lots], back, order.amount_total)
    moves = [(lot, amount) for lot, amount in zip(lots, found.moves, strict=True) if amount]
    policy, more = refunds.policy_of(order.granted), found.owed - order.credits_owed
    has_debt = policy is not ClawbackPolicy.CLAMP and more != 0
    people = {lot.user_id for lot, _ in moves} | ({order.user_id} if has_debt else set())
    postings = []
    for user_id in sorted(people):
        own = [(lot, amount) for lot, amount in moves if lot.user_id == user_id]
        posting = clawbacks.book(rows.accounts[user_id], own, stamp, order_id=order.id)
        owed, payers = more if user_id == order.user_id else 0, rows.payers(user_id)
        step = partial(clawbacks.owe, more=owed, policy=policy, payers=payers, stamp=stamp, order_id=order.id)
        postings.append(posting.then(step))
    return tuple(postings), found


def _lots_of(order: Order, rows: Rows) -> list[Lot]:
    """The order's lots as they are now, those granted a moment ago in the same group included."""
    stored = {lot.id: lot for lot in rows.reversals.lots_of_order.get(order.id, ())}
    everyone = rows.accounts.values() if SEATS in order.granted else (rows.accounts[order.user_id],)
    open_now = {lot.id: lot for account in everyone for lot in account.lots if lot.order_id == order.id}
    return list((stored | rows.posted_lots(order.id) | open_now).values())


def _status(order: Order, own_refunds: list[Refund], own_disputes: list[Dispute]) -> OrderStatus:
    if any(dispute.takes_back for dispute in own_disputes):
        return OrderStatus.DISPUTED
    away = sum(refund.takes_back for refund in own_refunds)
    if away <= 0:
        return OrderStatus.SUCCEEDED
    return OrderStatus.REFUNDED if away >= order.amount_total else OrderStatus.PARTIALLY_REFUNDED


def _refund_order(refund: Refund, order: Order, rows: Rows, stamp: Stamp) -> Order:
    """The refund as an order of its own, so that lists and sums see it."""
    known = rows.refund_order(refund.provider, refund.provider_refund_id)
    base = known or Order(
        id=stamp.new_id(),
        user_id=order.user_id,
        provider=refund.provider,
        provider_order_id=refund.provider_refund_id,
        type=OrderType.REFUND,
        status=OrderStatus.PENDING,
        currency=refund.currency,
        price_id=order.price_id,
        plan_id=order.plan_id,
        subscription_id=order.subscription_id,
        amount_subtotal=refund.amount_minor,
        amount_total=refund.amount_minor,
        provider_product_id=order.provider_product_id,
        provider_price_id=order.provider_price_id,
        provider_subscription_id=order.provider_subscription_id,
        description=order.description,
        provider_metadata={"refund_of": order.id, "reason": refund.reason},
        created_at=stamp.now,
        updated_at=stamp.now,
    )
    status = _REFUND_ORDER_STATUS[refund.status]
    paid_at = refund.watermark if status is OrderStatus.SUCCEEDED else None
    return replace(base, status=status, paid_at=paid_at, updated_at=stamp.now)


def _letters(order: Order, own_refunds: list[Refund], own_disputes: list[Dispute], rows: Rows) -> tuple[Letter, ...]:
    """A mail to the customer for each refund that went through, one to the admin for each turn of a dispute."""
    buyer, price = rows.buyers[order.user_id], rows.prices.get(order.price_id or "")
    sent = [
        Letter(
            dedupe_key=f"refund:{refund.provider}:{refund.provider_refund_id}",
            recipient=buyer.email,
            template="refund",
            locale=buyer.locale,
            user_id=buyer.id,
            context={
                "name": buyer.name,
                "plan": price.titled(order.description, buyer.locale) if price else order.description,
                "order_number": orders.number(order.id),
                "currency": refund.currency,
                "refunded": refund.amount_minor,
            },
        )
        for refund in own_refunds
        if refund.status is RefundStatus.SUCCEEDED
    ]
    admin = get_settings().admin_email
    disputes = own_disputes if admin else []
    return (*sent, *(_dispute_letter(dispute, order, buyer.email, admin) for dispute in disputes))


def _dispute_letter(dispute: Dispute, order: Order, customer: str, admin: str) -> Letter:
    state = "opened" if dispute.is_open else dispute.status
    return Letter(
        dedupe_key=f"dispute:{dispute.provider}:{dispute.provider_dispute_id}:{state}",
        recipient=admin,
        template="dispute",
        context={
            "customer": customer,
            "order_number": orders.number(order.id),
            "currency": dispute.currency,
            "disputed": dispute.amount_minor,
            "status": str(dispute.status),
            "reason": dispute.reason,
        },
    )
