"""Webhook deliveries: rows that are signed, posted over HTTP, retried with growing pauses, and resumed after a restart."""

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from sqlite3 import Connection

import httpx

from nestpay.sandbox.companies import BY_ENDPOINT, Company
from nestpay.sandbox.creem.events import ENDPOINT as CREEM_ENDPOINT
from nestpay.sandbox.documents import Document
from nestpay.sandbox.faults import Plan
from nestpay.sandbox.world import World

AT_ONCE = 8
EXCERPT = 300
PATIENCE = 15.0
LONGEST_SLEEP = 60.0
log = logging.getLogger("nestpay.sandbox")


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery, ready to be sent."""

    seq: int
    url: str
    secret: str
    event: Document
    endpoint: Document
    company: Company
    attempts: int

    @property
    def type(self) -> str:
        """The type of the event."""
        return self.event.get("type") or self.event["eventType"]


class Courier:
    """Sends what is due, at most eight at a time.

    `pauses` are the seconds before each further try, by company; then it gives up.
    """

    def __init__(self, world: World, pauses: dict[str, tuple[float, ...]]) -> None:
        self._world, self._pauses = world, pauses
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until cancelled. What an earlier run left half sent is sent again."""
        await self._world.store.run(_requeue)
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            try:
                while True:
                    await self._round(client)
            finally:
                for task in self._under_way:
                    task.cancel()
                await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _round(self, client: httpx.AsyncClient) -> None:
        self._world.news.clear()
        room, now = AT_ONCE - len(self._under_way), self._world.clock.real()
        parcels, next_due = await self._world.store.run(lambda connection: _claim(connection, now, room))
        for parcel in parcels:
            await self._start(client, parcel, now)
        await self._world.board.save()
        pause = None if next_due is None else max(next_due - self._world.clock.real(), 0.0)
        if len(self._under_way) >= AT_ONCE:
            pause = None
        elif pause is not None:
            pause = min(pause, LONGEST_SLEEP)
        try:
            await asyncio.wait_for(self._world.news.wait(), pause)
        except TimeoutError:
            return

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        self._world.news.set()

    async def _start(self, client: httpx.AsyncClient, parcel: Parcel, now: float) -> None:
        """Send a parcel as the fault board has it: later, or now in its own task."""
        plan = self._world.board.plan(parcel.seq, parcel.type, parcel.company.name)
        if plan.wait is not None:
            state, due = ("dropped" if plan.drop else "pending"), now + plan.wait
            await self._world.store.run(lambda connection: _postpone(connection, parcel.seq, state, due))
            self._world.news.set()
            return
        task = asyncio.create_task(self._send(client, parcel, plan))
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def _send(self, client: httpx.AsyncClient, parcel: Parcel, plan: Plan) -> None:
        write = parcel.company.content
        payload = await self._world.store.run(lambda books: write(books, parcel.event, parcel.endpoint, plan))
        secret = parcel.secret + "_wrong" if plan.wrong_secret else parcel.secret
        stamp = int(self._world.clock.real())
        headers = parcel.company.headers(payload, secret, stamp, parcel.event, parcel.endpoint)
        content = payload.encode()[: -len(payload) // 3] if plan.corrupt else payload.encode()
        started = time.perf_counter()
        status, text = None, ""
        for _ in range(plan.copies):
            try:
                answer = await client.post(parcel.url, content=content, headers=headers)
                status, text = answer.status_code, answer.text[:EXCERPT]
            except httpx.HTTPError as error:
                status, text = None, f"{type(error).__name__}: {error}"[:EXCERPT]
        took = round((time.perf_counter() - started) * 1000)
        log.debug("delivery %s to %s answered %s in %s ms", parcel.seq, parcel.url, status, took)
        now = self._world.clock.real()
        await self._world.store.run(lambda connection: self._record(connection, parcel, status, text, took, now))

    def _record(
        self, connection: Connection, parcel: Parcel, status: int | None, text: str, took: int, now: float
    ) -> None:
        pauses = self._pauses[parcel.company.name]
        if status is not None and 200 <= status < 300:
            state, due = "delivered", now
        elif parcel.attempts < len(pauses):
            state, due = "pending", now + pauses[parcel.attempts]
        else:
            state, due = "failed", now
        connection.execute(
            "update deliveries set state = ?, attempts = attempts + 1, due = ?, answered = ?, excerpt = ?, duration_ms = ?, tried = ? "
            "where seq = ?",
            (state, due, status, text, took, now, parcel.seq),
        )


def _requeue(connection: Connection) -> None:
    connection.execute("update deliveries set state = 'pending' where state = 'sending'")


def _claim(connection: Connection, now: float, room: int) -> tuple[list[Parcel], float | None]:
    """Take up to `room` due deliveries; also when the next one is due (None when nothing waits)."""
    rows = connection.execute(
        "select deliveries.seq, attempts, event.body as event, endpoint.body as endpoint, endpoint.inner as inner, endpoint.kind as kind "
        "from deliveries "
        "left join documents event on event.id = deliveries.event left join documents endpoint on endpoint.id = deliveries.endpoint "
        "where state in ('pending', 'dropped') and due <= ? order by due, deliveries.seq limit ?",
        (now, room),
    ).fetchall()
    parcels: list[Parcel] = []
    for row in rows:
        event, endpoint, inner = (_json(row[name]) for name in ("event", "endpoint", "inner"))
        if endpoint.get("url"):
            connection.execute("update deliveries set state = 'sending' where seq = ?", (row["seq"],))
            company = BY_ENDPOINT[row["kind"]]
            url, secret = endpoint["url"], inner["secret"]
            parcels.append(Parcel(row["seq"], url, secret, event, endpoint, company, row["attempts"]))
        else:
            connection.execute("update deliveries set state = 'failed' where seq = ?", (row["seq"],))
    next_due = connection.execute("select min(due) from deliveries where state in ('pending', 'dropped')").fetchone()[0]
    return parcels, next_due


def _postpone(connection: Connection, seq: int, state: str, due: float) -> None:
    note = "dropped by a fault" if state == "dropped" else "held back by a fault"
    sql = "update deliveries set state = ?, due = ?, excerpt = ? where seq = ?"
    connection.execute(sql, (state, due, note, seq))


def _json(text: str | None) -> Document:
    return json.loads(text) if text else {}


def redeliver_dropped(connection: Connection, now: float) -> int:
    """Send everything that a fault dropped; returns how many that are."""
    sql = "update deliveries set state = 'pending', due = ? where state = 'dropped'"
    return connection.execute(sql, (now,)).rowcount


def resend(connection: Connection, seq: int, now: float) -> None:
    """Send a delivery once more, at once, whatever became of it."""
    connection.execute("update deliveries set state = 'pending', attempts = 0, due = ? where seq = ?", (now, seq))


def time_passes(connection: Connection, seconds: int) -> None:
    """Creem tries again by the world's clock, which has moved on: what waits for a further try is due that much sooner."""
    ours = "select id from documents where kind = ?"
    sql = f"update deliveries set due = due - ? where state = 'pending' and attempts > 0 and endpoint in ({ours})"  # noqa: S608  no value is put in
    connection.execute(sql, (seconds, CREEM_ENDPOINT))


def resend_event(connection: Connection, event: str, now: float) -> None:
    """Send all deliveries of an event once more, at once."""
    for row in connection.execute("select seq from deliveries where event = ?", (event,)).fetchall():
        resend(connection, row["seq"], now)
