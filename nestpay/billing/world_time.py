"""The sandbox's time as an admin sees and moves it; billing's clock goes along. Only in sandbox mode."""

from datetime import datetime, timedelta

from nestpay import queue
from nestpay.billing import clock
from nestpay.billing.clock import real_now
from nestpay.domain.errors import InvalidAmount, NotOffered
from nestpay.providers import sandbox_clock
from nestpay.providers.sandbox_clock import Journey
from nestpay.settings import get_settings
from nestpay.store import audit
from nestpay.store.session import transaction

__all__ = ["Journey", "address", "look", "move"]

_FURTHEST = timedelta(days=5 * 366)
_MADE_DUE = ("inbox", "allowance", "holds")


def look() -> datetime:
    """What time it is in the sandbox (UTC). Raises NotOffered outside sandbox mode, ProviderTrouble."""
    _only_here()
    return sandbox_clock.read().now


def move(*, days: int = 0, hours: int = 0, by: str, ip: str = "") -> Journey:
    """Let so much time pass: renewals, failures, trials and drips on the way happen, each at its own instant.

    Raises InvalidAmount for nothing, less, or more than five years; NotOffered outside sandbox mode; ProviderTrouble.
    """
    _only_here()
    try:
        wish = timedelta(days=days, hours=hours)
    except OverflowError:
        raise InvalidAmount from None
    if not timedelta(0) < wish <= _FURTHEST:
        raise InvalidAmount
    journey = sandbox_clock.move(round(wish.total_seconds()))
    clock.follow(journey.offset_seconds)
    for job in _MADE_DUE:
        queue.enqueue(job)
    with transaction() as session:
        audit.append(
            session,
            at=real_now(),
            actor_id=by,
            action="sandbox.move_time",
            subject="sandbox",
            after={"days": days, "hours": hours, "now": journey.now.isoformat()},
            ip=ip,
        )
    return journey


def address(page: str = "") -> str:
    """Where the sandbox's own pages are for a browser: "time", "faults", or its front door."""
    root = get_settings().stripe_base.removesuffix("/stripe")
    return f"{root}/{page}"


def _only_here() -> None:
    if get_settings().mode != "sandbox":
        raise NotOffered
