"""What the fault board does to a call of the API: it waits, is refused, or the line breaks, before or after the work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Scope, Send

from nestpay.sandbox.faults import Board, Fault

RAW_SEND = "sandbox.send"


@dataclass(frozen=True, slots=True)
class Door:
    """The door of one company's API: its name, and the answer it gives when a fault says which status."""

    company: str
    refuse: Callable[[int], Response]


async def pass_through(
    board: Board, door: Door, method: str, path: str, scope: Scope, work: Callable[[], Awaitable[Response]]
) -> Response | None:
    """Do the work as the board has it. None means that the line was broken and nothing is left to send."""
    faults = board.at_the_door(method, path, door.company)
    early = [fault for fault in faults if not fault.options["after"]]
    late = [fault for fault in faults if fault.options["after"]]
    if faults:
        await board.save()
    go_on, answer = await _suffer(early, door, scope, None)
    if not go_on:
        return answer
    answer = await work()
    return (await _suffer(late, door, scope, answer))[1]


async def _suffer(
    faults: list[Fault], door: Door, scope: Scope, answer: Response | None
) -> tuple[bool, Response | None]:
    """Whether to go on after these faults, and with which answer."""
    for fault in faults:
        if fault.kind == "slow":
            await asyncio.sleep(fault.options["seconds"])
        elif fault.kind == "fail":
            return False, door.refuse(fault.options["status"])
        else:
            await cut(scope[RAW_SEND])
            return False, None
    return True, answer


async def cut(send: Send) -> None:
    """Break the connection: by its transport where the server shows it, else by an answer that stops in the middle."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)
        return
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"id":', "more_body": True})
