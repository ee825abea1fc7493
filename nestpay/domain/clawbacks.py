"""Books what a refund or a dispute does to one account: credits out of its order's lots or back into them, and what is owed."""

from collections.abc import Iterable
from dataclasses import replace

from nestpay.domain import debts, ledger
from nestpay.domain.ledger import Account, LogLine, LogType, Lot, Posting, Stamp
from nestpay.domain.refunds import ClawbackPolicy

Moves = Iterable[tuple[Lot, int]]
"""Lots as they are, each with what is to be put into it (negative: taken out)."""


def book(account: Account, moves: Moves, stamp: Stamp, *, order_id: str) -> Posting:
    """Move credits of an order's lots of one account."""
    moved = [(replace(lot, remaining=lot.remaining + amount), amount) for lot, amount in moves]
    taken, given = [each for each in moved if each[1] < 0], [each for each in moved if each[1] > 0]
    posting = ledger.close_expired(account, stamp)
    if taken:
        out = LogType.REFUND_REVOKE
        posting = posting.then(lambda left: _posting(taken, *ledger.post(left, out, taken, stamp, order_id=order_id)))
    if given:
        back = LogType.REFUND_RETURN
        posting = posting.then(
            lambda left: _posting(given, *ledger.refill(left, back, given, stamp, order_id=order_id))
        )
    return posting


def owe(
    account: Account,
    more: int,
    policy: ClawbackPolicy,
    payers: Iterable[tuple[Lot, int]],
    stamp: Stamp,
    *,
    order_id: str,
) -> Posting:
    """Owe `more` credits of an order that were spent (negative: less), unless the policy lets them be kept.

    `payers` are the lots that paid debts so far, each with what it paid. What came back pays what is owed by then.
    """
    if policy is ClawbackPolicy.CLAMP or more == 0:
        return debts.pay(account, stamp)
    if more < 0:
        less = debts.forgive(account, -more, payers, stamp, cause=order_id, order_id=order_id)
        return less.then(lambda left: debts.pay(left, stamp))
    freezes = policy is ClawbackPolicy.FREEZE
    return debts.owe(account, more, stamp, cause=order_id, order_id=order_id, freezes=freezes)


def _posting(moved: list[tuple[Lot, int]], account: Account, line: LogLine) -> Posting:
    return Posting(account, tuple(lot for lot, _ in moved), (line,))
