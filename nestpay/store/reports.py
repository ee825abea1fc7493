"""Adds up the books by day for the reports: one statement a figure, whatever the size of the shop.

Each currency is added up by itself. A day is a day of UTC; `None` stands for everything before the range.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, select
from sqlmodel import Session, SQLModel

from nestpay.domain.ledger import LogType
from nestpay.domain.orders import OrderType
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.store.ledger import grants, lineage, logs, usage
from nestpay.store.tables import OrderRow, PlanRow, PriceRecord, SubscriptionChangeRow

_tables = SQLModel.metadata.tables
steps, orders = _tables[SubscriptionChangeRow.__tablename__], _tables[OrderRow.__tablename__]
plans, prices = _tables[PlanRow.__tablename__], _tables[PriceRecord.__tablename__]

OWING = (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)
COUNTED = (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)


@dataclass(frozen=True, slots=True)
class MovementDay:
    """What one day's steps did to the monthly recurring revenue (minor units, all of them >= 0) and to the heads."""

    day: date | None
    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churned: int = 0
    reactivation: int = 0
    customers_new: int = 0
    customers_churned: int = 0
    customers_reactivated: int = 0
    active: int = 0
    """How many more subscriptions run than the day before."""
    trialing: int = 0


@dataclass(frozen=True, slots=True)
class RevenueDay:
    """What one day brought by one plan, in minor units: paid in (tax included), tax, and paid back."""

    day: date
    plan_id: str
    paid: int
    tax: int
    payments: int
    refunded: int
    refunds: int


@dataclass(frozen=True, slots=True)
class PriceRevenue:
    """What one price of no plan brought over a range, in minor units as a `RevenueDay`; `price_id` may be ""."""

    price_id: str
    paid: int
    tax: int
    payments: int
    refunded: int
    refunds: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A subscription whose payment failed: the monthly revenue at stake, and how it ended. "" is not ended yet."""

    mrr_minor: int
    ended_as: str


@dataclass(frozen=True, slots=True)
class CreditDay:
    """Credits that moved on one day for one reason; negative ones left the accounts."""

    day: date
    type: str
    amount: int


def currencies(session: Session) -> list[str]:
    """Every currency something was ever sold in, in order."""
    return list(session.scalars(select(prices.c.currency).distinct().order_by(prices.c.currency)))


def plan_titles(session: Session) -> dict[str, str]:
    """The titles of all plans, archived ones too, by id."""
    return {row[0]: row[1] for row in session.execute(select(plans.c.id, plans.c.title))}


def movements(session: Session, currency: str, start: datetime, end: datetime) -> list[MovementDay]:
    """The steps of all subscriptions up to `end`, by day from `start` on, and as one sum before it.

    A customer's subscriptions in a currency are taken together: the first revenue is new, revenue after none is a
    reactivation, the last one's loss is churn, and everything between is expansion or contraction. What came before
    `start` is only added up: the customers who moved since are walked through, and they are few.
    """
    return [_opening(session, currency, start), *_by_day(session, currency, start, end)]


def _opening(session: Session, currency: str, start: datetime) -> MovementDay:
    """Everything before `start`: what it added up to, as if it were new, and how many customers that were."""
    of_each = (
        select(*(func.sum(value).label(name) for name, value in _MOVED.items()))
        .where(steps.c.currency == currency, steps.c.at < start)
        .group_by(steps.c.user_id)
        .subquery()
    )
    query = select(
        func.sum(of_each.c.change),
        func.sum(case((of_each.c.change > 0, 1), else_=0)),
        func.sum(of_each.c.active),
        func.sum(of_each.c.trialing),
    )
    mrr, customers, active, trialing = (int(value or 0) for value in session.execute(query).one())
    return MovementDay(None, new=mrr, customers_new=customers, active=active, trialing=trialing)


def _by_day(session: Session, currency: str, start: datetime, end: datetime) -> list[MovementDay]:
    walked = _walked(currency, start, end)
    change, before, after = walked.c.change, walked.c.total - walked.c.change, walked.c.total
    gains, loses, had = change > 0, change < 0, walked.c.paid_before > 0
    begins, stops = and_(gains, before <= 0), and_(loses, after <= 0)
    kinds = {
        "new": (and_(begins, ~had), change),
        "expansion": (and_(gains, before > 0), change),
        "contraction": (and_(loses, after > 0), -change),
        "churned": (stops, -change),
        "reactivation": (and_(begins, had), change),
        "customers_new": (and_(begins, ~had), 1),
        "customers_churned": (stops, 1),
        "customers_reactivated": (and_(begins, had), 1),
    }
    day = _day(session, walked.c.at).label("day")
    sums = [func.sum(case((condition, value), else_=0)).label(name) for name, (condition, value) in kinds.items()]
    heads = [func.sum(walked.c[name]).label(name) for name in ("active", "trialing")]
    rows = session.execute(select(day, *sums, *heads).group_by(day).order_by(day)).mappings()
    return [
        MovementDay(**{**{name: int(row[name]) for name in row if name != "day"}, "day": _date(row["day"])})
        for row in rows
    ]


def _walked(currency: str, start: datetime, end: datetime) -> Any:
    """Each step of the range with what its customer's subscriptions bring after it, and whether they ever did before."""
    here = (steps.c.currency == currency, steps.c.at >= start, steps.c.at < end)
    movers = select(steps.c.user_id).where(*here)
    former = (
        select(steps.c.user_id, func.sum(_MOVED["change"]).label("total"), func.sum(_PAYS).label("paid"))
        .where(steps.c.currency == currency, steps.c.at < start, steps.c.user_id.in_(movers))
        .group_by(steps.c.user_id)
        .subquery()
    )
    order: dict[str, Any] = {"partition_by": steps.c.user_id, "order_by": (steps.c.at, steps.c.id), "rows": (None, 0)}
    total = func.sum(_MOVED["change"]).over(**order) + func.coalesce(former.c.total, 0)
    paid_before = func.sum(_PAYS).over(**order) - _PAYS + func.coalesce(former.c.paid, 0)
    moved = (value.label(name) for name, value in _MOVED.items())
    return (
        select(steps.c.at, *moved, total.label("total"), paid_before.label("paid_before"))
        .outerjoin(former, former.c.user_id == steps.c.user_id)
        .where(*here)
        .subquery()
    )


def _difference(
    before: ColumnElement[str], after: ColumnElement[str], among: tuple[SubscriptionStatus, ...]
) -> ColumnElement[int]:
    return case((after.in_(among), 1), else_=0) - case((before.in_(among), 1), else_=0)


_PAYS = case((steps.c.mrr_minor_after > 0, 1), else_=0)
_MOVED: dict[str, ColumnElement[int]] = {
    "change": steps.c.mrr_minor_after - steps.c.mrr_minor_before,
    "active": _difference(steps.c.status_before, steps.c.status_after, COUNTED),
    "trialing": _difference(steps.c.status_before, steps.c.status_after, (SubscriptionStatus.TRIALING,)),
}
"""What one step changes: monthly revenue, running subscriptions, trials."""


def revenue(session: Session, currency: str, start: datetime, end: datetime) -> list[RevenueDay]:
    """What was paid in and paid back from `start` to before `end`, by day and plan."""
    day, plan_id = _day(session, orders.c.paid_at).label("day"), func.coalesce(orders.c.plan_id, "").label("plan_id")
    query = (
        select(day, plan_id, *_BROUGHT)
        .where(orders.c.currency == currency, orders.c.paid_at >= start, orders.c.paid_at < end)
        .group_by(day, plan_id)
        .order_by(day, plan_id)
    )
    return [
        RevenueDay(_date(row[0]) or date.min, row[1], *(int(value) for value in row[2:]))
        for row in session.execute(query)
    ]


def revenue_beside_plans(session: Session, currency: str, start: datetime, end: datetime) -> list[PriceRevenue]:
    """What was paid in and paid back for other things than plans, by price.

    By itself, since only these few rows need the price: the index that answers `revenue` does not hold it.
    """
    price_id = func.coalesce(orders.c.price_id, "").label("price_id")
    query = (
        select(price_id, *_BROUGHT)
        .where(orders.c.currency == currency, orders.c.paid_at >= start, orders.c.paid_at < end)
        .where(orders.c.plan_id.is_(None))
        .group_by(price_id)
        .order_by(price_id)
    )
    return [PriceRevenue(row[0], *(int(value) for value in row[1:])) for row in session.execute(query)]


_IS_REFUND = orders.c.type == OrderType.REFUND
_BROUGHT = (
    func.sum(case((_IS_REFUND, 0), else_=orders.c.amount_total)).label("paid"),
    func.sum(case((_IS_REFUND, 0), else_=orders.c.amount_tax)).label("tax"),
    func.sum(case((_IS_REFUND, 0), else_=1)).label("payments"),
    func.sum(case((_IS_REFUND, orders.c.amount_total), else_=0)).label("refunded"),
    func.sum(case((_IS_REFUND, 1), else_=0)).label("refunds"),
)
"""What orders brought: paid in, the taxes in it, how often, and paid back, how often."""


def failures(session: Session, currency: str, start: datetime, end: datetime) -> list[Failure]:
    """Subscriptions that began to owe from `start` to before `end`, with how that ended for each."""
    later = steps.alias()
    outcome = (
        select(later.c.status_after)
        .where(
            later.c.subscription_id == steps.c.subscription_id,
            later.c.id > steps.c.id,
            later.c.status_after.not_in(OWING),
        )
        .order_by(later.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = select(steps.c.mrr_minor_before, func.coalesce(outcome, "")).where(
        steps.c.currency == currency,
        steps.c.at >= start,
        steps.c.at < end,
        steps.c.status_after.in_(OWING),
        steps.c.status_before.not_in(OWING),
    )
    return [Failure(row[0], row[1]) for row in session.execute(query)]


def credits_moved(session: Session, start: datetime, end: datetime) -> list[CreditDay]:
    """Credits that came and went from `start` to before `end`, by day and kind of line."""
    day = _day(session, logs.c.created_at).label("day")
    query = (
        select(day, logs.c.type, func.sum(logs.c.amount))
        .where(logs.c.created_at >= start, logs.c.created_at < end)
        .group_by(day, logs.c.type)
        .order_by(day, logs.c.type)
    )
    return [CreditDay(_date(row[0]) or date.min, row[1], int(row[2])) for row in session.execute(query)]


def credits_left(session: Session, at: datetime) -> int:
    """All credits on all accounts at an instant that were not expired then: what the shop still owes.

    Reckoned back from what the accounts hold now, so that it reads the lines since `at` and not those before.
    """
    held_now = func.sum(usage.c.subscription_credits_balance + usage.c.one_time_credits_balance)
    moved_since = select(func.sum(logs.c.amount)).where(logs.c.created_at >= at)
    still_open = select(func.sum(grants.c.remaining)).where(grants.c.remaining > 0, grants.c.expires_at <= at)
    closed_since = (
        select(func.sum(lineage.c.amount))
        .join(logs, logs.c.id == lineage.c.log_id)
        .join(grants, grants.c.id == lineage.c.lot_id)
        .where(logs.c.created_at >= at, logs.c.type == LogType.EXPIRE, grants.c.expires_at <= at)
    )
    now, since, unswept, swept = (
        int(session.execute(query).scalar() or 0) for query in (select(held_now), moved_since, still_open, closed_since)
    )
    return now - since - unswept + swept


def _day(session: Session, at: Any) -> Any:
    """The UTC day of an instant. SQLite keeps instants as texts that begin with it."""
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(at, 1, 10)
    return cast(func.timezone("UTC", at), Date)


def _date(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
