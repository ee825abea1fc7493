"""Credits set aside for work whose cost is known only afterwards: held at once, then settled or released, once.

Held credits have left their lots, so nobody else can spend them and an expiry in between does not take them. What is
not used goes back to where it came from; what came from a lot that has ended meanwhile is gone, as it would be anyway.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from nestpay.domain import debts, ledger
from nestpay.domain.errors import HoldClosed, NotEnoughCredits
from nestpay.domain.ledger import Account, LogType, Lot, Posting, Stamp, Touch


class HoldStatus(StrEnum):
    OPEN = "open"
    SETTLED = "settled"
    RELEASED = "released"
    EXPIRED = "expired"


class Overdraft(StrEnum):
    """What a settle that costs more than was held may do: be refused, take from the rest, or go into debt."""

    REFUSE = "refuse"
    AVAILABLE = "available"
    DEBT = "debt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One row of `credit_holds`. Credits; `log_id` is the line that took them out of their lots."""

    id: str
    user_id: str
    key: str
    amount: int
    log_id: str
    expires_at: datetime
    created_at: datetime
    settled_amount: int = 0
    status: HoldStatus = HoldStatus.OPEN
    feature: str = ""
    closed_at: datetime | None = None


def hold(
    account: Account, amount: int, stamp: Stamp, *, key: str, expires_at: datetime, feature: str = ""
) -> tuple[Posting, Hold]:
    """Set `amount` credits aside. Raises InvalidAmount, NotEnoughCredits, AccountFrozen, AccountDisabled."""
    ledger.check_amount(amount)
    ledger.refuse_disabled(account)
    closed = ledger.close_expired(account, stamp)
    taken = ledger.take(closed.account, amount, stamp)
    holding = replace(closed.account, held=closed.account.held + amount)
    after, line = ledger.post(holding, LogType.HOLD, taken, stamp, feature=feature)
    posting = Posting(after, (*closed.lots, *(lot for lot, _ in taken)), (*closed.lines, line))
    row = Hold(
        id=stamp.new_id(),
        user_id=account.user_id,
        key=key,
        amount=amount,
        log_id=line.id,
        expires_at=expires_at,
        created_at=stamp.now,
        feature=feature,
    )
    return posting, row


def settle(
    account: Account,
    held: Hold,
    cost: int,
    sources: Iterable[tuple[Lot, Touch]],
    stamp: Stamp,
    *,
    overdraft: Overdraft = Overdraft.REFUSE,
) -> tuple[Posting, Hold]:
    """End a hold by taking `cost` credits (0 to any): the rest goes back to its lots, more is taken by `overdraft`.

    `sources` are the lots the hold came from, as they are now, with what it took from each. Raises HoldClosed,
    InvalidAmount, NotEnoughCredits.
    """
    if held.status is not HoldStatus.OPEN or held.expires_at <= stamp.now:
        raise HoldClosed
    if cost != 0:
        ledger.check_amount(cost)
    if cost > held.amount and overdraft is Overdraft.REFUSE:
        raise NotEnoughCredits(needed=cost, available=held.amount)
    posting = _put_back(account, held, max(0, held.amount - cost), sources, LogType.HOLD_SETTLE, stamp)
    if cost > held.amount:
        posting = posting.then(lambda left: _take_more(left, held, cost - held.amount, overdraft, stamp))
    return posting, replace(held, status=HoldStatus.SETTLED, settled_amount=cost, closed_at=stamp.now)


def release(account: Account, held: Hold, sources: Iterable[tuple[Lot, Touch]], stamp: Stamp) -> tuple[Posting, Hold]:
    """End a hold by putting everything back; one whose time is over ends as expired. Raises HoldClosed."""
    if held.status is not HoldStatus.OPEN:
        raise HoldClosed
    status = HoldStatus.EXPIRED if held.expires_at <= stamp.now else HoldStatus.RELEASED
    posting = _put_back(account, held, held.amount, sources, LogType.HOLD_RELEASE, stamp)
    return posting, replace(held, status=status, closed_at=stamp.now)


def _put_back(
    account: Account,
    held: Hold,
    amount: int,
    sources: Iterable[tuple[Lot, Touch]],
    log_type: LogType,
    stamp: Stamp,
) -> Posting:
    """The last lot that was taken from gets its credits back first. One line, even when nothing goes back.

    What is owed is paid with it.
    """
    closed = ledger.close_expired(account, stamp)
    current = {lot.id: lot for lot in closed.account.lots}
    back: list[tuple[Lot, int]] = []
    for source, touch in reversed(list(sources)):
        part = min(-touch.amount, amount)
        amount -= part
        lot = current.get(source.id, source)
        if part and lot.closed_at is None and not lot.is_expired(stamp.now):
            back.append((replace(lot, remaining=lot.remaining + part), part))
    freed = replace(closed.account, held=closed.account.held - held.amount)
    after, line = ledger.refill(freed, log_type, back, stamp, feature=held.feature)
    posting = Posting(after, (*closed.lots, *(lot for lot, _ in back)), (*closed.lines, line))
    return posting.then(lambda left: debts.pay(left, stamp)) if after.debt else posting


def _take_more(account: Account, held: Hold, amount: int, overdraft: Overdraft, stamp: Stamp) -> Posting:
    """What the work cost beyond the hold: from what is there, and what is missing as debt if that is allowed."""
    available = account.available(stamp.now)
    if amount > available and overdraft is Overdraft.AVAILABLE:
        raise NotEnoughCredits(needed=held.amount + amount, available=held.amount + available)
    from_lots = min(amount, available)
    taken = ledger.take(account, from_lots, stamp)
    after, line = ledger.post(account, LogType.HOLD_SETTLE, taken, stamp, feature=held.feature)
    posting, missing = Posting(after, tuple(lot for lot, _ in taken), (line,)), amount - from_lots
    return posting.then(lambda left: debts.owe(left, missing, stamp, cause=held.id)) if missing else posting
