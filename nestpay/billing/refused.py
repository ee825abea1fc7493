"""Counts deliveries that were refused for their signature, so that a wrong secret is seen before customers write.

Anybody can send such a delivery, so a burst costs one write a second at most.
"""

import threading
import time
from collections import Counter

import structlog
from sqlalchemy.exc import SQLAlchemyError

from nestpay.billing.clock import real_now
from nestpay.store import refused as store
from nestpay.store.session import transaction

_SECONDS_BETWEEN_WRITES = 1.0

log = structlog.get_logger(__name__)

_waiting: Counter[str] = Counter()
_counting = threading.Lock()
_written_at = float("-inf")


def note(provider: str) -> None:
    """Count one refused delivery; what was counted is written at once, or with the next after a second."""
    with _counting:
        _waiting[provider] += 1
        is_time = time.monotonic() - _written_at >= _SECONDS_BETWEEN_WRITES
    if is_time:
        write_down()


def write_down() -> None:
    """Write what was counted and not written yet. What cannot be written now is kept for the next time."""
    global _written_at
    with _counting:
        counted = dict(_waiting)
        _waiting.clear()
        _written_at = time.monotonic()
    if not counted:
        return
    try:
        with transaction() as session:
            for provider, number in sorted(counted.items()):
                store.count(session, provider, number, real_now())
    except SQLAlchemyError as error:
        log.warning("refused.not_counted_yet", error=repr(error))
        with _counting:
            _waiting.update(counted)
