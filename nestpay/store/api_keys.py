"""Keys of programs that call us, kept as hashes of what the program holds."""

from datetime import datetime

from sqlalchemy import or_
from sqlmodel import Session, col, select, update

from nestpay.store.tables import ApiKeyRow, UserRow


def add(session: Session, row: ApiKeyRow) -> None:
    """Keep a new key."""
    session.add(row)


def alive(session: Session, key_hash: str, now: datetime) -> ApiKeyRow | None:
    """The key with this hash, unless it was revoked, is over, or its user is disabled. One query."""
    return session.exec(
        select(ApiKeyRow)
        .join(UserRow, col(UserRow.id) == col(ApiKeyRow.user_id), isouter=True)
        .where(
            ApiKeyRow.key_hash == key_hash,
            col(ApiKeyRow.revoked_at).is_(None),
            or_(col(ApiKeyRow.expires_at).is_(None), col(ApiKeyRow.expires_at) > now),
            col(UserRow.disabled_at).is_(None),
        )
    ).first()


def touch(session: Session, key_id: str, now: datetime) -> None:
    """Note that a key was used just now."""
    session.execute(update(ApiKeyRow).where(col(ApiKeyRow.id) == key_id).values(last_used_at=now))


def of_user(session: Session, user_id: str | None) -> list[ApiKeyRow]:
    """The keys of a user (None: the operator's) that were not revoked, the newest first."""
    owner = col(ApiKeyRow.user_id).is_(None) if user_id is None else col(ApiKeyRow.user_id) == user_id
    query = select(ApiKeyRow).where(owner, col(ApiKeyRow.revoked_at).is_(None))
    return list(session.exec(query.order_by(col(ApiKeyRow.created_at).desc(), col(ApiKeyRow.id).desc())))


def revoke(session: Session, user_id: str | None, key_id: str, now: datetime) -> ApiKeyRow | None:
    """End a key of this user (None: of the operator's). None when there is no such key or it has ended."""
    owner = col(ApiKeyRow.user_id).is_(None) if user_id is None else col(ApiKeyRow.user_id) == user_id
    statement = (
        update(ApiKeyRow)
        .where(col(ApiKeyRow.id) == key_id, owner, col(ApiKeyRow.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    return session.scalars(statement.returning(ApiKeyRow)).first()
