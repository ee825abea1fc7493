"""Signed-in browsers and the tokens that work once. Both are kept as hashes of what the browser holds."""

import hashlib
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from nestpay.store.tables import OneTimeTokenRow, SessionRow, UserRow


def hash_of(token: str) -> str:
    """What is stored of a token, so that a copy of the database opens nothing."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def open_session(session: Session, row: SessionRow) -> None:
    """Note a browser that has signed in."""
    session.add(row)


def user_behind(session: Session, token_hash: str, now: datetime) -> tuple[UserRow, SessionRow] | None:
    """The user and the session of this hash, when the session is alive and the user is not disabled. One query."""
    found = session.exec(
        select(UserRow, SessionRow)
        .join(SessionRow, col(SessionRow.user_id) == col(UserRow.id))
        .where(
            SessionRow.token_hash == token_hash,
            col(SessionRow.revoked_at).is_(None),
            col(SessionRow.expires_at) > now,
            col(UserRow.disabled_at).is_(None),
        )
    ).first()
    return (found[0], found[1]) if found else None


def touch(session: Session, token_hash: str, now: datetime) -> None:
    """Note that the session was used just now."""
    session.execute(update(SessionRow).where(col(SessionRow.token_hash) == token_hash).values(last_seen_at=now))


def alive_sessions(session: Session, user_id: str, now: datetime) -> list[SessionRow]:
    """The user's sessions that still open something, the one used last first."""
    return list(
        session.exec(
            select(SessionRow)
            .where(
                SessionRow.user_id == user_id, col(SessionRow.revoked_at).is_(None), col(SessionRow.expires_at) > now
            )
            .order_by(col(SessionRow.last_seen_at).desc(), col(SessionRow.id).desc())
        )
    )


def revoke(session: Session, token_hash: str, now: datetime) -> str | None:
    """End one session. Returns whose it was, or None when it had ended or never was."""
    statement = (
        update(SessionRow)
        .where(col(SessionRow.token_hash) == token_hash, col(SessionRow.revoked_at).is_(None))
        .values(revoked_at=now)
    )
    return session.execute(statement.returning(col(SessionRow.user_id))).scalar()


def revoke_all(session: Session, user_id: str, now: datetime, *, keep: str | None = None) -> None:
    """End every session of a user but the one whose token is `keep`."""
    session.execute(
        update(SessionRow)
        .where(
            col(SessionRow.user_id) == user_id,
            col(SessionRow.revoked_at).is_(None),
            col(SessionRow.token_hash) != (hash_of(keep) if keep else ""),
        )
        .values(revoked_at=now)
    )


def add_token(session: Session, row: OneTimeTokenRow) -> None:
    """Keep a token that works once."""
    session.add(row)


def use_token(session: Session, kind: str, token: str, now: datetime) -> str | None:
    """Use a token up. Returns whose it is, or None when it was used, is too old, or never was."""
    statement = (
        update(OneTimeTokenRow)
        .where(
            col(OneTimeTokenRow.token_hash) == hash_of(token),
            col(OneTimeTokenRow.kind) == kind,
            col(OneTimeTokenRow.used_at).is_(None),
            col(OneTimeTokenRow.expires_at) > now,
        )
        .values(used_at=now)
    )
    return session.execute(statement.returning(col(OneTimeTokenRow.user_id))).scalar()


def token_owner(session: Session, kind: str, token: str, now: datetime) -> str | None:
    """Whose token this is, used or not, as long as it is not too old."""
    return session.exec(
        select(OneTimeTokenRow.user_id).where(
            OneTimeTokenRow.token_hash == hash_of(token),
            OneTimeTokenRow.kind == kind,
            col(OneTimeTokenRow.expires_at) > now,
        )
    ).first()


def use_up_tokens(session: Session, user_id: str, kind: str, now: datetime) -> None:
    """Make every waiting token of this kind worthless."""
    session.execute(
        update(OneTimeTokenRow)
        .where(
            col(OneTimeTokenRow.user_id) == user_id,
            col(OneTimeTokenRow.kind) == kind,
            col(OneTimeTokenRow.used_at).is_(None),
        )
        .values(used_at=now)
    )


def new_token_row(user_id: str, kind: str, token: str, now: datetime, lifetime: timedelta) -> OneTimeTokenRow:
    """The row that keeps `token` for its lifetime."""
    return OneTimeTokenRow(
        user_id=user_id, kind=kind, token_hash=hash_of(token), created_at=now, expires_at=now + lifetime
    )
