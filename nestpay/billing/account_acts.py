"""What an admin does with somebody's account: its role, whether it may sign in, and the browsers it is signed in with."""

from typing import Any

from sqlmodel import Session

from nestpay.billing import accounts
from nestpay.billing.accounts import Role
from nestpay.billing.clock import real_now
from nestpay.domain.errors import LastAdmin, NotFound, NotYourself
from nestpay.store import audit, sessions, user_search, users
from nestpay.store.session import transaction
from nestpay.store.tables import UserRow


def set_role(user_id: str, role: Role, *, by: str, ip: str = "") -> None:
    """Make somebody an admin, or a customer again. Raises NotFound, and LastAdmin when nobody would be left."""
    with transaction() as session:
        admins = user_search.lock_admins(session)
        before = existing(session, user_id).role
        if before == role:
            return
        if role != "admin":
            refuse_last(admins, user_id)
        users.change(session, user_id, role=role)
        write_down(session, user_id, "account.role", by, ip, {"role": before}, {"role": role})
    accounts.tell_of_change(user_id)


def disable(user_id: str, *, by: str, ip: str = "") -> None:
    """Let somebody no longer sign in, and end their sessions; what they pay for goes on.

    Raises NotFound, NotYourself, LastAdmin.
    """
    if user_id == by:
        raise NotYourself
    now = real_now()
    with transaction() as session:
        admins = user_search.lock_admins(session)
        if existing(session, user_id).disabled_at:
            return
        refuse_last(admins, user_id)
        users.change(session, user_id, disabled_at=now)
        sessions.revoke_all(session, user_id, now)
        write_down(session, user_id, "account.disable", by, ip, {"disabled": False}, {"disabled": True})
    accounts.tell_of_change(user_id)


def enable(user_id: str, *, by: str, ip: str = "") -> None:
    """Let somebody sign in again. Raises NotFound."""
    with transaction() as session:
        if existing(session, user_id).disabled_at is None:
            return
        users.change(session, user_id, disabled_at=None)
        write_down(session, user_id, "account.enable", by, ip, {"disabled": True}, {"disabled": False})
    accounts.tell_of_change(user_id)


def sign_out(user_id: str, *, by: str, ip: str = "") -> None:
    """End every session of somebody's. Raises NotFound."""
    now = real_now()
    with transaction() as session:
        existing(session, user_id)
        open_now = len(sessions.alive_sessions(session, user_id, now))
        sessions.revoke_all(session, user_id, now)
        write_down(session, user_id, "account.sign_out", by, ip, {"sessions": open_now}, {"sessions": 0})
    accounts.tell_of_change(user_id)


def existing(session: Session, user_id: str) -> UserRow:
    """The user, unless the account was deleted. Raises NotFound."""
    user = users.by_id(session, user_id)
    if user is None or user.deleted_at is not None:
        raise NotFound
    return user


def refuse_last(admins: list[str], user_id: str) -> None:
    """Raise LastAdmin when nobody but this user is an admin; `admins` are all of them, locked."""
    if admins == [user_id]:
        raise LastAdmin


def write_down(
    session: Session, user_id: str, action: str, by: str, ip: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """A line in the audit log about an account."""
    subject = f"user:{user_id}"
    audit.append(session, actor_id=by, action=action, subject=subject, at=real_now(), before=before, after=after, ip=ip)
