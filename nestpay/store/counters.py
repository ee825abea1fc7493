"""Counters of limited features, one row a user, feature and billing period."""

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, SQLModel

from nestpay.store.ledger import insert_for
from nestpay.store.tables import FeatureCounterRow

counters = SQLModel.metadata.tables[FeatureCounterRow.__tablename__]


def used(session: Session, user_id: str, feature: str, period_start: datetime) -> int:
    """How often a feature was used since `period_start`."""
    query = select(counters.c.used).where(
        counters.c.user_id == user_id, counters.c.feature == feature, counters.c.period_start == period_start
    )
    return session.execute(query).scalar() or 0


def count(session: Session, user_id: str, feature: str, period_start: datetime, number: int, now: datetime) -> int:
    """Add `number` (negative gives back) and return what was used then."""
    statement = insert_for(session, counters).values(
        user_id=user_id, feature=feature, period_start=period_start, used=number, updated_at=now
    )
    statement = statement.on_conflict_do_update(
        index_elements=["user_id", "feature", "period_start"],
        set_={"used": counters.c.used + number, "updated_at": now},
    )
    return session.execute(statement.returning(counters.c.used)).scalar_one()
