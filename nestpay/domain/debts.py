"""What is owed: credits that were spent before their money went back, or used beyond a hold. Paid before anything else.

A debt takes what is there at once, in spend order, and then from each new lot first. What turns out not to be owed after
all lowers it, and comes back into the lots that paid.
"""

from collections.abc import Iterable
from dataclasses import replace

from nestpay.domain import ledger
from nestpay.domain.ledger import Account, LogType, Lot, Posting, Stamp


def owe(
    account: Account, amount: int, stamp: Stamp, *, cause: str, order_id: str | None = None, freezes: bool = False
) -> Posting:
    """Owe `amount` credits more, for `cause` (an order's or a hold's id); `freezes` lets nothing be spent until it is paid.

    Expects an account whose expired lots are closed.
    """
    after, line = ledger.post(
        replace(account, debt=account.debt + amount),
        LogType.DEBT,
        [],
        stamp,
        key=_key(account, cause, amount),
        note=str(amount),
        order_id=order_id,
    )
    paid = Posting(after, (), (line,)).then(lambda owing: pay(owing, stamp))
    is_frozen = paid.account.debt > 0 and (freezes or account.is_frozen)
    return replace(paid, account=replace(paid.account, is_frozen=is_frozen))


def forgive(
    account: Account, amount: int, payers: Iterable[tuple[Lot, int]], stamp: Stamp, *, cause: str, order_id: str
) -> Posting:
    """Owe `amount` credits less: first of what is still owed, then by giving back to the lots that paid.

    `payers` are those lots as they are now, each with what it paid. What has ended since gets nothing back.
    """
    closed = ledger.close_expired(account, stamp)
    part = min(amount, closed.account.debt)
    less = replace(closed.account, debt=closed.account.debt - part)
    less = replace(less, is_frozen=less.is_frozen and less.debt > 0)
    posting = closed
    if part:
        key = _key(less, cause, -part)
        after, line = ledger.post(less, LogType.DEBT, [], stamp, key=key, note=str(-part), order_id=order_id)
        posting = Posting(after, closed.lots, (*closed.lines, line))
    return posting.then(lambda left: _give_back(left, amount - part, payers, stamp, order_id))


def owed_by(key: str | None) -> int:
    """By how much the line with this key raised the debt (negative: lowered it)."""
    return int((key or "0").rpartition(":")[2])


def _key(account: Account, cause: str, amount: int) -> str:
    """The line's hash covers its key and not its note, so the amount stands in it."""
    return f"debt:{cause}:{account.seq + 1}:{amount}"


def pay(account: Account, stamp: Stamp) -> Posting:
    """Pay what is owed with what is there, in spend order; who owes nothing more is frozen no more."""
    part = min(account.debt, sum(lot.remaining for lot in account.lots))
    if part == 0:
        return Posting(account)
    taken = ledger.take(replace(account, is_frozen=False), part, stamp)
    debt = account.debt - part
    owing = replace(account, debt=debt, is_frozen=account.is_frozen and debt > 0)
    after, line = ledger.post(owing, LogType.DEBT_REPAID, taken, stamp)
    return Posting(after, tuple(lot for lot, _ in taken), (line,))


def _give_back(
    account: Account, amount: int, payers: Iterable[tuple[Lot, int]], stamp: Stamp, order_id: str
) -> Posting:
    current = {lot.id: lot for lot in account.lots}
    back: list[tuple[Lot, int]] = []
    for known, paid in sorted(payers, key=lambda each: each[0].spend_rank, reverse=True):
        lot = current.get(known.id, known)
        part = min(amount, paid, lot.amount - lot.remaining)
        if part and lot.closed_at is None and not lot.is_expired(stamp.now):
            amount -= part
            back.append((replace(lot, remaining=lot.remaining + part), part))
    if not back:
        return Posting(account)
    after, line = ledger.refill(account, LogType.DEBT_RETURN, back, stamp, order_id=order_id)
    return Posting(after, tuple(lot for lot, _ in back), (line,))
