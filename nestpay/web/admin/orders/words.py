"""Orders as the desk writes them in its lists: words, dates and links in the admin's language."""

from dataclasses import dataclass

from nestpay.billing.order_desk import OrderLine, company
from nestpay.web.admin.places import CUSTOMER, ORDER, place
from nestpay.web.dashboard.rows import ORDER_TONES
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import moment


@dataclass(frozen=True)
class Line:
    id: str
    number: str
    href: str
    date: str
    email: str
    customer: str
    what: str
    kind: str
    status: str
    tone: str
    amount: str
    refunded: str


def line(row: OrderLine, locale: str) -> Line:
    """An order as a line of a table."""
    return Line(
        id=row.id,
        number=row.number,
        href=place(ORDER, row.id, locale),
        date=moment(row.created_at, locale),
        email=row.email,
        customer=place(CUSTOMER, row.user_id, locale),
        what=row.description or row.plan_title,
        kind=" · ".join(filter(None, (t_in(locale, f"order.type.{row.type}"), company(row.provider)))),
        status=t_in(locale, f"order.status.{row.status}"),
        tone=ORDER_TONES[row.status],
        amount=f"−{row.amount_text}" if row.type == "refund" else row.amount_text,
        refunded=t_in(locale, "desk.orders.refunded", amount=row.refunded_text) if row.refunded_text else "",
    )
