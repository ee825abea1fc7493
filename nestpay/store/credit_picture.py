"""Reads the ledger for pictures: a few lines out of many, by their place in the log, however long it has become."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from nestpay.domain.ledger import LogType
from nestpay.store.ledger import logs, usage

_USES = (LogType.FEATURE_USAGE, LogType.HOLD, LogType.HOLD_SETTLE, LogType.HOLD_RELEASE)
"""What is set aside counts as used until it comes back."""


@dataclass(frozen=True, slots=True)
class BalancePoint:
    """Both balances right after one line of the log; `at` is UTC."""

    at: datetime
    subscription: int
    one_time: int


def head(session: Session, user_id: str) -> tuple[int, int]:
    """The place of the newest line (0 without any) and the credits that are set aside."""
    row = session.execute(select(usage.c.seq, usage.c.held).where(usage.c.user_id == user_id)).first()
    return (row[0], row[1]) if row else (0, 0)


def first_since(session: Session, user_id: str, since: datetime, last: int) -> int:
    """The place of the first line at or after `since`; `last` + 1 when there is none. Asks a few dozen times at most."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        at = session.scalar(select(logs.c.created_at).where(logs.c.user_id == user_id, logs.c.seq == middle))
        if at is not None and at < since:
            low = middle + 1
        else:
            high = middle
    return low


def balances_at(session: Session, user_id: str, places: Iterable[int]) -> list[BalancePoint]:
    """The balances after the lines at these places, the oldest first."""
    columns = (logs.c.created_at, logs.c.subscription_balance_after, logs.c.one_time_balance_after)
    query = select(*columns).where(logs.c.user_id == user_id, logs.c.seq.in_(sorted(set(places))))
    return [BalancePoint(*row) for row in session.execute(query.order_by(logs.c.seq))]


def used_by_feature(session: Session, user_id: str, first: int) -> list[tuple[str, int]]:
    """Credits used for each feature since the line at place `first`, the most first."""
    used = -func.sum(logs.c.amount)
    query = select(logs.c.feature, used).where(logs.c.user_id == user_id, logs.c.seq >= first, logs.c.type.in_(_USES))
    found = [(row[0], int(row[1])) for row in session.execute(query.group_by(logs.c.feature))]
    return sorted((each for each in found if each[1] > 0), key=lambda each: -each[1])
