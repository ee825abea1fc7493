"""What editors of plans ask of the tables: a plan as it stands, who bought it, and the order of all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, SQLModel, col

from nestpay.domain.periods import Interval
from nestpay.domain.subscriptions import LIVE
from nestpay.store.plans import plans
from nestpay.store.tables import (
    AuditRow,
    OrderRow,
    PlanRow,
    PriceRecord,
    QuoteRow,
    SubscriptionRow,
    TopUpRow,
    UserRow,
)

_tables = SQLModel.metadata.tables
_orders, _subscriptions = _tables[OrderRow.__tablename__], _tables[SubscriptionRow.__tablename__]
_KEEP_A_PRICE = (OrderRow, SubscriptionRow, QuoteRow, TopUpRow)


@dataclass(frozen=True, slots=True)
class Holders:
    """How many live subscriptions pay a price."""

    price_id: str
    count: int


def plan(session: Session, plan_id: str, *, lock: bool = False) -> PlanRow | None:
    """One plan, archived or not; with `lock`, nobody else changes it before this transaction ends."""
    query = select(PlanRow).where(col(PlanRow.id) == plan_id)
    return session.scalars(query.with_for_update() if lock else query).first()


def every_plan(session: Session) -> Sequence[PlanRow]:
    """All plans of both environments in their order."""
    order = (col(PlanRow.environment), col(PlanRow.display_order), col(PlanRow.key))
    return session.scalars(select(PlanRow).order_by(*order)).all()


def id_of_key(session: Session, key: str, environment: str) -> str | None:
    """The plan that has this key in this environment."""
    query = select(plans.c.id).where(plans.c.key == key, plans.c.environment == environment)
    return session.scalars(query).first()


def keys_of(session: Session, environment: str) -> set[str]:
    """Every key that is taken in an environment."""
    return set(session.scalars(select(plans.c.key).where(plans.c.environment == environment)))


def active_prices(session: Session, plan_ids: Iterable[str]) -> Sequence[PriceRecord]:
    """The prices of these plans that are sold: by interval, then the cheapest first."""
    query = select(PriceRecord).where(col(PriceRecord.plan_id).in_(sorted(set(plan_ids))), col(PriceRecord.active))
    order = list(Interval)
    return sorted(
        session.scalars(query),
        key=lambda price: (order.index(Interval(price.interval)), price.currency, price.amount_minor),
    )


def prices_known_as(session: Session, provider: str, provider_price_id: str) -> Sequence[PriceRecord]:
    """The price that has this id at the provider, if any."""
    query = select(PriceRecord).where(
        col(PriceRecord.provider) == provider, col(PriceRecord.provider_price_id) == provider_price_id
    )
    return session.scalars(query).all()


def is_used(session: Session, price_id: str) -> bool:
    """Whether something refers to a price: an order, paid or not, a subscription, a quote, a top-up."""
    columns = (_tables[table.__tablename__].c.price_id for table in _KEEP_A_PRICE)
    return any(session.scalar(select(column).where(column == price_id).limit(1)) for column in columns)


def was_bought(session: Session, plan_id: str) -> bool:
    """Whether an order or a subscription refers to the plan."""
    return any(
        session.scalar(select(table.c.id).where(table.c.plan_id == plan_id).limit(1))
        for table in (_orders, _subscriptions)
    )


def holders(session: Session, plan_id: str) -> list[Holders]:
    """The live subscriptions of a plan by the price they pay."""
    query = (
        select(_subscriptions.c.price_id, func.count())
        .where(_subscriptions.c.plan_id == plan_id, _subscriptions.c.status.in_(sorted(LIVE)))
        .group_by(_subscriptions.c.price_id)
    )
    return [Holders(price_id or "", count) for price_id, count in session.execute(query)]


def holders_of_all(session: Session) -> dict[str, int]:
    """How many live subscriptions each plan has."""
    query = (
        select(_subscriptions.c.plan_id, func.count())
        .where(_subscriptions.c.status.in_(sorted(LIVE)))
        .group_by(_subscriptions.c.plan_id)
    )
    return {plan_id: count for plan_id, count in session.execute(query) if plan_id}


def set_orders(session: Session, orders: Mapping[str, int], now: datetime) -> None:
    """Give plans their places on the pricing page: an edit like any other, so their versions rise."""
    for plan_id, place in orders.items():
        moved = {"display_order": place, "version": plans.c.version + 1, "updated_at": now}
        session.execute(update(plans).where(plans.c.id == plan_id).values(moved))


def remove(session: Session, plan_id: str) -> None:
    """Delete a plan that nothing refers to, with its prices."""
    session.execute(delete(PriceRecord).where(col(PriceRecord.plan_id) == plan_id))
    session.execute(delete(PlanRow).where(col(PlanRow.id) == plan_id))


def last_editor(session: Session, plan_id: str) -> str:
    """Who changed the plan last: a name or an address, or the word that the audit log has for who is no user."""
    query = (
        select(AuditRow).where(col(AuditRow.subject) == f"plan:{plan_id}").order_by(col(AuditRow.id).desc()).limit(1)
    )
    line = session.scalars(query).first()
    if line is None:
        return ""
    user = session.get(UserRow, line.actor_id)
    return (user.name or user.email) if user else line.actor_id
