"""What the fault board does to a call of the API: it waits, is refused, or the line breaks, before or after the work."""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Scope, Send

from nestpay.sandbox.books import dump, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.faults import Board, Fault

RAW_SEND = "sandbox.send"
IN_USE = (
    "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other "
    "request is still going through)."
)
REFUSALS: dict[int, Document] = {
    409: {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": IN_USE},
    429: {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."},
    500: {"type": "api_error", "message": "An unknown error occurred."},
}


async def pass_through(
    board: Board, method: str, path: str, scope: Scope, work: Callable[[], Awaitable[Response]]
) -> Response | None:
    """Do the work as the board has it. None means that the line was broken and nothing is left to send."""
    faults = board.at_the_door(method, path)
    early = [fault for fault in faults if not fault.options["after"]]
    late = [fault for fault in faults if fault.options["after"]]
    if faults:
        await board.save()
    go_on, answer = await _suffer(early, scope, None)
    if not go_on:
        return answer
    answer = await work()
    return (await _suffer(late, scope, answer))[1]


async def _suffer(faults: list[Fault], scope: Scope, answer: Response | None) -> tuple[bool, Response | None]:
    """Whether to go on after these faults, and with which answer."""
    for fault in faults:
        if fault.kind == "slow":
            await asyncio.sleep(fault.options["seconds"])
        elif fault.kind == "fail":
            return False, _refusal(fault.options["status"])
        else:
            await cut(scope[RAW_SEND])
            return False, None
    return True, answer


def _refusal(status: int) -> Response:
    headers = {"Request-Id": new_id("req", 14), "Cache-Control": "no-cache, no-store"}
    return Response(dump({"error": REFUSALS[status]}), status, headers, media_type="application/json")


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
