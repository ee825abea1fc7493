"""Deliveries whose signature did not fit, counted by provider and day: nothing of what they said is kept."""

from datetime import datetime

from sqlmodel import Session, SQLModel, col, select

from nestpay.store.ledger import insert_for
from nestpay.store.tables import BadDeliveryRow

_bad = SQLModel.metadata.tables[BadDeliveryRow.__tablename__]


def count(session: Session, provider: str, number: int, at: datetime) -> None:
    """Add `number` to a provider's count of the day (UTC) of `at`."""
    values = {"provider": provider, "day": f"{at:%Y-%m-%d}", "count": number, "last_at": at}
    statement = insert_for(session, BadDeliveryRow).values(values)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["provider", "day"], set_={"count": _bad.c.count + number, "last_at": at}
        )
    )


def since(session: Session, day: str) -> list[BadDeliveryRow]:
    """The counts from a day (2027-02-01) on, the newest first."""
    query = select(BadDeliveryRow).where(col(BadDeliveryRow.day) >= day)
    return list(session.exec(query.order_by(col(BadDeliveryRow.day).desc(), col(BadDeliveryRow.provider))))
