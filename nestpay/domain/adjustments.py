"""What an admin does to an account by hand: credits given as a lot of their own, or taken in the order of spending."""

from dataclasses import replace

from nestpay.domain import ledger
from nestpay.domain.ledger import Account, Grant, LogType, Pool, Posting, Stamp


def give(account: Account, amount: int, stamp: Stamp, *, key: str, note: str = "") -> Posting:
    """Open a one-time lot of `amount` credits. The caller knows that `key` is new. Raises InvalidAmount."""
    wish = Grant(
        pool=Pool.ONE_TIME,
        source=LogType.ADMIN_ADJUST,
        key=f"{key}:{account.user_id}",
        log_key=key,
        amount=amount,
        note=note,
    )
    return ledger.grant(account, wish, stamp)


def take(account: Account, amount: int, stamp: Stamp, *, key: str, note: str = "") -> Posting:
    """Take `amount` credits in spend order, from a frozen account too. Raises InvalidAmount, NotEnoughCredits."""
    ledger.check_amount(amount)
    closed = ledger.close_expired(account, stamp)
    taken = ledger.take(replace(closed.account, is_frozen=False), amount, stamp)
    after, line = ledger.post(closed.account, LogType.ADMIN_ADJUST, taken, stamp, key=key, note=note)
    return Posting(after, (*closed.lots, *(lot for lot, _ in taken)), (*closed.lines, line))
