"""Tells the open pages that something of a user changed. It carries no data: who hears it looks again.

In one process it is a dictionary of waiting tabs; `connect` reaches other processes. A signal may get lost (a restart,
a broken line), so every listener also looks by itself now and then.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from nestpay.signals.relay import PostgresLine, RedisLine, Relay


class Listener:
    """One open page of one user, waiting on its own event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    async def wait(self, seconds: float) -> bool:
        """Sleep until something changed (True) or that many seconds are over (False)."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def wake(self) -> None:
        """Wake the listener, from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._changed.set)


_listeners: dict[str, set[Listener]] = {}
_guard = threading.Lock()


@asynccontextmanager
async def subscribe(user_id: str) -> AsyncIterator[Listener]:
    """Listen to the changes of one user for as long as the block runs."""
    listener = Listener()
    with _guard:
        _listeners.setdefault(user_id, set()).add(listener)
    try:
        yield listener
    finally:
        with _guard:
            _listeners[user_id].discard(listener)
            if not _listeners[user_id]:
                del _listeners[user_id]


def publish(user_ids: Iterable[str]) -> None:
    """Say that something of these users changed. Call it after the commit, from any thread."""
    changed = set(user_ids)
    _wake(changed)
    if _relay is not None and changed:
        _relay.send(changed)


def connect(*, database_url: str, redis_url: str) -> None:
    """Reach the pages that other processes serve: through Redis, else PostgreSQL; with SQLite there is one process."""
    global _relay
    disconnect()
    if redis_url:
        _relay = Relay(RedisLine(redis_url), _wake)
    elif database_url.startswith("postgres"):
        _relay = Relay(PostgresLine(database_url), _wake)


def disconnect() -> None:
    """Reach the pages of this process only."""
    global _relay
    if _relay is not None:
        _relay.close()
    _relay = None


def _wake(user_ids: Iterable[str]) -> None:
    with _guard:
        awake = [listener for user_id in user_ids for listener in _listeners.get(user_id, ())]
    for listener in awake:
        listener.wake()


_relay: Relay | None = None
