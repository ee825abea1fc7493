"""How many calls a caller has left, counted once a request and said in the headers of every answer."""

from typing import Any

from fastapi import Request

from nestpay.billing import throttle
from nestpay.billing.api_keys import Caller
from nestpay.billing.throttle import Quota
from nestpay.domain.errors import RateLimited
from nestpay.settings import get_settings

SERVER_FACTOR = 100
"""A server's key calls for everybody, so it may call this many times as often as a customer's."""
DESCRIBED: dict[str, Any] = {
    "RateLimit-Limit": {"description": "Calls a minute that this caller may make.", "schema": {"type": "integer"}},
    "RateLimit-Remaining": {"description": "How many of them are left.", "schema": {"type": "integer"}},
    "RateLimit-Reset": {"description": "Seconds until all are there again.", "schema": {"type": "integer"}},
}
"""The headers, as OpenAPI describes them."""


async def count(request: Request, caller: Caller) -> None:
    """Count this call. Raises RateLimited when it is one too many in this minute."""
    limit = get_settings().api_calls_per_minute * (SERVER_FACTOR if caller.user_id is None else 1)
    if limit == 0:
        return
    left, is_allowed = await throttle.count_call(caller.key_id, limit)
    request.state.quota = left
    if not is_allowed:
        raise RateLimited(retry_after=left.reset)


def headers(request: Request) -> dict[str, str]:
    """The headers of the answer to a request; none for one that was not counted."""
    left: Quota | None = getattr(request.state, "quota", None)
    if left is None:
        return {}
    return dict(zip(DESCRIBED, map(str, (left.limit, left.remaining, left.reset)), strict=True))
