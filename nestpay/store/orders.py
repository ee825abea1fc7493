"""Orders: found, listed by keyset, and written one by one where no webhook is involved."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import and_, bindparam, insert, or_, select, update
from sqlmodel import Session

from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.store import outgoing
from nestpay.store.changes import order_from, orders

BOUGHT = (  # built once: it runs whenever somebody asks what they may do
    select(orders.c.price_id)
    .where(
        orders.c.user_id == bindparam("user_id"),
        orders.c.type == OrderType.PURCHASE,
        or_(orders.c.status == OrderStatus.SUCCEEDED, orders.c.status == OrderStatus.PARTIALLY_REFUNDED),
        orders.c.price_id.is_not(None),
    )
    .distinct()
)


def add(session: Session, order: Order) -> None:
    """Write a new order."""
    session.execute(insert(orders).values(asdict(order)))
    outgoing.orders_changed(session, [(None, order)], order.created_at)


def attach_checkout(
    session: Session, order_id: str, *, session_id: str, url: str, expires_at: datetime | None, now: datetime
) -> None:
    """Remember the payment page of an order. Leaves its status alone: a webhook may have been faster."""
    session.execute(
        update(orders)
        .where(orders.c.id == order_id)
        .values(provider_session_id=session_id, checkout_url=url, checkout_expires_at=expires_at, updated_at=now)
    )


def end_pending(session: Session, order_id: str, status: OrderStatus, now: datetime) -> None:
    """End an order that still waits for its payment; one that does not wait any more stays as it is."""
    ended = (
        update(orders)
        .where(orders.c.id == order_id, orders.c.status == OrderStatus.PENDING)
        .values(status=status, updated_at=now)
    )
    row = session.execute(ended.returning(orders)).mappings().first()
    if row:
        after = order_from(row)
        outgoing.orders_changed(session, [(replace(after, status=OrderStatus.PENDING), after)], now)


def pending_of(session: Session, user_id: str, since: datetime) -> list[Order]:
    """A user's orders that wait for a payment and were made after `since`, the newest first."""
    query = (
        select(orders)
        .where(orders.c.user_id == user_id, orders.c.status == OrderStatus.PENDING, orders.c.created_at > since)
        .order_by(orders.c.created_at.desc(), orders.c.id.desc())
    )
    return [order_from(row) for row in session.execute(query).mappings()]


def of_session(session: Session, user_id: str, session_id: str) -> Order | None:
    """A user's own order of a checkout session."""
    query = select(orders).where(orders.c.provider_session_id == session_id, orders.c.user_id == user_id)
    row = session.execute(query).mappings().first()
    return order_from(row) if row else None


def page_of(
    session: Session,
    user_id: str,
    *,
    before: tuple[datetime, str] | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Order]:
    """Up to `limit` orders of a user that are not mere attempts, the newest first, on one side of a (time, id) mark."""
    key = (orders.c.created_at, orders.c.id)
    is_shown = or_(orders.c.status != OrderStatus.CANCELED, orders.c.paid_at.is_not(None))
    query = select(orders).where(orders.c.user_id == user_id, is_shown)
    if after:
        newer = or_(key[0] > after[0], and_(key[0] == after[0], key[1] > after[1]))
        rows = session.execute(query.where(newer).order_by(key[0], key[1]).limit(limit)).mappings().all()
        return [order_from(row) for row in reversed(rows)]
    if before:
        query = query.where(or_(key[0] < before[0], and_(key[0] == before[0], key[1] < before[1])))
    rows = session.execute(query.order_by(key[0].desc(), key[1].desc()).limit(limit)).mappings()
    return [order_from(row) for row in rows]


def by_id(session: Session, order_id: str) -> Order | None:
    """One order, whoever's it is."""
    row = session.execute(select(orders).where(orders.c.id == order_id)).mappings().first()
    return order_from(row) if row else None


def waiting(
    session: Session, provider: str, since: datetime, until: datetime, *, user_id: str | None = None
) -> list[Order]:
    """Orders made between two instants that have a payment page and still wait for its payment, the oldest first."""
    query = select(orders).where(
        orders.c.provider == provider,
        orders.c.status == OrderStatus.PENDING,
        orders.c.provider_session_id.is_not(None),
        orders.c.created_at > since,
        orders.c.created_at <= until,
    )
    if user_id is not None:
        query = query.where(orders.c.user_id == user_id)
    return [order_from(row) for row in session.execute(query.order_by(orders.c.created_at)).mappings()]


def known_invoices(session: Session, provider: str, invoice_ids: Sequence[str]) -> set[str]:
    """Which of these invoices of a provider have an order."""
    query = select(orders.c.provider_invoice_id).where(
        orders.c.provider == provider, orders.c.provider_invoice_id.in_(invoice_ids)
    )
    return {invoice_id for invoice_id in session.scalars(query) if invoice_id}


def first_payments_of(session: Session, user_id: str, limit: int = 200) -> list[Order]:
    """A user's newest paid purchases and first payments of subscriptions, whatever became of the money."""
    kinds = (OrderType.PURCHASE, OrderType.SUBSCRIPTION_INITIAL)
    query = select(orders).where(orders.c.user_id == user_id, orders.c.type.in_(kinds), orders.c.paid_at.is_not(None))
    newest = query.order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(limit)
    return [order_from(row) for row in session.execute(newest).mappings()]


def bought_prices(session: Session, user_id: str) -> set[str]:
    """The prices that a user paid for once and has not got all their money back for."""
    return set(session.scalars(BOUGHT, {"user_id": user_id}))
