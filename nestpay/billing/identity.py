"""Who a visitor is: our own session cookie says so, or the users of the app that nestpay was put into."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from nestpay.billing import accounts
from nestpay.billing.accounts import CurrentUser

COOKIE = "nestpay_session"


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


def visitor(cookies: Mapping[str, str]) -> CurrentUser | None:
    """Who sent these cookies. Raises EmailTaken when the host knows somebody by another person's address."""
    if _host is None:
        return accounts.current_user(cookies.get(COOKIE))
    person = _host.person_of(cookies)
    return accounts.of_host(person.id, person.email, person.name, person.is_admin, person.locale) if person else None
