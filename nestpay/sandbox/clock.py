"""The sandbox's own time: real time plus an offset that is kept in its database, so that a world clock can be moved."""

import time
from collections.abc import Callable
from sqlite3 import Connection

OFFSET = "clock_offset"


class Clock:
    """Tells the world's time in whole seconds (Unix, UTC).

    Signatures, retries of deliveries and idempotency keys stay on real time and use `real()`.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0

    def load(self, connection: Connection) -> None:
        """Read the offset that an earlier run left behind."""
        row = connection.execute("select value from settings where name = ?", (OFFSET,)).fetchone()
        self._offset = int(row[0]) if row else 0

    def shift(self, connection: Connection, seconds: int) -> None:
        """Move the world forward by `seconds` and remember it."""
        if seconds < 0:
            raise ValueError("the world clock only moves forward")
        self._offset += seconds
        connection.execute(
            "insert into settings(name, value) values (?, ?) on conflict(name) do update set value = excluded.value",
            (OFFSET, str(self._offset)),
        )

    @property
    def offset(self) -> int:
        """How far the world is ahead of the machine, in seconds."""
        return self._offset

    def now(self) -> int:
        """The world's time in seconds."""
        return int(self._source()) + self._offset

    def real(self) -> float:
        """The machine's time in seconds."""
        return self._source()
