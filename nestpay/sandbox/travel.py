"""Moving through time: everything that is due on the way happens in the order of its time, each at its own moment."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from sqlite3 import Connection
from typing import Any

from nestpay.sandbox import deliveries
from nestpay.sandbox.appointments import ACTIONS
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import test_clocks
from nestpay.sandbox.world import World

TARGET = "clock_target"
FURTHEST = 5 * 366 * 86400
REMEMBERED = 500
log = logging.getLogger("nestpay.sandbox")


@dataclass(slots=True)
class Journey:
    """The world's latest move: where to, and what happened on the way (the newest 500; `count` is all of it)."""

    start: int
    target: int
    fired: list[Document] = field(default_factory=list)
    count: int = 0
    over: bool = False

    def add(self, happened: Document) -> None:
        """One appointment was kept."""
        self.count += 1
        self.fired = [*self.fired[1 - REMEMBERED :], happened]


class Refused(ValueError):
    """A move that cannot be made; says why."""


class Traveller:
    """Keeps the appointments of the world and of its test clocks, and moves the world's clock."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keeping = asyncio.Lock()
        self.journey: Journey | None = None

    @property
    def moving(self) -> bool:
        """The world is on its way."""
        return self.journey is not None and not self.journey.over

    async def move(self, target: int) -> Journey:
        """Move the world to `target` (seconds) and return when it has arrived.

        Raises Refused for a time that is past, further than five years, or asked for while the world is moving.
        """
        self.depart(target)
        return await self.arrive()

    def depart(self, target: int) -> Journey:
        """Begin to move the world; see `move`. `arrive` must follow."""
        now = self._world.clock.now()
        if self.moving:
            raise Refused("The world is moving already.")
        if target <= now:
            raise Refused("The world clock only moves forward.")
        if target > now + FURTHEST:
            raise Refused("The world clock moves at most five years at a time.")
        self.journey = Journey(now, target)
        return self.journey

    async def arrive(self) -> Journey:
        """Go on to where the world departed for."""
        journey = self.journey
        if journey is None:
            raise Refused("The world is not moving.")
        try:
            async with self._keeping:
                await self._world.store.run(lambda connection: _write_target(connection, journey.target))
                while happened := await self._keep_next(None, journey.target):
                    journey.add(happened)
                await self._world.store.run(lambda connection: self._reach(connection, journey.target))
                await self._world.store.run(lambda connection: _write_target(connection, None))
        finally:
            journey.over = True
            self._world.news.set()
        return journey

    async def resume(self) -> None:
        """Finish a move that a restart interrupted."""
        target = await self._world.store.run(_read_target)
        if target and target > self._world.clock.now():
            await self.move(target)

    async def keep(self) -> int:
        """Do everything that is due by now, on the world's clock and on test clocks; returns how much that was."""
        kept = await self._advance_test_clocks()
        async with self._keeping:
            while await self._keep_next(None, self._world.clock.now()):
                kept += 1
        return kept

    async def _advance_test_clocks(self) -> int:
        kept = 0
        sql = "json_extract(body, '$.status') = 'advancing'"
        for clock in await self._world.work(lambda books: books.select(test_clocks.KIND, sql)):
            target = clock["status_details"]["advancing"]["target_frozen_time"]
            while await self._keep_next(clock["id"], target):
                kept += 1
            await self._world.work(partial(test_clocks.arrive, clock_id=clock["id"]))
        return kept

    async def _keep_next(self, clock: str | None, until: int) -> Document | None:
        """Keep the next appointment of that clock up to `until`; one that fails is written to the log and forgotten."""
        row = await self._world.store.run(lambda connection: _next(connection, clock, until))
        if row is None:
            return None
        if clock is None:
            await self._world.store.run(lambda connection: self._reach(connection, row["at"]))
        try:
            types = await self._world.work(lambda books: _keep(books, row))
        except Exception:
            log.exception("%s of %s failed inside the sandbox", row["action"], row["object"])
            await self._world.store.run(lambda connection: _forget(connection, row))
            types = []
        return {"at": iso(row["at"]), "action": row["action"], "object": row["object"], "events": types}

    def _reach(self, connection: Connection, moment: int) -> None:
        ahead = moment - self._world.clock.now()
        if ahead > 0:
            self._world.clock.shift(connection, ahead)
            deliveries.time_passes(connection, ahead)


def _keep(books: Books, row: dict[str, Any]) -> list[str]:
    """Do what was appointed, at its own moment; returns the types of the events it made."""
    _forget(books.connection, row)
    books.now, books.clock = row["at"], row["clock"]
    if row["clock"]:
        test_clocks.reach(books, row["clock"], row["at"])
    ACTIONS[row["action"]](books, row["object"])
    return [said.type for said in books.announcements if said]


def _next(connection: Connection, clock: str | None, until: int) -> dict[str, Any] | None:
    """The next appointment; at the same moment a phase of a schedule begins before the renewal that bills it."""
    sql = "select * from appointments where clock is ? and at <= ? order by at, action <> 'begin_phase', seq limit 1"
    row = connection.execute(sql, (clock, until)).fetchone()
    return dict(row) if row else None


def _forget(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute("delete from appointments where seq = ?", (row["seq"],))


def _read_target(connection: Connection) -> int | None:
    row = connection.execute("select value from settings where name = ?", (TARGET,)).fetchone()
    return int(row[0]) if row else None


def _write_target(connection: Connection, target: int | None) -> None:
    connection.execute("delete from settings where name = ?", (TARGET,))
    if target is not None:
        connection.execute("insert into settings(name, value) values (?, ?)", (TARGET, str(target)))


def coming(connection: Connection, limit: int) -> list[Document]:
    """The next appointments of the world, soonest first."""
    sql = "select at, action, object from appointments where clock is null order by at, seq limit ?"
    return [{**dict(row), "at": iso(row["at"])} for row in connection.execute(sql, (limit,))]


def iso(moment: int) -> str:
    """A moment as text, such as `2026-11-21T10:00:00Z`."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
