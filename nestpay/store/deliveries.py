"""What is handed over after purchases: written with the payment, claimed by workers, turned when money goes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlmodel import Session, SQLModel, col

from nestpay.domain.deliveries import DeliveryState
from nestpay.domain.orders import OrderStatus
from nestpay.domain.subscriptions import ENDED
from nestpay.store.columns import new_id
from nestpay.store.ledger import insert_for
from nestpay.store.tables import DeliveryRow, OrderRow, SubscriptionRow, UserRow

_tables = SQLModel.metadata.tables
deliveries, orders = _tables[DeliveryRow.__tablename__], _tables[OrderRow.__tablename__]
subscriptions, users = _tables[SubscriptionRow.__tablename__], _tables[UserRow.__tablename__]
_DUE = (DeliveryState.PENDING, DeliveryState.REVOKING)
KEPT = (OrderStatus.SUCCEEDED, OrderStatus.PARTIALLY_REFUNDED)
"""The orders whose buyers keep what they were given."""


@dataclass(frozen=True, slots=True)
class DeliveriesWanted:
    """Hand these over for an order, each once. See nestpay.store.marks.Mark."""

    order_id: str
    user_id: str
    names: tuple[str, ...]

    def write(self, session: Session, now: datetime) -> None:
        """Write them; a second time changes nothing."""
        for name in self.names:
            row = {
                "id": new_id(),
                "order_id": self.order_id,
                "user_id": self.user_id,
                "name": name,
                "state": DeliveryState.PENDING,
                "result": {},
                "attempts": 0,
                "next_attempt_at": now,
                "error": "",
                "created_at": now,
                "updated_at": now,
            }
            insert = insert_for(session, DeliveryRow).values(row)
            session.execute(insert.on_conflict_do_nothing(index_elements=["order_id", "name"]))


@dataclass(frozen=True, slots=True)
class DeliveriesTurned:
    """An order is kept, or its money went back: what it gave is handed over (again), or taken back."""

    order_id: str
    is_kept: bool

    def write(self, session: Session, now: datetime) -> None:
        """Write it; a second time changes nothing."""
        turned = deliveries.c.order_id == self.order_id
        if self.is_kept:
            again = {"state": DeliveryState.PENDING, "attempts": 0, "next_attempt_at": now, "updated_at": now}
            taken = deliveries.c.state.in_((DeliveryState.REVOKING, DeliveryState.REVOKED))
            session.execute(update(deliveries).where(turned, taken).values(again))
        else:
            _take_back(session, turned, now)


def _take_back(session: Session, which: Any, now: datetime) -> None:
    """What was handed over, or may have been half-way, is to be taken back; what never began is simply over."""
    wish = {"state": DeliveryState.REVOKING, "attempts": 0, "next_attempt_at": now, "updated_at": now}
    given = or_(deliveries.c.state == DeliveryState.DONE, and_(_is_open(), deliveries.c.attempts > 0))
    session.execute(update(deliveries).where(which, given).values(wish))
    over = {"state": DeliveryState.REVOKED, "next_attempt_at": None, "updated_at": now}
    session.execute(update(deliveries).where(which, _is_open()).values(over))


def _is_open() -> Any:
    return deliveries.c.state.in_((DeliveryState.PENDING, DeliveryState.FAILED))


def end_with_subscriptions(session: Session, since: datetime, now: datetime) -> None:
    """Take back what came with subscriptions that ended after `since`."""
    ended = select(orders.c.id).join(subscriptions, subscriptions.c.id == orders.c.subscription_id)
    ended = ended.where(subscriptions.c.status.in_(sorted(ENDED)), subscriptions.c.updated_at > since)
    _take_back(session, deliveries.c.order_id.in_(ended), now)


def claim(session: Session, limit: int, now: datetime, until: datetime) -> Sequence[DeliveryRow]:
    """Up to `limit` that are due and that nobody else works on, leased until `until`."""
    is_free = or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until <= now)
    due = select(deliveries.c.id).where(deliveries.c.state.in_(_DUE), deliveries.c.next_attempt_at <= now, is_free)
    due = due.order_by(deliveries.c.next_attempt_at, deliveries.c.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(session.scalars(due))
    taken = {"lease_until": until, "attempts": deliveries.c.attempts + 1}
    session.execute(update(deliveries).where(deliveries.c.id.in_(ids)).values(taken))
    query = select(DeliveryRow).where(col(DeliveryRow.id).in_(ids)).execution_options(populate_existing=True)
    return sorted(session.scalars(query), key=lambda row: row.id)


def finish(session: Session, claimed: DeliveryRow, now: datetime, **outcome: Any) -> bool:
    """Write what became of a claimed one and let it go. A turn that came meanwhile wins: then only the lease ends."""
    is_mine = and_(deliveries.c.id == claimed.id, deliveries.c.lease_until == claimed.lease_until)
    statement = update(deliveries).where(is_mine, deliveries.c.state == claimed.state)
    values = {"lease_until": None, "updated_at": now, **outcome}
    if session.execute(statement.values(values).returning(deliveries.c.id)).first():
        return True
    kept = {"lease_until": None, "result": outcome.get("result", claimed.result)}
    session.execute(update(deliveries).where(is_mine).values(kept))
    return False


def again(session: Session, delivery_id: str, now: datetime) -> bool:
    """Let one that was given up be tried once more."""
    failed = and_(deliveries.c.id == delivery_id, deliveries.c.state == DeliveryState.FAILED)
    values = {"state": DeliveryState.PENDING, "attempts": 0, "next_attempt_at": now, "updated_at": now}
    return bool(session.execute(update(deliveries).where(failed).values(values).returning(deliveries.c.id)).first())


def of_orders(session: Session, order_ids: Sequence[str]) -> Sequence[DeliveryRow]:
    """What belongs to these orders."""
    query = select(DeliveryRow).where(col(DeliveryRow.order_id).in_(sorted(set(order_ids))))
    return session.scalars(query.order_by(col(DeliveryRow.name))).all()


def newest(session: Session, limit: int) -> list[tuple[DeliveryRow, str]]:
    """The newest deliveries, those in trouble first, each with its owner's address."""
    trouble = (col(DeliveryRow.state) == DeliveryState.FAILED).desc()
    query = select(DeliveryRow, users.c.email).join(users, users.c.id == col(DeliveryRow.user_id))
    rows = session.execute(
        query.order_by(trouble, col(DeliveryRow.created_at).desc(), col(DeliveryRow.id)).limit(limit)
    )
    return [(row, email) for row, email in rows]
