"""Orders and credit lines as they are written in a table: words, dates and signs in the visitor's language."""

from dataclasses import dataclass

from nestpay.billing.credits import CreditLogRow
from nestpay.billing.views import OrderRow
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day, moment, stamp

ORDER_TONES = {
    "succeeded": "good",
    "pending": "plain",
    "failed": "bad",
    "canceled": "plain",
    "refunded": "warn",
    "partially_refunded": "warn",
    "disputed": "bad",
}
SUBSCRIPTION_TONES = {
    "active": "good",
    "trialing": "accent",
    "past_due": "warn",
    "unpaid": "bad",
    "incomplete": "warn",
    "incomplete_expired": "plain",
    "canceled": "plain",
    "paused": "warn",
    "pending": "plain",
}


@dataclass(frozen=True)
class OrderLine:
    id: str
    number: str
    date: str
    description: str
    kind: str
    status: str
    tone: str
    amount: str
    credits: str
    document: str
    at: str
    """When, as ISO 8601."""


@dataclass(frozen=True)
class CreditLine:
    id: str
    date: str
    kind: str
    note: str
    amount: str
    is_gain: bool
    subscription_after: str
    one_time_after: str
    order_id: str
    at: str
    """When, as ISO 8601."""


def order_line(row: OrderRow, locale: str) -> OrderLine:
    """An order as a line of a table."""
    return OrderLine(
        id=row.id,
        number=row.number,
        date=day(row.created_at, locale),
        description=row.description,
        kind=t_in(locale, f"order.type.{row.type}"),
        status=t_in(locale, f"order.status.{row.status}"),
        tone=ORDER_TONES[row.status],
        amount=row.amount_text,
        credits=t_in(locale, "number", n=row.credits) if row.credits else "–",
        document=row.invoice_url or row.receipt_url or "",
        at=stamp(row.created_at),
    )


def credit_line(row: CreditLogRow, locale: str) -> CreditLine:
    """A line of the credit ledger as a line of a table."""
    number = t_in(locale, "number", n=abs(row.amount))
    return CreditLine(
        id=row.id,
        date=moment(row.created_at, locale),
        kind=t_in(locale, f"credit.type.{row.type}"),
        note=row.note,
        amount=f"+{number}" if row.amount >= 0 else f"−{number}",
        is_gain=row.amount >= 0,
        subscription_after=t_in(locale, "number", n=row.subscription_balance_after),
        one_time_after=t_in(locale, "number", n=row.one_time_balance_after),
        order_id=row.order_id,
        at=stamp(row.created_at),
    )
