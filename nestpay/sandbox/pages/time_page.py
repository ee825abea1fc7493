"""The time machine: the world's clock by API and by button, what happened on the way, and the rules for unpaid invoices."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nestpay.sandbox import calendar, unpaid
from nestpay.sandbox.pages.render import away, page
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.travel import Journey, Refused, Traveller, coming, iso
from nestpay.sandbox.world import World

BUTTONS = {"hour": 3600, "day": 86400, "week": 7 * 86400}
SHOWN = 60
log = logging.getLogger("nestpay.sandbox")


def routes(world: World, traveller: Traveller) -> list[Route]:
    """The time machine's addresses."""
    machine = TimeMachine(world, traveller)
    return [
        Route("/clock", machine.read, methods=["GET"]),
        Route("/clock", machine.move, methods=["POST"]),
        Route("/dunning", machine.read_rules, methods=["GET"]),
        Route("/dunning", machine.set_rules, methods=["POST"]),
        Route("/time", machine.show, methods=["GET"]),
        Route("/time", machine.press, methods=["POST"]),
        Route("/time/rules", machine.press_rules, methods=["POST"]),
    ]


class TimeMachine:
    """Reads and moves the world's clock. Its JSON calls take `application/json` only, which no foreign page can send."""

    def __init__(self, world: World, traveller: Traveller) -> None:
        self._world, self._traveller = world, traveller
        self._moves: set[asyncio.Task[Journey]] = set()

    async def read(self, request: Request) -> Response:
        """GET /clock: `{"now", "unix", "offset_seconds", "moving", "next"}`."""
        journey = self._traveller.journey
        moving = {"to": iso(journey.target), "fired": journey.count} if journey and self._traveller.moving else None
        ahead = await self._world.store.run(lambda connection: coming(connection, 1))
        return JSONResponse({**self._now(), "moving": moving, "next": ahead[0] if ahead else None})

    def _now(self) -> dict[str, Any]:
        now = self._world.clock.now()
        return {"now": iso(now), "unix": now, "offset_seconds": self._world.clock.offset}

    async def move(self, request: Request) -> Response:
        """POST /clock `{"advance": seconds}` or `{"to": iso}`: answers when the world has arrived, with what happened."""
        try:
            wish = await _json(request)
            journey = await self._traveller.move(_target(wish, self._world.clock.now()))
        except Refused as refused:
            return JSONResponse({"error": str(refused)}, 409 if self._traveller.moving else 400)
        return JSONResponse({**self._now(), "fired": journey.fired, "fired_count": journey.count})

    async def read_rules(self, request: Request) -> Response:
        """GET /dunning: `{"retry_days": [3, 5, 7], "final_action": "cancel"}`."""
        return JSONResponse(await self._world.store.run(unpaid.rules_of))

    async def set_rules(self, request: Request) -> Response:
        """POST /dunning with either or both of them."""
        try:
            wish = await _json(request)
            rules = await self._configure(wish.get("retry_days"), wish.get("final_action"))
        except ValueError as refused:
            return JSONResponse({"error": str(refused)}, 400)
        return JSONResponse(rules)

    async def _configure(self, days: Any, action: Any) -> dict[str, Any]:
        rules = await self._world.store.run(unpaid.rules_of)
        days = rules["retry_days"] if days is None else days
        if not isinstance(days, list) or not all(type(one) is int for one in days):
            raise Refused("retry_days: a list of whole numbers of days.")
        action = action or rules["final_action"]
        return await self._world.store.run(lambda connection: unpaid.configure(connection, days, action))

    async def show(self, request: Request) -> Response:
        """GET /time: the page, which comes again by itself while the world is moving."""
        ahead = await self._world.store.run(lambda connection: coming(connection, 12))
        rules = await self._world.store.run(unpaid.rules_of)
        journey = self._traveller.journey
        return page(
            "board_time.html",
            self._world.site,
            here="time",
            now=self._world.clock.now(),
            offset=self._world.clock.offset,
            journey=journey,
            moving=self._traveller.moving,
            done=_part(journey, self._world.clock.now()) if journey else 0,
            fired=journey.fired[::-1][:SHOWN] if journey else [],
            ahead=ahead,
            rules=rules,
            faults=[fault for fault in self._world.board.faults if fault.active],
            error=request.query_params.get("error"),
        )

    async def press(self, request: Request) -> Response:
        """POST /time: one of the buttons; the world moves on behind the page."""
        form = read_form((await request.body()).decode())
        now = self._world.clock.now()
        try:
            wish = {"to": str(form.get("to", ""))} if form.get("by") == "date" else {}
            seconds = BUTTONS.get(str(form.get("by")), calendar.after(now, "month", 1) - now)
            self._traveller.depart(_target(wish or {"advance": seconds}, now))
        except Refused as refused:
            return away(f"{self._world.site}/time?error={str(refused).replace(' ', '+')}")
        task = asyncio.create_task(self._traveller.arrive())
        self._moves.add(task)
        task.add_done_callback(self._arrived)
        await asyncio.wait({task}, timeout=0.8)
        return away(f"{self._world.site}/time")

    def _arrived(self, task: "asyncio.Task[Journey]") -> None:
        self._moves.discard(task)
        if not task.cancelled() and task.exception():
            log.error("the world did not arrive", exc_info=task.exception())

    async def press_rules(self, request: Request) -> Response:
        """POST /time/rules: what happens to unpaid invoices."""
        form = read_form((await request.body()).decode())
        try:
            days = [int(part) for part in str(form.get("retry_days", "")).replace(",", " ").split()]
            await self._configure(days, str(form.get("final_action", "")))
        except ValueError:
            return away(f"{self._world.site}/time?error=Days+are+whole+numbers+from+1+to+60,+at+most+eight.")
        return away(f"{self._world.site}/time#rules")


async def _json(request: Request) -> dict[str, Any]:
    """The body as an object. Raises Refused for anything else."""
    try:
        found = json.loads(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict) or "json" not in request.headers.get("content-type", ""):
        raise Refused("Send a JSON object with content-type application/json.")
    return found


def _target(wish: dict[str, Any], now: int) -> int:
    """Where to, in seconds. Raises Refused for a wish that says neither or cannot be read."""
    if isinstance(wish.get("advance"), int | float) and wish["advance"] > 0:
        return now + int(wish["advance"])
    try:
        moment = datetime.fromisoformat(str(wish["to"]))
    except (KeyError, ValueError):
        raise Refused('Say {"advance": seconds} or {"to": "2027-01-31T10:00:00Z"}.') from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _part(journey: Journey, now: int) -> int:
    """How much of the way is behind the world, in per cent."""
    return 100 if journey.over else round(100 * (now - journey.start) / max(journey.target - journey.start, 1))
