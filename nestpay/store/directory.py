"""All customers by keyset, for the operator's own programs."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from nestpay.store.tables import CustomerRow, UserRow


def page_of(
    session: Session, *, email: str = "", before: str | None = None, after: str | None = None, limit: int
) -> Sequence[UserRow]:
    """Up to `limit` users, the newest first, on one side of an id; with `email` only who has this address."""
    query = select(UserRow)
    if email:
        query = query.where(col(UserRow.email) == email)
    if after:
        rows = session.exec(query.where(col(UserRow.id) > after).order_by(col(UserRow.id)).limit(limit)).all()
        return rows[::-1]
    if before:
        query = query.where(col(UserRow.id) < before)
    return session.exec(query.order_by(col(UserRow.id).desc()).limit(limit)).all()


def accounts_of(session: Session, user_id: str) -> Sequence[CustomerRow]:
    """As whom the providers know a user, retired accounts too, the newest first."""
    query = select(CustomerRow).where(col(CustomerRow.user_id) == user_id)
    return session.exec(query.order_by(col(CustomerRow.id).desc())).all()
