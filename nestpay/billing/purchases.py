"""A one-time purchase whose money arrived: its order succeeds and what it buys is granted, once; and its receipt."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from nestpay.billing import deliveries
from nestpay.billing.matching import amounts_of
from nestpay.domain import ledger, orders
from nestpay.domain.facts import Amounts
from nestpay.domain.ledger import Grant, LogType, Pool, Stamp
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order, OrderStatus
from nestpay.domain.plans import PriceRow
from nestpay.store.changes import Buyer, Changes, Rows


def complete(order: Order, price: PriceRow, amounts: Amounts, paid_at: datetime, rows: Rows, stamp: Stamp) -> Changes:
    """The changes that pay `order`, which bears its provider's ids already. Expects one that is not paid yet."""
    buyer = rows.buyers[order.user_id]
    credits = price.benefits.one_time_credits * order.quantity
    paid = replace(
        order,
        **amounts_of(amounts),
        status=OrderStatus.SUCCEEDED,
        granted=granted(price, credits),
        paid_at=paid_at,
        updated_at=stamp.now,
    )
    postings = ()
    if credits:
        days = price.benefits.expires_after_days
        wish = Grant(
            pool=Pool.ONE_TIME,
            source=LogType.ONE_TIME_PURCHASE,
            key=f"{order.provider}:{order.provider_order_id}:purchase",
            amount=credits,
            effective_at=min(paid_at, stamp.now),
            expires_at=stamp.now + timedelta(days=days) if days else None,
            order_id=order.id,
            note=price.plan_title,
        )
        postings = (ledger.grant(rows.accounts[order.user_id], wish, stamp),)
    letter = receipt("purchase_confirmation", paid, price, buyer, credits)
    parcels = deliveries.wanted(order.id, order.user_id, price.benefits.deliveries)
    return Changes(
        orders=(paid,),
        postings=postings,
        letters=(letter,),
        marks=parcels,
        jobs=(deliveries.JOB,) if parcels else (),
        user_ids=(order.user_id,),
    )


def granted(price: PriceRow, credits: int) -> dict[str, Any]:
    """The snapshot that a refund will take back, whatever the plan says by then."""
    return {**price.benefits.to_json(), "credits": credits}


def receipt(template: str, order: Order, price: PriceRow, buyer: Buyer, credits: int) -> Letter:
    return Letter(
        dedupe_key=f"{template}:{order.id}",
        recipient=buyer.email,
        template=template,
        locale=buyer.locale,
        user_id=buyer.id,
        context={
            "name": buyer.name,
            "plan": price.title_in(buyer.locale),
            "order_number": orders.number(order.id),
            "interval": str(price.interval),
            "currency": order.currency,
            "subtotal": order.amount_subtotal,
            "discount": order.amount_discount,
            "tax": order.amount_tax,
            "total": order.amount_total,
            "credits": credits,
        },
    )
