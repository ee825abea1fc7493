"""People with accounts as the admin's desk looks for them: by how their address or name begins, and page by page."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Text, literal_column, select
from sqlmodel import Session, SQLModel, col

from nestpay.store import keyset
from nestpay.store.keyset import Place
from nestpay.store.prefixes import begins_with
from nestpay.store.tables import UserRow

users = SQLModel.metadata.tables[UserRow.__tablename__]
KEY_COLUMNS = (users.c.created_at, users.c.id)
Kind = Literal["", "admins", "disabled"]
_NAME = literal_column("lower(users.name)", Text)
"""Written as the index over it is."""
# Written out, so that the indexes over just these rows are known to hold them.
_KINDS = {"admins": literal_column("users.role = 'admin'"), "disabled": users.c.disabled_at.is_not(None)}


def ids_beginning_with(session: Session, prefix: str, limit: int) -> list[str]:
    """Up to `limit` users whose address begins with a text in lower case, or else whose name does."""
    for column in (users.c.email, _NAME):
        # Not sorted: any of them will do, and PostgreSQL's index of beginnings does not sort as its ORDER BY does.
        ids = list(session.scalars(select(users.c.id).where(begins_with(session, column, prefix)).limit(limit)))
        if ids:
            return ids
    return []


def page(
    session: Session, kind: Kind, place: Place | None, limit: int, *, ids: Sequence[str] | None = None
) -> Sequence[UserRow]:
    """Up to `limit` users of a kind at a place of the list, the newest first; of `ids` only, when they are given."""
    query = select(users)
    if ids is not None:
        query = query.where(users.c.id.in_(ids))
    if kind:
        query = query.where(_KINDS[kind])
    rows = keyset.rows_at(session, query, KEY_COLUMNS, place=place, limit=limit, is_narrow=ids is not None)
    return [UserRow(**row) for row in rows]


_ADMINS = select(col(UserRow.id)).where(_KINDS["admins"], col(UserRow.disabled_at).is_(None)).order_by(col(UserRow.id))


def admins(session: Session) -> list[str]:
    """The ids of all admins who may sign in."""
    return list(session.scalars(_ADMINS))


def lock_admins(session: Session) -> list[str]:
    """The same, locked: whoever else changes an admin waits."""
    return list(session.scalars(_ADMINS.with_for_update()))


def emails_of(session: Session, user_ids: Sequence[str]) -> dict[str, str]:
    """Addresses by user id."""
    found = session.execute(select(users.c.id, users.c.email).where(users.c.id.in_(set(user_ids))))
    return dict(found.tuples().all())
