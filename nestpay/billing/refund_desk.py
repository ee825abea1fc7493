"""A refund as an admin asks for it: the amount as it was typed, and what it would mean in words and texts."""

from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from nestpay.billing import refunds, typed
from nestpay.billing.refunds import Ending
from nestpay.domain.errors import NotFound
from nestpay.domain.money import Money
from nestpay.domain.refunds import ClawbackPolicy
from nestpay.store import orders
from nestpay.store.session import reading


@dataclass(frozen=True, slots=True)
class RefundView:
    """What a refund would mean, as it is read before it is agreed to. See `refunds.RefundPreview`."""

    order_id: str
    amount_minor: int
    amount_text: str
    left_text: str
    tax_text: str
    mrr_text: str
    credits_granted: int
    credits_left: int
    credits_to_revoke: int
    credits_spent: int
    clawback: ClawbackPolicy
    is_full: bool
    may_be_partial: bool
    may_cancel: bool
    access: str
    access_until: datetime | None
    ending: Ending
    seen: int


def preview(order_id: str, amount: str = "", ending: str = "keep", locale: str = "en") -> RefundView:
    """What refunding `amount` ("" for all that is left, else such as `9.50` in the order's currency) would mean.

    Raises NotFound, Unreadable, NotRefundable, AlreadyRefunded, RefundTooLarge, WholeRefundsOnly, InvalidAmount.
    """
    with reading() as session:
        order = orders.by_id(session, typed.clean(order_id))
    if order is None:
        raise NotFound
    chosen: Ending = "now" if ending == "now" else "period_end" if ending == "period_end" else "keep"
    typed.one_of(ending, get_args(Ending))
    found = refunds.simulate(order.id, typed.minor_units(amount, order.currency), ending=chosen)

    def text(minor: int) -> str:
        return Money(minor, found.currency).full_text(locale)

    return RefundView(
        order_id=order.id,
        amount_minor=found.amount_minor,
        amount_text=text(found.amount_minor),
        left_text=text(found.refundable_minor - found.amount_minor),
        tax_text=text(found.tax_share_minor),
        mrr_text=text(found.mrr_lost_minor) if found.mrr_lost_minor else "",
        credits_granted=found.credits_granted,
        credits_left=found.credits_left,
        credits_to_revoke=found.credits_to_revoke,
        credits_spent=found.credits_spent,
        clawback=found.clawback,
        is_full=found.is_full,
        may_be_partial=found.may_be_partial,
        may_cancel=found.may_cancel,
        access=found.access,
        access_until=found.access_until,
        ending=chosen,
        seen=found.seen,
    )
