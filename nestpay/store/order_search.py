"""Orders of everybody as the admin's desk looks for them: filtered, sorted, paged, added up, and read to the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, case, func, literal_column, select
from sqlmodel import Session, SQLModel

from nestpay.domain.orders import PAID, Order, OrderType
from nestpay.store import keyset
from nestpay.store.changes import customers, order_from, orders, subscriptions
from nestpay.store.keyset import Place
from nestpay.store.reversals import disputes, refunds
from nestpay.store.tables import PlanRow, PriceRecord, UserRow

_tables = SQLModel.metadata.tables
_users, _plans = _tables[UserRow.__tablename__], _tables[PlanRow.__tablename__]
_prices = _tables[PriceRecord.__tablename__]
Sort = Literal["newest", "oldest", "largest", "smallest"]
NUMBER = literal_column("substr(orders.id, 25)")
"""What an order's number is made of; written as the index over it is."""
_BY_PROVIDERS_ID = ("provider_session_id", "provider_payment_intent_id", "provider_invoice_id", "provider_charge_id")
_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders are wanted; what is None or "" does not matter. Instants are UTC and half-open, amounts minor units."""

    order_ids: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    subscription_ids: tuple[str, ...] | None = None
    provider: str = ""
    type: str = ""
    status: str = ""
    plan_id: str = ""
    currency: str = ""
    since: datetime | None = None
    until: datetime | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether ids leave few orders over. One user's have an index that sorts them, too."""
        is_one_users = self.user_ids is not None and len(self.user_ids) == 1
        return not is_one_users and (self.order_ids, self.user_ids, self.subscription_ids) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Found:
    """An order with whose it is and what was bought."""

    order: Order
    email: str
    plan_title: str


@dataclass(frozen=True, slots=True)
class Total:
    """All orders of one currency that a filter finds: how many, and minor units paid and sent back."""

    currency: str
    count: int
    paid: int
    refunded: int


def page(session: Session, wanted: OrderFilter, sort: Sort, place: Place | None, limit: int) -> Sequence[Found]:
    """Up to `limit` orders at a place of the sorted list."""
    rows = keyset.rows_at(
        session,
        _matching(select(orders), wanted),
        key_columns(sort),
        place=place,
        limit=limit,
        descending=sort in ("newest", "largest"),
        is_narrow=wanted.is_narrow,
    )
    return _with_owners(session, [order_from(row) for row in rows])


def key_columns(sort: Sort) -> tuple[Any, Any]:
    """The two columns that a sort goes by."""
    return (orders.c.created_at if sort in ("newest", "oldest") else orders.c.amount_total), orders.c.id


def all_of(session: Session, wanted: OrderFilter) -> Iterator[Found]:
    """Every order that is wanted, the newest first, read a thousand at a time."""
    place = None
    while True:
        found = page(session, wanted, "newest", place, _CHUNK)
        yield from found
        if len(found) < _CHUNK:
            return
        last = found[-1].order
        place = Place("older", (last.created_at, last.id))


def totals(session: Session, wanted: OrderFilter) -> list[Total]:
    """What the wanted orders come to, a line a currency."""
    is_income = orders.c.status.in_(PAID) & (orders.c.type != OrderType.REFUND)
    paid = case((is_income, orders.c.amount_total), else_=0)
    columns = (orders.c.currency, func.count(), func.sum(paid), func.sum(orders.c.amount_refunded))
    query = _matching(select(*columns), wanted).group_by(orders.c.currency).order_by(func.count().desc())
    return [Total(currency, count, int(paid), int(back)) for currency, count, paid, back in session.execute(query)]


def providers_sold_by(session: Session) -> list[str]:
    """Every provider that a price names, switched on or not."""
    return list(session.scalars(select(_prices.c.provider).distinct()))


def ids_of_number(session: Session, tail: str, limit: int) -> list[str]:
    """The orders whose id ends in these eight characters."""
    return list(session.scalars(select(orders.c.id).where(tail == NUMBER).limit(limit)))


def ids_of_provider_id(session: Session, provider_id: str, providers: Sequence[str], limit: int) -> list[str]:
    """The orders that bear this id of a provider's: a session's, payment's, invoice's, charge's, refund's or dispute's."""
    found: list[str] = []
    for name in _BY_PROVIDERS_ID:
        found += session.scalars(select(orders.c.id).where(orders.c[name] == provider_id).limit(limit))
    own = select(orders.c.id).where(orders.c.provider.in_(providers), orders.c.provider_order_id == provider_id)
    found += session.scalars(own.limit(limit))
    for table, column in ((refunds, "provider_refund_id"), (disputes, "provider_dispute_id")):
        back = select(table.c.order_id).where(table.c.provider.in_(providers), table.c[column] == provider_id)
        found += [order_id for order_id in session.scalars(back) if order_id]
    return list(dict.fromkeys(found))[:limit]


def subscriptions_of_provider_id(session: Session, provider_id: str, providers: Sequence[str]) -> list[str]:
    """Our ids of the subscriptions with this id at a provider."""
    query = select(subscriptions.c.id).where(
        subscriptions.c.provider.in_(providers), subscriptions.c.provider_subscription_id == provider_id
    )
    return list(session.scalars(query))


def users_of_provider_id(session: Session, provider_id: str, providers: Sequence[str]) -> list[str]:
    """The users whom a provider knows by this id, now or once."""
    query = select(customers.c.user_id).where(
        customers.c.provider.in_(providers), customers.c.provider_customer_id == provider_id
    )
    return list(session.scalars(query))


def _matching(query: Select[Any], wanted: OrderFilter) -> Select[Any]:
    for column, ids in (
        (orders.c.id, wanted.order_ids),
        (orders.c.user_id, wanted.user_ids),
        (orders.c.subscription_id, wanted.subscription_ids),
    ):
        if ids is not None:
            query = query.where(column == ids[0] if len(ids) == 1 else column.in_(ids))
    for name in ("provider", "type", "status", "plan_id", "currency"):
        value = getattr(wanted, name)
        if value:
            query = query.where(orders.c[name] == value)
    bounds = (
        (wanted.since, lambda: orders.c.created_at >= wanted.since),
        (wanted.until, lambda: orders.c.created_at < wanted.until),
        (wanted.at_least, lambda: orders.c.amount_total >= wanted.at_least),
        (wanted.at_most, lambda: orders.c.amount_total <= wanted.at_most),
    )
    for value, condition in bounds:
        if value is not None:
            query = query.where(condition())
    return query


def _with_owners(session: Session, found: Sequence[Order]) -> list[Found]:
    """In two more reads by key: joined to the sorted page they would tempt the planner to join first."""
    owners, bought = {order.user_id for order in found}, {order.plan_id for order in found if order.plan_id}
    emails = dict(session.execute(select(_users.c.id, _users.c.email).where(_users.c.id.in_(owners))).tuples().all())
    titles = dict(session.execute(select(_plans.c.id, _plans.c.title).where(_plans.c.id.in_(bought))).tuples().all())
    return [Found(order, emails.get(order.user_id, ""), titles.get(order.plan_id or "", "")) for order in found]
