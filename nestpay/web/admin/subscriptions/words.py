"""Subscriptions as the desk writes them in its lists: words, dates and links in the admin's language."""

from dataclasses import dataclass

from nestpay.billing.order_desk import company
from nestpay.billing.subscription_desk import SubscriptionLine
from nestpay.web.admin.places import CUSTOMER, SUBSCRIPTION, place
from nestpay.web.dashboard.rows import SUBSCRIPTION_TONES
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day


@dataclass(frozen=True)
class Line:
    id: str
    href: str
    email: str
    customer: str
    plan: str
    price: str
    status: str
    tone: str
    began: str
    next: str


def line(row: SubscriptionLine, locale: str) -> Line:
    """A subscription as a line of a table."""
    interval = t_in(locale, f"desk.interval.{row.interval}") if row.interval else ""
    seats = t_in(locale, "desk.subscriptions.seats", n=row.quantity) if row.quantity > 1 else ""
    if row.cancels_at:
        coming = t_in(locale, "desk.subscriptions.ends", day=day(row.cancels_at, locale))
    else:
        coming = day(row.current_period_end, locale) or "–"
    return Line(
        id=row.id,
        href=place(SUBSCRIPTION, row.id, locale),
        email=row.email,
        customer=place(CUSTOMER, row.user_id, locale),
        plan=row.plan_title or "–",
        price=" · ".join(filter(None, (row.amount_text, interval, seats, company(row.provider)))),
        status=t_in(locale, f"subscription.status.{row.status}"),
        tone=SUBSCRIPTION_TONES[row.status],
        began=day(row.created_at, locale),
        next=coming,
    )
