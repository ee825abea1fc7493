"""Routes that read no more of a request's body than a JSON request of ours ever needs."""

from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from nestpay.api import quota
from nestpay.domain.errors import BodyTooLarge

LARGEST_BODY = 64 * 1024
"""Bytes of a request's JSON."""


async def limited_body(request: Request, limit: int) -> bytes:
    """The whole body, read no further than `limit` bytes. Raises BodyTooLarge."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise BodyTooLarge(limit=limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(limit=limit)
    return bytes(body)


class BoundedRoute(APIRoute):
    """A route whose body is read before anything else, up to `LARGEST_BODY`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, given a request whose body is there already."""
        handle = super().get_route_handler()

        async def handle_bounded(request: Request) -> Response:
            if request.method in ("GET", "HEAD"):
                return with_quota(request, await handle(request))
            body = await limited_body(request, LARGEST_BODY)
            given = iter([{"type": "http.request", "body": body, "more_body": False}])

            async def receive() -> MutableMapping[str, Any]:
                return next(given, None) or await request.receive()

            return with_quota(request, await handle(Request(request.scope, receive)))

        return handle_bounded


def with_quota(request: Request, answer: Response) -> Response:
    """The same answer, saying how many calls are left."""
    answer.headers.update(quota.headers(request))
    return answer


def bounded_router(**options: Any) -> APIRouter:
    """A router of such routes; `options` are FastAPI's."""
    return APIRouter(route_class=BoundedRoute, **options)
