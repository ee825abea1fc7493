"""Carries signals between processes: through Redis when there is one, else through PostgreSQL's LISTEN and NOTIFY.

One thread speaks and one listens for as long as the process lives; a lost line is opened again. What gets lost
meanwhile is made up for by every page's own slow look.
"""

import json
import queue
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

import psycopg
import redis
import structlog

log = structlog.get_logger(__name__)

CHANNEL = "nestpay_signals"
MOST_IDS_TOGETHER = 100
"""A NOTIFY carries less than 8,000 bytes; an id has 32."""

_SECONDS_BETWEEN_LOOKS = 1.0
_SECONDS_BEFORE_AGAIN = 2.0

LINE_ERRORS = (psycopg.Error, redis.RedisError, OSError)


class Line(Protocol):
    """One way between processes. Both methods are called on threads of their own and may fail with `LINE_ERRORS`."""

    def say(self, text: str) -> None:
        """Tell every process that listens."""
        ...

    def hear(self) -> Iterator[str | None]:
        """What is said, as it comes; None now and then, so that the thread can look whether it shall end."""
        ...


class RedisLine:
    """One Redis channel."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url)

    def say(self, text: str) -> None:
        """See Line."""
        self._redis.publish(CHANNEL, text)

    def hear(self) -> Iterator[str | None]:
        """See Line."""
        with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(CHANNEL)
            while True:
                message = channel.get_message(timeout=_SECONDS_BETWEEN_LOOKS)
                yield message["data"].decode() if message else None


class PostgresLine:
    """One PostgreSQL channel, spoken and heard on a connection each."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._mouth: psycopg.Connection | None = None

    def say(self, text: str) -> None:
        """See Line."""
        if self._mouth is None or self._mouth.broken:
            self._mouth = psycopg.connect(self._url, autocommit=True)
        self._mouth.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))

    def hear(self) -> Iterator[str | None]:
        """See Line."""
        with psycopg.connect(self._url, autocommit=True) as ear:
            ear.execute(f"LISTEN {CHANNEL}")
            while True:
                # One look may bring several: those that arrived together.
                for notification in ear.notifies(timeout=_SECONDS_BETWEEN_LOOKS, stop_after=1):
                    yield notification.payload
                yield None


class Relay:
    """Speaks and listens on one line for as long as the process lives. `heard` is called with users' ids."""

    def __init__(self, line: Line, heard: Callable[[Sequence[str]], None]) -> None:
        self._line, self._heard = line, heard
        self._own_name = uuid.uuid4().hex
        self._to_say: queue.SimpleQueue[list[str] | None] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._threads = [
            threading.Thread(target=self._speak, name="nestpay-signals-speak", daemon=True),
            threading.Thread(target=self._listen, name="nestpay-signals-listen", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def send(self, user_ids: Iterable[str]) -> None:
        """Tell the other processes soon. Never waits for the line."""
        self._to_say.put(list(user_ids))

    def close(self) -> None:
        """Say what is left to say and stop listening."""
        self._ending.set()
        self._to_say.put(None)
        for thread in self._threads:
            thread.join(timeout=2 * _SECONDS_BETWEEN_LOOKS)

    def _speak(self) -> None:
        is_over = False
        while not is_over:
            waiting = [self._to_say.get()]
            while not self._to_say.empty():
                waiting.append(self._to_say.get())
            is_over = None in waiting
            for some in _portions(user_id for group in waiting if group for user_id in group):
                try:
                    self._line.say(json.dumps({"from": self._own_name, "users": some}))
                except LINE_ERRORS as error:
                    log.warning("signals.not_sent", error=str(error))

    def _listen(self) -> None:
        while not self._ending.is_set():
            try:
                for text in self._line.hear():
                    if self._ending.is_set():
                        return
                    if text is not None:
                        self._take(json.loads(text))
            except LINE_ERRORS as error:
                log.warning("signals.line_lost", error=str(error))
                self._ending.wait(_SECONDS_BEFORE_AGAIN)

    def _take(self, message: dict[str, Any]) -> None:
        if message["from"] != self._own_name:
            self._heard(message["users"])


def _portions(user_ids: Iterable[str]) -> Iterator[list[str]]:
    everybody = sorted(set(user_ids))
    for start in range(0, len(everybody), MOST_IDS_TOGETHER):
        yield everybody[start : start + MOST_IDS_TOGETHER]
