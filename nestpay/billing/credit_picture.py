"""How a customer's credits went over time and what they were used for: the numbers behind the charts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nestpay.billing.clock import billing_now
from nestpay.store import credit_picture as store
from nestpay.store.credit_picture import BalancePoint
from nestpay.store.session import reading

__all__ = ["BalancePoint", "CreditPicture", "picture"]

WINDOW = timedelta(days=90)
_MOST_POINTS = 120


@dataclass(frozen=True, slots=True)
class CreditPicture:
    """From `since` to `until` (UTC): the balances at chosen moments, the oldest first, and credits used by feature."""

    since: datetime
    until: datetime
    balance: tuple[BalancePoint, ...]
    features: tuple[tuple[str, int], ...]


def picture(user_id: str) -> CreditPicture:
    """The last 90 days, or as many as the account has lines for."""
    now = billing_now()
    since = now - WINDOW
    with reading() as session:
        last, _ = store.head(session, user_id)
        first = store.first_since(session, user_id, since, last)
        # The line before the window says what there was when it began.
        places = _spread(max(1, first - 1), last)
        points = store.balances_at(session, user_id, places)
        features = store.used_by_feature(session, user_id, first)
    if points:
        since = max(since, points[0].at)
    return CreditPicture(since, now, tuple(points), tuple(features))


def set_aside(user_id: str) -> int:
    """Credits that open holds keep for work that is not finished."""
    with reading() as session:
        return store.head(session, user_id)[1]


def _spread(first: int, last: int) -> list[int]:
    """Up to 120 places from the first to the last, evenly spread, both among them."""
    count = last - first + 1
    if count <= _MOST_POINTS:
        return list(range(first, last + 1))
    return [first + step * (count - 1) // (_MOST_POINTS - 1) for step in range(_MOST_POINTS)]
