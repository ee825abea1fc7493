"""What an order or a person left behind: webhook events, mails, audit lines, and money that went back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from nestpay.domain.ledger import Lot
from nestpay.store.changes import orders
from nestpay.store.events import events
from nestpay.store.ledger import grants, lot_from
from nestpay.store.tables import AuditRow, CustomerRow, DisputeRow, EmailRow, RefundRow, SubscriptionRow

_subscriptions = SQLModel.metadata.tables[SubscriptionRow.__tablename__]


@dataclass(frozen=True, slots=True)
class EventTrace:
    """One stored event, without its payload."""

    id: str
    provider: str
    event_id: str
    type: str
    object_id: str
    status: str
    attempts: int
    error: str
    occurred_at: datetime
    received_at: datetime


_EVENT = [events.c[name] for name in EventTrace.__dataclass_fields__]


def events_about(session: Session, object_ids: Collection[str], limit: int) -> list[EventTrace]:
    """The newest stored events about these objects of a provider's."""
    wanted = {each for each in object_ids if each}
    if not wanted:
        return []
    query = (
        select(*_EVENT).where(events.c.object_id.in_(wanted)).order_by(events.c.received_at.desc(), events.c.id.desc())
    )
    return [EventTrace(*row) for row in session.execute(query.limit(limit))]


def objects_of(session: Session, user_id: str, most_orders: int) -> set[str]:
    """The provider's ids of a user's customers, subscriptions and newest orders."""
    found: set[str | None] = set(
        session.scalars(select(col(CustomerRow.provider_customer_id)).where(col(CustomerRow.user_id) == user_id))
    )
    held = select(_subscriptions.c.provider_subscription_id).where(_subscriptions.c.user_id == user_id)
    found |= set(session.scalars(held))
    names = ("provider_session_id", "provider_payment_intent_id", "provider_invoice_id", "provider_charge_id")
    query = select(*(orders.c[name] for name in names)).where(orders.c.user_id == user_id)
    for row in session.execute(query.order_by(orders.c.created_at.desc(), orders.c.id.desc()).limit(most_orders)):
        found |= set(row)
    return {each for each in found if each}


def mails_of(session: Session, user_id: str, limit: int) -> Sequence[EmailRow]:
    """A user's newest mails."""
    query = select(EmailRow).where(col(EmailRow.user_id) == user_id)
    return session.scalars(query.order_by(col(EmailRow.created_at).desc(), col(EmailRow.id).desc()).limit(limit)).all()


def mails_by_key(session: Session, keys: Collection[str]) -> Sequence[EmailRow]:
    """The mails with these dedupe keys."""
    query = select(EmailRow).where(col(EmailRow.dedupe_key).in_(set(keys)))
    return session.scalars(query.order_by(col(EmailRow.created_at))).all()


def audit_of(session: Session, subjects: Collection[str], limit: int) -> Sequence[AuditRow]:
    """The newest lines about these subjects."""
    query = select(AuditRow).where(col(AuditRow.subject).in_(set(subjects)))
    return session.scalars(query.order_by(col(AuditRow.at).desc(), col(AuditRow.id).desc()).limit(limit)).all()


def refunds_of(session: Session, order_id: str) -> Sequence[RefundRow]:
    """An order's refunds, the oldest first, failed ones too."""
    query = select(RefundRow).where(col(RefundRow.order_id) == order_id)
    return session.scalars(query.order_by(col(RefundRow.created_at), col(RefundRow.id))).all()


def disputes_of(session: Session, order_id: str) -> Sequence[DisputeRow]:
    """An order's disputes, the oldest first."""
    query = select(DisputeRow).where(col(DisputeRow.order_id) == order_id)
    return session.scalars(query.order_by(col(DisputeRow.created_at), col(DisputeRow.id))).all()


def lots_of_order(session: Session, order_id: str) -> list[Lot]:
    """The lots that an order granted, the oldest first."""
    query = select(grants).where(grants.c.order_id == order_id).order_by(grants.c.created_at, grants.c.id)
    return [lot_from(row) for row in session.execute(query).mappings()]


def customers_of(session: Session, user_id: str) -> Sequence[CustomerRow]:
    """As whom providers know a user, retired ones too, the newest first."""
    query = select(CustomerRow).where(col(CustomerRow.user_id) == user_id)
    return session.scalars(query.order_by(col(CustomerRow.created_at).desc(), col(CustomerRow.id).desc())).all()
