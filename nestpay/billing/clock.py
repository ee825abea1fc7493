"""The two clocks: real time for signatures, sessions and limits; billing time, which a sandbox may move."""

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from nestpay.settings import get_settings
from nestpay.store import house
from nestpay.store.session import engine, reading, transaction

OFFSET_KEY = "clock_offset_seconds"
_REMEMBERED_FOR = timedelta(seconds=1)

_remembered: tuple[Engine, datetime, timedelta] | None = None
_looking = threading.Lock()


def real_now() -> datetime:
    """This instant, UTC."""
    return datetime.now(UTC)


def billing_now() -> datetime:
    """The instant that periods, drips, grace and expiry go by, UTC.

    Outside sandbox mode it is `real_now()`. In it, the stored offset in seconds is added, which is read again after a
    second at most, by one thread at a time: who asks holds a connection already, and if all waited for a second one
    none would ever come free.
    """
    now = real_now()
    return now + _offset(now) if get_settings().mode == "sandbox" else now


def follow(offset_seconds: float) -> bool:
    """Let billing's clock differ from real time by this much (sandbox only). Returns whether it moved."""
    global _remembered
    text = str(round(offset_seconds, 3))
    with transaction() as session:
        has_moved = house.read(session, OFFSET_KEY) != text
        if has_moved:
            house.write(session, OFFSET_KEY, text)
    _remembered = engine(), real_now(), timedelta(seconds=float(text))
    return has_moved


def _offset(now: datetime) -> timedelta:
    database = engine()
    known = _remembered if _remembered is not None and _remembered[0] is database else None
    if known is None:
        return _look(database, now)
    _, read_at, offset = known
    if timedelta(0) <= now - read_at < _REMEMBERED_FOR or not _looking.acquire(blocking=False):
        return offset
    try:
        return _look(database, now)
    finally:
        _looking.release()


def _look(database: Engine, now: datetime) -> timedelta:
    global _remembered
    with reading() as session:
        offset = timedelta(seconds=float(house.read(session, OFFSET_KEY) or 0))
    _remembered = database, now, offset
    return offset
