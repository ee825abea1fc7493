"""How often somebody may try what is worth trying often: sign-in, sign-up, reset mails, checkout, API calls."""

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import structlog
from anyio import to_thread
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from nestpay.domain.client_address import is_loopback, network
from nestpay.domain.errors import RateLimited
from nestpay.settings import get_settings

log = structlog.get_logger(__name__)

_REDIS_SECONDS = 1.0
_REDIS_REST_SECONDS = 10.0
"""How long Redis is left alone once it was out of reach, so that not everybody waits for it to answer."""
_MINUTE = 60
_IP = "ip"
_ACCOUNT = "account"
_RATES: dict[str, tuple[tuple[str, RateLimitItem], ...]] = {
    "sign_up": ((_IP, parse("20 per hour")),),
    "sign_in": ((_ACCOUNT, parse("20 per 15 minutes")), (_IP, parse("60 per 15 minutes"))),
    "password_reset": ((_ACCOUNT, parse("5 per hour")), (_IP, parse("20 per hour"))),
    "password_change": ((_ACCOUNT, parse("10 per 15 minutes")),),
    "resend_verification": ((_ACCOUNT, parse("5 per hour")),),
    "seat_invitation": ((_ACCOUNT, parse("60 per hour")),),
    "confirm": ((_ACCOUNT, parse("60 per 10 minutes")),),
    "checkout": ((_ACCOUNT, parse("30 per 10 minutes")), (_IP, parse("120 per 10 minutes"))),
}
_minute = 0.0
_calls: Counter[str] = Counter()
_redis_rests_until = 0.0


@dataclass(frozen=True, slots=True)
class Quota:
    """How often a caller may call in this minute, how often more, and in how many seconds the next minute begins."""

    limit: int
    remaining: int
    reset: int


def check(action: str, *who: str) -> None:
    """Count one try of `action`. Raises RateLimited (seconds until the next try) when there were too many.

    `who` is in the order of the action's rates: the account (an address or a user's id), then the IP address; for
    sign-up the IP address alone. An empty one is not counted.
    """
    for (kind, rate), name in zip(_RATES[action], who, strict=True):
        if name and not (kind == _IP and _is_this_machine(name)):
            counted = network(name) if kind == _IP else name
            _with_limiter(lambda limiter, rate=rate, on=(action, kind, counted): _hit(limiter, rate, on))


def forgive(action: str, account: str) -> None:
    """Forget the tries on an account, since its owner has just proved to be the one."""
    for kind, rate in _RATES[action]:
        if kind == _ACCOUNT:
            _with_limiter(lambda limiter, rate=rate: limiter.clear(rate, action, _ACCOUNT, account))


async def count_call(caller: str, per_minute: int) -> tuple[Quota, bool]:
    """Count one API call of a key or user; whether it is within the limit. 0 calls a minute is no limit, and no quota.

    With Redis all processes count together, off the event loop; without, this one counts and waits for nothing.
    """
    now = time.time()
    is_shared = get_settings().redis_url and time.monotonic() >= _redis_rests_until
    count = await to_thread.run_sync(_count_in_redis, caller, now) if is_shared else _count_here(caller, now)
    reset = max(1, math.ceil(_MINUTE - now % _MINUTE))
    return Quota(per_minute, max(0, per_minute - count), reset), count <= per_minute


def _count_in_redis(caller: str, now: float) -> int:
    limiter = _limiter()
    try:
        return limiter.storage.incr(f"calls:{caller}:{now // _MINUTE:.0f}", _MINUTE)
    except limiter.storage.base_exceptions as error:
        _let_redis_rest(error)
        return _count_here(caller, now)


def _count_here(caller: str, now: float) -> int:
    global _minute
    if now // _MINUTE != _minute:
        _minute = now // _MINUTE
        _calls.clear()
    _calls[caller] += 1
    return _calls[caller]


def forget_everything() -> None:
    """Start counting anew, by the settings as they are now."""
    global _redis_rests_until
    _redis_rests_until = 0.0
    _calls.clear()
    _limiter.cache_clear()
    _limiter_without_redis.cache_clear()


def _with_limiter(count: Callable[[MovingWindowRateLimiter], None]) -> None:
    """Count where the settings say; while Redis is out of reach, here, so that nobody is locked out or let loose."""
    limiter = _limiter() if time.monotonic() >= _redis_rests_until else _limiter_without_redis()
    try:
        count(limiter)
    except limiter.storage.base_exceptions as error:
        _let_redis_rest(error)
        count(_limiter_without_redis())


def _let_redis_rest(error: Exception) -> None:
    """Count in this process for a while, and say so once for each time that Redis goes away."""
    global _redis_rests_until
    is_news = time.monotonic() - _redis_rests_until > _REDIS_REST_SECONDS
    _redis_rests_until = time.monotonic() + _REDIS_REST_SECONDS
    if is_news:
        log.warning("rate limits are counted in this process only", reason=str(error))


def _hit(limiter: MovingWindowRateLimiter, rate: RateLimitItem, on: tuple[str, str, str]) -> None:
    if not limiter.hit(rate, *on):
        reset_at = limiter.get_window_stats(rate, *on).reset_time
        raise RateLimited(retry_after=max(1, math.ceil(reset_at - time.time())))


def _is_this_machine(ip: str) -> bool:
    """In sandbox mode everybody is this machine, and a crowd of pretend customers is welcome."""
    return get_settings().mode == "sandbox" and is_loopback(ip)


@lru_cache(maxsize=1)
def _limiter() -> MovingWindowRateLimiter:
    url = get_settings().redis_url
    if not url:
        return _limiter_without_redis()
    patience = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
    return MovingWindowRateLimiter(storage_from_string(url, **patience))


@lru_cache(maxsize=1)
def _limiter_without_redis() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
