"""The daily sweep: sessions, tokens and remembered answers that are over, and what old events said."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlmodel import Session

from nestpay.billing.clock import real_now
from nestpay.settings import get_settings
from nestpay.store import sweep as store
from nestpay.store.session import transaction

JOB = "sweep"
_KEPT_AFTER_THE_END = timedelta(days=7)
"""A while in which somebody may still ask what became of a session, a link or a request."""


def sweep(step: int = 200) -> dict[str, int]:
    """Take away what is over, `step` rows a commit. Returns how many of each kind went."""
    now = real_now()
    over = now - _KEPT_AFTER_THE_END
    unread = now - timedelta(days=get_settings().event_payload_days)
    return {
        "sessions": _all_of(store.sessions, over, step),
        "one_time_tokens": _all_of(store.one_time_tokens, over, step),
        "remembered_answers": _all_of(store.remembered_answers, over, step),
        "event_payloads": _all_of(store.event_payloads, unread, step),
    }


def _all_of(take: Callable[[Session, datetime, int], int], before: datetime, step: int) -> int:
    total = 0
    while True:
        with transaction() as session:
            gone = take(session, before, step)
        total += gone
        if gone < step:
            return total
