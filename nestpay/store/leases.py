"""Leases: the right to work on one object for a while, with a fence that rises with each holder."""

from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import Session, SQLModel

from nestpay.store.ledger import insert_for
from nestpay.store.tables import LeaseRow

leases = SQLModel.metadata.tables[LeaseRow.__tablename__]


def take(session: Session, key: str, owner: str, now: datetime, until: datetime) -> int | None:
    """The fence of a lease on `key` until the given instant; None while somebody else holds it."""
    insert = insert_for(session, leases).values(key=key, owner=owner, until=until, fence=1)
    statement = insert.on_conflict_do_update(
        index_elements=["key"],
        set_={"owner": owner, "until": until, "fence": leases.c.fence + 1},
        where=leases.c.until <= now,
    ).returning(leases.c.fence)
    return session.execute(statement).scalar()


def holds(session: Session, key: str, fence: int) -> bool:
    """Whether nobody took the lease since: ask it in the transaction that writes. Locks the lease's row."""
    current = session.execute(select(leases.c.fence).where(leases.c.key == key).with_for_update()).scalar()
    return current == fence


def give_back(session: Session, key: str, fence: int, now: datetime) -> None:
    """Let the next one in before the lease is over."""
    session.execute(update(leases).where(leases.c.key == key, leases.c.fence == fence).values(until=now))
