"""How often somebody may try what is worth trying often: sign-in, sign-up, reset mails, checkout."""

import math
import time
from functools import lru_cache

import structlog
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from nestpay.domain.client_address import is_loopback, network
from nestpay.domain.errors import RateLimited
from nestpay.settings import get_settings

log = structlog.get_logger(__name__)

_IP = "ip"
_ACCOUNT = "account"
_RATES: dict[str, tuple[tuple[str, RateLimitItem], ...]] = {
    "sign_up": ((_IP, parse("20 per hour")),),
    "sign_in": ((_ACCOUNT, parse("20 per 15 minutes")), (_IP, parse("60 per 15 minutes"))),
    "password_reset": ((_ACCOUNT, parse("5 per hour")), (_IP, parse("20 per hour"))),
    "password_change": ((_ACCOUNT, parse("10 per 15 minutes")),),
    "resend_verification": ((_ACCOUNT, parse("5 per hour")),),
    "confirm": ((_ACCOUNT, parse("60 per 10 minutes")),),
    "checkout": ((_ACCOUNT, parse("30 per 10 minutes")), (_IP, parse("120 per 10 minutes"))),
}


def check(action: str, *who: str) -> None:
    """Count one try of `action`. Raises RateLimited (seconds until the next try) when there were too many.

    `who` is in the order of the action's rates: the account (an address or a user's id), then the IP address; for
    sign-up the IP address alone. An empty one is not counted.
    """
    for (kind, rate), name in zip(_RATES[action], who, strict=True):
        if name and not (kind == _IP and _is_this_machine(name)):
            _count(action, kind, rate, network(name) if kind == _IP else name)


def forgive(action: str, account: str) -> None:
    """Forget the tries on an account, since its owner has just proved to be the one."""
    for kind, rate in _RATES[action]:
        if kind == _ACCOUNT:
            _limiter().clear(rate, action, kind, account)


def forget_everything() -> None:
    """Start counting anew, by the settings as they are now."""
    _limiter.cache_clear()
    _limiter_without_redis.cache_clear()


def _count(action: str, kind: str, rate: RateLimitItem, name: str) -> None:
    limiter = _limiter()
    try:
        _hit(limiter, rate, action, kind, name)
    except limiter.storage.base_exceptions as error:
        log.warning("rate limits are counted in this process only", reason=str(error))
        _hit(_limiter_without_redis(), rate, action, kind, name)


def _hit(limiter: MovingWindowRateLimiter, rate: RateLimitItem, action: str, kind: str, name: str) -> None:
    if not limiter.hit(rate, action, kind, name):
        reset_at = limiter.get_window_stats(rate, action, kind, name).reset_time
        raise RateLimited(retry_after=max(1, math.ceil(reset_at - time.time())))


def _is_this_machine(ip: str) -> bool:
    """In sandbox mode everybody is this machine, and a crowd of pretend customers is welcome."""
    return get_settings().mode == "sandbox" and is_loopback(ip)


@lru_cache(maxsize=1)
def _limiter() -> MovingWindowRateLimiter:
    url = get_settings().redis_url
    return MovingWindowRateLimiter(storage_from_string(url)) if url else _limiter_without_redis()


@lru_cache(maxsize=1)
def _limiter_without_redis() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
