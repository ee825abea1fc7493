"""Books what a change of plan does to the credits of its subscription, in whatever order its events come."""

from dataclasses import dataclass, replace
from datetime import datetime

from nestpay.domain import ledger
from nestpay.domain.ledger import Account, Grant, LogType, Posting, Stamp
from nestpay.domain.proration import CreditChange, CreditMove

WITHIN_PERIOD = ":change"
"""How the keys of lots end that were granted inside a period, and so begin none."""


@dataclass(frozen=True, slots=True)
class Booked:
    """The posting, if anything moves, and how many credits it gave (what it took is in its lines)."""

    posting: Posting | None
    granted: int


def book(
    account: Account,
    change: CreditChange,
    wish: Grant,
    stamp: Stamp,
    *,
    current_since: datetime | None = None,
    rollover_cap: int = 0,
) -> Booked:
    """Book `change` of the subscription that `wish` names, once per `wish.key`.

    `wish` brings pool, source, key and order; its amount and times are the change's, its `expires_at` is kept.
    `current_since` is when the newest period whose credits were granted began, if there was one.
    """
    if change.move is CreditMove.NOTHING or not change.credits or change.start is None or change.end is None:
        return Booked(None, 0)
    wish = replace(wish, amount=change.credits, effective_at=change.start)
    if change.move is CreditMove.NEW_PERIOD:
        posting = ledger.grant_period(
            account, wish, stamp, current_since=current_since, rollover_cap=rollover_cap, period_end=change.end
        )
        return Booked(posting, change.credits)
    of_period = [
        lot for lot in account.lots if lot.subscription_id == wish.subscription_id and lot.effective_at < change.end
    ]
    if change.move is CreditMove.TAKE:
        posting, _ = ledger.revoke(account, of_period, change.credits, stamp, order_id=wish.order_id or "")
        return Booked(posting if posting.lots else None, 0)
    posting = ledger.close_expired(account, stamp)
    if change.move is CreditMove.REPLACE:
        earlier = [lot for lot in of_period if lot.effective_at < change.start]
        posting = posting.then(
            lambda left: ledger.close_lots(
                left, [lot for lot in earlier if lot in left.lots], LogType.PERIOD_RESET, stamp
            )
        ).ending(wish.subscription_id, change.start)
    posting = posting.then(lambda left: ledger.grant(left, wish, stamp))
    if not _is_over(account, wish, change.end, current_since):
        return Booked(posting, change.credits)
    opened = [lot for lot in posting.account.lots if lot.key == wish.key]
    ended = posting.then(lambda left: ledger.close_lots(left, opened, LogType.PERIOD_RESET, stamp))
    return Booked(ended, change.credits)


def _is_over(account: Account, wish: Grant, period_end: datetime, current_since: datetime | None) -> bool:
    """Whether the next period has begun already, so that what is granted ends at once: its event came late."""
    siblings = (lot for lot in account.lots if lot.subscription_id == wish.subscription_id)
    has_newer = any(lot.effective_at >= period_end for lot in siblings)
    has_begun = current_since is not None and wish.effective_at is not None and wish.effective_at < current_since
    return has_newer or has_begun
