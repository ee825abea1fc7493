"""Tells extensions what happened: each fact that changed something, once committed, with retries until it is heard.

What is to be told is a row in the same commit as the change itself, so a crash neither loses nor invents it. A listener
may hear a fact twice when it failed half-way, and so must itself be safe to repeat.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from pydantic import TypeAdapter
from sqlmodel import Session

from nestpay.billing.clock import real_now
from nestpay.domain.facts import Fact
from nestpay.store import reactions as store
from nestpay.store.session import transaction
from nestpay.store.tables import ReactionRow

log = structlog.get_logger(__name__)

Listener = Callable[[Any, str | None], object]

JOB = "reactions"
_LEASE = timedelta(minutes=10)
_SET = 20
_WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 360, 1440))

_listeners: dict[type[Fact], dict[str, Listener]] = defaultdict(dict)


def listen(kind: type[Fact], name: str, listener: Listener) -> None:
    """Let `listener` hear every fact of this kind that changes something, with the id of the user it changed.

    `name` is what its rows remember it by: keep it when the code moves.
    """
    _listeners[kind][name] = listener


def forget_all() -> None:
    """Let nobody hear anything any more."""
    _listeners.clear()


def note(session: Session, heard: Sequence[tuple[Fact, str | None]]) -> bool:
    """Write down who is to be told of these facts. Returns whether there is anybody; wake JOB after the commit then."""
    wanted = [
        (name, type(fact).__name__, _shape_of(type(fact)).dump_python(fact, mode="json"), user_id)
        for fact, user_id in heard
        for name in _listeners.get(type(fact), ())
    ]
    if wanted:
        store.add(session, wanted, real_now())
    return bool(wanted)


def run_due(limit: int = 200) -> int:
    """Tell listeners what waits for them. Returns how many were tried; what fails comes again, later each time."""
    tried = 0
    while tried < limit:
        now = real_now()
        with transaction() as session:
            claimed = store.claim(session, _SET, now, now + _LEASE)
        if not claimed:
            break
        for row in claimed:
            _tell(row)
        tried += len(claimed)
    return tried


def _tell(row: ReactionRow) -> None:
    try:
        kind, listener = _listener_of(row)
        listener(_shape_of(kind).validate_python(row.payload), row.user_id)
    except Exception as error:  # noqa: BLE001  not our code: kept with its row, shown to the admin, tried again
        gives_up = row.attempts > len(_WAITS)
        log.warning("reaction.failed", listener=row.listener, fact=row.fact, error=repr(error), dead=gives_up)
        with transaction() as session:
            retry_at = None if gives_up else real_now() + _WAITS[row.attempts - 1]
            store.fail(session, row, f"{type(error).__name__}: {error}", retry_at)
        return
    with transaction() as session:
        store.finish(session, row, real_now())


def _listener_of(row: ReactionRow) -> tuple[type[Fact], Listener]:
    for kind, named in _listeners.items():
        if kind.__name__ == row.fact and row.listener in named:
            return kind, named[row.listener]
    raise LookupError(f"Nobody is called {row.listener} here any more. Is its package still in EXTENSIONS?")


@cache
def _shape_of(kind: type[Fact]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
