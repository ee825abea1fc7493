"""People with accounts: found, added and changed."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update

from nestpay.store.ledger import insert_for, open_accounts
from nestpay.store.tables import UserRow


def by_id(session: Session, user_id: str) -> UserRow | None:
    """The user with this id."""
    return session.get(UserRow, user_id)


def by_email(session: Session, email: str) -> UserRow | None:
    """The user with this address, which is one that `domain.emails.clean` returned."""
    return session.exec(select(UserRow).where(UserRow.email == email)).first()


def by_external_id(session: Session, external_id: str) -> UserRow | None:
    """The user whom a host app knows by this id."""
    return session.exec(select(UserRow).where(UserRow.external_id == external_id)).first()


def add(session: Session, user: UserRow) -> bool:
    """Add a user and the usage row. False when somebody has this address already; then nothing is written."""
    statement = (
        insert_for(session, UserRow).values(**user.model_dump()).on_conflict_do_nothing(index_elements=["email"])
    )
    if session.execute(statement.returning(col(UserRow.id))).first() is None:
        return False
    open_accounts(session, [user.id], user.created_at)
    return True


def change(session: Session, user_id: str, **values: Any) -> bool:
    """Set columns of one user. False when there is no such user."""
    statement = update(UserRow).where(col(UserRow.id) == user_id).values(**values)
    return bool(session.execute(statement.returning(col(UserRow.id))).first())


def mark_verified(session: Session, user_id: str, now: datetime) -> bool:
    """Note that the address is the user's. False when it was known."""
    statement = (
        update(UserRow)
        .where(col(UserRow.id) == user_id, col(UserRow.email_verified_at).is_(None))
        .values(email_verified_at=now)
    )
    return bool(session.execute(statement.returning(col(UserRow.id))).first())
