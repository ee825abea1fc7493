"""Who a visitor is: our own session cookie says so, or the users of the app that nestpay was put into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from nestpay.billing import accounts
from nestpay.billing.accounts import CurrentUser
from nestpay.billing.clock import real_now
from nestpay.domain import emails
from nestpay.domain.errors import EmailTaken
from nestpay.store import users
from nestpay.store.session import reading, transaction
from nestpay.store.tables import UserRow

COOKIE = "nestpay_session"
_OPENED_BY_NOTHING = ""
"""A hash that no password has: of people who sign in elsewhere."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the host app knows by `id`, which never changes. It vouches for the address."""

    id: str
    email: str
    name: str = ""
    is_admin: bool = False
    locale: str = "en"


class Identity(Protocol):
    """How a host app says who is there. It is asked at every request and handler, on a thread, so it must be quick."""

    def person_of(self, cookies: Mapping[str, str]) -> Person | None:
        """The person whose browser sent these cookies, or None for nobody."""
        ...


_host: Identity | None = None


def use(host: Identity | None) -> None:
    """Let a host app say who is there, from now on; None: our own accounts again."""
    global _host
    _host = host


def is_the_hosts() -> bool:
    """Whether a host app says who is there, so that nobody has a password here."""
    return _host is not None


def visitor(cookies: Mapping[str, str]) -> CurrentUser | None:
    """Who sent these cookies. Raises EmailTaken when the host knows somebody by another person's address."""
    if _host is None:
        return accounts.current_user(cookies.get(COOKIE))
    person = _host.person_of(cookies)
    return of_host(person.id, person.email, person.name, person.is_admin, person.locale) if person else None


def of_host(external_id: str, email: str, name: str, is_admin: bool, locale: str) -> CurrentUser | None:
    """The account of somebody whom the host app knows, made when they first come and kept like the host's since.

    None when the account is disabled here. Raises EmailTaken when another account has the address, InvalidEmail.
    """
    address, role = emails.clean(email), "admin" if is_admin else "customer"
    known = {
        "email": address,
        "name": accounts.one_line(name, accounts.LONGEST_NAME),
        "role": role,
        "locale": accounts.known_locale(locale),
    }
    with reading() as session:
        user = users.by_external_id(session, external_id)
    if user is None or any(getattr(user, column) != value for column, value in known.items()):
        user = _keep_like_the_hosts(external_id, known)
    return accounts.as_current(user) if user.disabled_at is None else None


def _keep_like_the_hosts(external_id: str, known: dict[str, Any]) -> UserRow:
    now = real_now()
    with transaction() as session:
        other = users.by_email(session, known["email"])
        if other is not None and other.external_id != external_id:
            raise EmailTaken
        user = users.by_external_id(session, external_id)
        if user is not None:
            users.change(session, user.id, **known)
            return users.by_external_id(session, external_id) or user
        user = UserRow(
            **known, external_id=external_id, password_hash=_OPENED_BY_NOTHING, email_verified_at=now, created_at=now
        )
        if not users.add(session, user):
            raise EmailTaken
        accounts.grant_bonus(session, user)
        return user
