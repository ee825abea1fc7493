"""Seats: who may use a subscription besides its owner, who always holds the first seat."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select, update

from nestpay.domain.subscriptions import Subscription
from nestpay.store.changes import subscription_from, subscriptions
from nestpay.store.ledger import insert_for
from nestpay.store.tables import SeatRow

INVITED, ACTIVE, REVOKED = "invited", "active", "revoked"


def of_subscription(session: Session, subscription_id: str) -> list[SeatRow]:
    """The seats that are given away or promised, in the order in which they were."""
    query = select(SeatRow).where(SeatRow.subscription_id == subscription_id, SeatRow.status != REVOKED)
    return list(session.exec(query.order_by(col(SeatRow.invited_at), col(SeatRow.id))))


def in_use(session: Session, subscription_id: str) -> int:
    """How many seats are taken, promised ones and the owner's own included."""
    query = select(func.count()).where(col(SeatRow.subscription_id) == subscription_id, col(SeatRow.status) != REVOKED)
    return 1 + (session.scalar(query) or 0)


def invite(session: Session, seat: SeatRow) -> bool:
    """Promise a seat to an address, again when it was revoked. False when the address has one already."""
    values = seat.model_dump()
    again = {name: values[name] for name in ("status", "token_hash", "invited_at", "accepted_at", "revoked_at")}
    statement = insert_for(session, SeatRow).values(**values)
    upsert = statement.on_conflict_do_update(
        index_elements=["subscription_id", "email"],
        set_={**again, "user_id": None},
        where=col(SeatRow.status) == REVOKED,
    )
    return session.execute(upsert.returning(col(SeatRow.id))).first() is not None


def by_token(session: Session, token_hash: str) -> SeatRow | None:
    """The promised seat that a token opens."""
    return session.exec(select(SeatRow).where(SeatRow.token_hash == token_hash, SeatRow.status == INVITED)).first()


def by_id(session: Session, seat_id: str) -> SeatRow | None:
    """A seat that is given away or promised."""
    return session.exec(select(SeatRow).where(SeatRow.id == seat_id, SeatRow.status != REVOKED)).first()


def accept(session: Session, seat_id: str, user_id: str, at: datetime) -> bool:
    """Give a promised seat to a user. False when it is no longer promised."""
    statement = update(SeatRow).where(col(SeatRow.id) == seat_id, col(SeatRow.status) == INVITED)
    given = statement.values(status=ACTIVE, user_id=user_id, accepted_at=at, token_hash=None)
    return bool(session.execute(given.returning(col(SeatRow.id))).first())


def free(session: Session, seat_id: str, at: datetime) -> None:
    """Take a seat back, from whoever holds or was promised it."""
    statement = update(SeatRow).where(col(SeatRow.id) == seat_id)
    session.execute(statement.values(status=REVOKED, token_hash=None, user_id=None, revoked_at=at))


def lock_subscription(session: Session, subscription_id: str) -> Subscription | None:
    """The subscription, locked, so that two invitations do not take one seat."""
    query = subscriptions.select().where(subscriptions.c.id == subscription_id).with_for_update()
    row = session.execute(query).mappings().first()
    return subscription_from(row) if row else None
