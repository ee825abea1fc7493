"""Who changed what, when, from where, before and after: the audit log as an admin searches it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nestpay.billing.paging import Page, page_from, read_mark, sides_of
from nestpay.billing.typed import clean, first_instant, last_instant
from nestpay.domain.errors import InvalidSpan
from nestpay.store import audit_desk as store
from nestpay.store import users
from nestpay.store.audit_desk import AuditFilter
from nestpay.store.session import reading

__all__ = ["AuditFilter", "Difference", "Line", "actions", "lines", "wanted"]

_NOBODY = "nobody with this address"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a line changed, as text; empty where there was or is nothing."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `actor` is an address, or a word such as `cli`; `at` is UTC."""

    id: str
    at: datetime
    actor: str
    action: str
    subject: str
    ip: str
    differences: tuple[Difference, ...]


def wanted(*, actor: str = "", action: str = "", subject: str = "", first: str = "", last: str = "") -> AuditFilter:
    """A filter as somebody typed it: the actor by address, id or word. Raises Unreadable, InvalidSpan."""
    since, until = first_instant(first), last_instant(last)
    if since and until and until <= since:
        raise InvalidSpan
    return AuditFilter(_actor(clean(actor)), clean(action), clean(subject), since, until)


def lines(of: AuditFilter, *, after: str | None = None, limit: int = 25) -> Page[Line]:
    """Lines by keyset, the newest first. Raises NotFound for a mark that no page gave out."""
    mark = read_mark(clean(after))
    older, newer = sides_of(mark)
    with reading() as session:
        found = store.page(session, of, older=older, newer=newer, limit=limit + 1)
    return page_from(found, mark, limit, key=lambda row: row.id, show=_line)


def actions() -> tuple[str, ...]:
    """Every action that was ever written down."""
    with reading() as session:
        return tuple(store.actions(session))


def _actor(typed: str) -> str:
    if "@" not in typed:
        return typed
    with reading() as session:
        user = users.by_email(session, typed.lower())
    return user.id if user else _NOBODY


def _line(row: Any) -> Line:
    return Line(
        id=row.id,
        at=row.at,
        actor=row.actor_email or row.actor_id,
        action=row.action,
        subject=row.subject,
        ip=row.ip,
        differences=_differences(row.before, row.after),
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    names = sorted({*before, *after})
    return tuple(
        Difference(name, _text(before.get(name)), _text(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)
