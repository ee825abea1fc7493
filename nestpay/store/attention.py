"""Counts what an admin should look at, each with how old the oldest is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlmodel import Session, SQLModel

from nestpay.domain.deliveries import DeliveryState
from nestpay.domain.refunds import DisputeStatus
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.store.tables import DeliveryRow, DisputeRow, FraudWarningRow, PriceRecord, SubscriptionRow

_tables = SQLModel.metadata.tables
prices, subscriptions = _tables[PriceRecord.__tablename__], _tables[SubscriptionRow.__tablename__]
disputes, warnings = _tables[DisputeRow.__tablename__], _tables[FraudWarningRow.__tablename__]
deliveries = _tables[DeliveryRow.__tablename__]

_ASKING = (DisputeStatus.NEEDS_RESPONSE, DisputeStatus.WARNING_NEEDS_RESPONSE)
_OWING = (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many there are, since when the oldest (UTC), and one of them to go to."""

    count: int
    oldest: datetime | None
    one: str | None


def drifted_prices(session: Session) -> Waiting:
    """Prices that are sold, and that their provider has otherwise. `one` is the plan."""
    return _waiting(
        session, and_(prices.c.provider_state != "", prices.c.active), prices.c.updated_at, prices.c.plan_id
    )


def open_disputes(session: Session) -> Waiting:
    """Disputes that want an answer. `one` is the order."""
    return _waiting(session, disputes.c.status.in_(_ASKING), disputes.c.created_at, disputes.c.order_id)


def open_warnings(session: Session) -> Waiting:
    """Fraud warnings that nobody dealt with. `one` is the order."""
    return _waiting(
        session, and_(warnings.c.action == "", warnings.c.is_actionable), warnings.c.created_at, warnings.c.order_id
    )


def failed_deliveries(session: Session) -> Waiting:
    """What buyers wait for and was given up. `one` is the order."""
    return _waiting(session, deliveries.c.state == DeliveryState.FAILED, deliveries.c.created_at, deliveries.c.order_id)


def past_due(session: Session) -> Waiting:
    """Subscriptions that owe. `one` is the subscription."""
    return _waiting(
        session,
        subscriptions.c.status.in_(_OWING),
        func.coalesce(subscriptions.c.past_due_at, subscriptions.c.updated_at),
        subscriptions.c.id,
    )


def _waiting(session: Session, condition: ColumnElement[bool], since: Any, name: Any) -> Waiting:
    number = session.execute(select(func.count()).where(condition)).scalar_one()
    if not number:
        return Waiting(0, None, None)
    at = select(since.label("since"), name).where(condition).order_by(since).limit(1)
    row = session.execute(at).one()
    return Waiting(number, row[0], row[1])
