"""Spares the database the question "who is this?" when one page asks it several times within two seconds."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

_GOOD_FOR = timedelta(seconds=2)
_LARGEST = 10_000

Who = TypeVar("Who")


@dataclass(frozen=True, slots=True)
class _Entry(Generic[Who]):
    user_id: str
    who: Who
    since: datetime

    def is_good(self, now: datetime) -> bool:
        """Whether the answer may still be given; never after the clock was set back to before it was asked for."""
        return self.since <= now < self.since + _GOOD_FOR


class SessionCache(Generic[Who]):
    """Answers by token hash. What is forgotten while it is being looked up is not remembered."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry[Who]] = {}
        self._times_forgotten = 0
        self._guard = threading.Lock()

    def get(self, token_hash: str, now: datetime, look_up: Callable[[], tuple[str, Who] | None]) -> Who | None:
        """The answer for this hash, remembered or looked up (user id and answer, or None, which is not remembered)."""
        with self._guard:
            entry = self._entries.get(token_hash)
            if entry is not None and entry.is_good(now):
                return entry.who
            seen = self._times_forgotten
        found = look_up()
        with self._guard:
            self._entries.pop(token_hash, None)
            if found is None:
                return None
            if self._times_forgotten == seen:
                self._make_room(now)
                self._entries[token_hash] = _Entry(found[0], found[1], now)
        return found[1]

    def remembered(self, token_hash: str, now: datetime) -> Who | None:
        """The answer for this hash if it is remembered, without looking anything up."""
        with self._guard:
            entry = self._entries.get(token_hash)
        return entry.who if entry is not None and entry.is_good(now) else None

    def forget(self, user_id: str) -> None:
        """Look up everything about this user anew."""
        with self._guard:
            self._times_forgotten += 1
            for token_hash in [key for key, entry in self._entries.items() if entry.user_id == user_id]:
                del self._entries[token_hash]

    def _make_room(self, now: datetime) -> None:
        if len(self._entries) >= _LARGEST:
            self._entries = {key: entry for key, entry in self._entries.items() if entry.is_good(now)}
        if len(self._entries) >= _LARGEST:
            self._entries.clear()
