"""The credit ledger's arithmetic: lots that are granted, spent in a fixed order, and closed; every step one log line.

Pure: an `Account` goes in, a `Posting` comes out (the account after, the lots that changed, the lines to append).
The rules it keeps: the log only grows; balances equal the sum of open lots; nothing goes below zero; what has expired
is closed before anything else happens.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from nestpay.domain.chain import GENESIS, chain_hash
from nestpay.domain.errors import AccountDisabled, AccountFrozen, InvalidAmount, NotEnoughCredits

LARGEST_AMOUNT = 2**53
"""Beyond this a browser's numbers are no longer exact."""


class Pool(StrEnum):
    """The two balances: subscription credits reset each period, one-time credits accumulate."""

    SUBSCRIPTION = "subscription"
    ONE_TIME = "one_time"


class LogType(StrEnum):
    ONE_TIME_PURCHASE = "one_time_purchase"
    SUBSCRIPTION_GRANT = "subscription_grant"
    SIGNUP_BONUS = "signup_bonus"
    FEATURE_USAGE = "feature_usage"
    PERIOD_RESET = "period_reset"
    REFUND_REVOKE = "refund_revoke"
    REFUND_RETURN = "refund_return"
    SUBSCRIPTION_CANCEL_REVOKE = "subscription_cancel_revoke"
    SUBSCRIPTION_DRIP = "subscription_drip"
    ROLLOVER = "rollover"
    PROMOTION = "promotion"
    ADMIN_ADJUST = "admin_adjust"
    SEAT_USAGE = "seat_usage"
    HOLD = "hold"
    HOLD_SETTLE = "hold_settle"
    HOLD_RELEASE = "hold_release"
    DEBT = "debt"
    DEBT_REPAID = "debt_repaid"
    DEBT_RETURN = "debt_return"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Credits that came from one source. `key` is the business key that makes the grant happen once."""

    id: str
    user_id: str
    pool: Pool
    source: LogType
    key: str
    amount: int
    remaining: int
    effective_at: datetime
    created_at: datetime
    priority: int = 10
    expires_at: datetime | None = None
    closed_at: datetime | None = None
    order_id: str | None = None
    subscription_id: str | None = None

    def is_expired(self, now: datetime) -> bool:
        return self.expires_at is not None and self.expires_at <= now

    @property
    def spend_rank(self) -> tuple[int, bool, datetime, datetime, str]:
        """Priority, then soonest expiry (never comes last), then oldest."""
        return (
            self.priority,
            self.expires_at is None,
            self.expires_at or self.effective_at,
            self.effective_at,
            self.id,
        )


@dataclass(frozen=True, slots=True)
class Touch:
    """How much one log line took from (negative) or put into (positive) one lot."""

    lot_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One append-only line. `hash` covers the line and its predecessor, and no personal text."""

    id: str
    user_id: str
    seq: int
    amount: int
    subscription_balance_after: int
    one_time_balance_after: int
    type: LogType
    created_at: datetime
    previous_hash: str
    hash: str
    key: str | None = None
    feature: str = ""
    note: str = ""
    order_id: str | None = None
    touches: tuple[Touch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A customer's usage row and open lots, read under its lock."""

    user_id: str
    subscription_balance: int = 0
    one_time_balance: int = 0
    seq: int = 0
    head_hash: str = GENESIS
    held: int = 0
    debt: int = 0
    is_frozen: bool = False
    is_disabled: bool = False
    top_up_below: int = 0
    lots: tuple[Lot, ...] = ()

    def available(self, now: datetime) -> int:
        """Credits that can be spent at `now`: open lots that have not expired, swept or not; none when frozen."""
        return 0 if self.is_frozen else sum(lot.remaining for lot in self.lots if not lot.is_expired(now))


@dataclass(frozen=True, slots=True)
class Ending:
    """A subscription's lots that took effect before `before` (None: all) are over, those that are empty by now too.

    An account carries open lots only, and nothing may flow back into an empty one whose period has ended.
    """

    subscription_id: str
    before: datetime | None = None

    def covers(self, lot: Lot) -> bool:
        """Whether an empty lot ends by this."""
        is_its = lot.subscription_id == self.subscription_id and lot.remaining == 0 and lot.closed_at is None
        return is_its and (self.before is None or lot.effective_at < self.before)


@dataclass(frozen=True, slots=True)
class Posting:
    """The account after, and what must be written for it."""

    account: Account
    lots: tuple[Lot, ...] = ()
    lines: tuple[LogLine, ...] = ()
    endings: tuple[Ending, ...] = ()

    def then(self, step: Callable[[Account], "Posting"]) -> "Posting":
        """This posting followed by another step on its account."""
        following = step(self.account)
        changed = {lot.id: lot for lot in (*self.lots, *following.lots)}
        return Posting(
            following.account,
            tuple(changed.values()),
            (*self.lines, *following.lines),
            (*self.endings, *following.endings),
        )

    def ending(self, subscription_id: str | None, before: datetime | None = None) -> "Posting":
        """This posting, after which a subscription's lots from before an instant are over."""
        return replace(self, endings=(*self.endings, Ending(subscription_id, before))) if subscription_id else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A wish to grant: `amount` credits from `source`, once per `key`. `log_key` is its line's idempotency key."""

    pool: Pool
    source: LogType
    key: str
    amount: int
    log_key: str | None = None
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    priority: int = 10
    order_id: str | None = None
    subscription_id: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the rules may not make themselves: the instant (UTC) and fresh ids."""

    now: datetime
    new_id: Callable[[], str] = field(repr=False)


def check_amount(amount: object) -> int:
    """`amount` when it is a whole number of credits above zero. Raises InvalidAmount otherwise."""
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= LARGEST_AMOUNT:
        raise InvalidAmount
    return amount


def grant(account: Account, wish: Grant, stamp: Stamp) -> Posting:
    """Open a lot. Raises InvalidAmount. That `wish.key` is new is the caller's to know and the database's to enforce."""
    amount = check_amount(wish.amount)
    lot = Lot(
        id=stamp.new_id(),
        user_id=account.user_id,
        pool=wish.pool,
        source=wish.source,
        key=wish.key,
        amount=amount,
        remaining=amount,
        effective_at=wish.effective_at or stamp.now,
        created_at=stamp.now,
        priority=wish.priority,
        expires_at=wish.expires_at,
        order_id=wish.order_id,
        subscription_id=wish.subscription_id,
    )
    closed = close_expired(account, stamp)
    opened = replace(closed.account, lots=(*closed.account.lots, lot))
    words = {"key": wish.log_key, "note": wish.note, "order_id": wish.order_id}
    after, line = _append(opened, wish.source, ((lot, amount),), stamp, **words)
    posting = Posting(after, (*closed.lots, lot), (*closed.lines, line))
    return posting.then(lambda left: _repay_debt(left, lot, stamp)) if after.debt else posting


def _repay_debt(account: Account, lot: Lot, stamp: Stamp) -> Posting:
    """What is owed is taken from a new lot before anybody can spend it; who owes nothing more is frozen no more."""
    part = min(account.debt, lot.remaining)
    paid = replace(lot, remaining=lot.remaining - part)
    debt = account.debt - part
    owing = replace(account, debt=debt, is_frozen=account.is_frozen and debt > 0)
    after, line = post(owing, LogType.DEBT_REPAID, [(paid, -part)], stamp, order_id=lot.order_id)
    return Posting(after, (paid,), (line,))


def spend(account: Account, amount: int, stamp: Stamp, *, key: str, feature: str = "", note: str = "") -> Posting:
    """Take `amount` credits in spend order. Raises InvalidAmount, NotEnoughCredits, AccountFrozen, AccountDisabled."""
    check_amount(amount)
    refuse_disabled(account)
    closed = close_expired(account, stamp)
    taken = take(closed.account, amount, stamp)
    after, line = post(closed.account, LogType.FEATURE_USAGE, taken, stamp, key=key, feature=feature, note=note)
    return Posting(after, (*closed.lots, *(lot for lot, _ in taken)), (*closed.lines, line))


def refuse_disabled(account: Account) -> None:
    """Raise AccountDisabled for somebody who may not sign in any more, whoever asks in their name."""
    if account.is_disabled:
        raise AccountDisabled


def take(account: Account, amount: int, stamp: Stamp) -> list[tuple[Lot, int]]:
    """Which lots pay `amount`, in spend order, each as it is afterwards and what it gives (negative).

    Expects an account whose expired lots are closed. Raises NotEnoughCredits, AccountFrozen.
    """
    if account.is_frozen:
        raise AccountFrozen
    available = account.available(stamp.now)
    if available < amount:
        raise NotEnoughCredits(needed=amount, available=available)
    taken: list[tuple[Lot, int]] = []
    owed = amount
    for lot in sorted(account.lots, key=lambda each: each.spend_rank):
        if owed == 0:
            break
        part = min(lot.remaining, owed)
        owed -= part
        taken.append((replace(lot, remaining=lot.remaining - part), -part))
    return taken


def close_expired(account: Account, stamp: Stamp) -> Posting:
    """Close every lot whose time is over, one line for each."""
    return close_lots(account, [lot for lot in account.lots if lot.is_expired(stamp.now)], LogType.EXPIRE, stamp)


def grant_period(
    account: Account,
    wish: Grant,
    stamp: Stamp,
    *,
    current_since: datetime | None = None,
    rollover_cap: int = 0,
    period_end: datetime | None = None,
) -> Posting:
    """Grant a subscription's credits for the period that starts at `wish.effective_at`, and end the older periods' lots.

    `current_since` is when the subscription's present period began, if known. A payment for a period that is already
    past (its event came late) still opens its lot, which ends at once: the order of events changes nothing. Up to
    `rollover_cap` of what was left goes on into the new period. What was granted inside the period, before
    `period_end`, belongs to it.
    """
    start = wish.effective_at or stamp.now
    siblings = [lot for lot in account.lots if lot.subscription_id == wish.subscription_id]
    is_newer = [lot.effective_at >= period_end if period_end else lot.effective_at > start for lot in siblings]
    is_past = any(is_newer) or (current_since is not None and start < current_since)
    past = [lot for lot in siblings if lot.effective_at < start]
    posting = close_expired(account, stamp)
    carried = min(rollover_cap, sum(lot.remaining for lot in past if lot in posting.account.lots))
    posting = posting.then(
        lambda left: close_lots(left, [lot for lot in past if lot in left.lots], LogType.PERIOD_RESET, stamp)
    )
    posting = posting.ending(wish.subscription_id, start).then(lambda left: grant(left, wish, stamp))
    if not is_past and carried:
        # Another order paid for these: a refund of this one must not take them.
        rest = replace(wish, source=LogType.ROLLOVER, key=f"{wish.key}:rollover", amount=carried, order_id=None)
        return posting.then(lambda left: grant(left, rest, stamp))
    if not is_past:
        return posting
    opened = [lot for lot in posting.account.lots if lot.key == wish.key]
    return posting.then(lambda left: close_lots(left, opened, LogType.PERIOD_RESET, stamp))


def revoke(account: Account, lots: Iterable[Lot], amount: int, stamp: Stamp, *, order_id: str) -> tuple[Posting, int]:
    """Take up to `amount` credits from what is left in `lots`, newest first. Returns the posting and what was taken."""
    closed = close_expired(account, stamp)
    wanted = {lot.id for lot in lots}
    left = [lot for lot in closed.account.lots if lot.id in wanted]
    taken: list[tuple[Lot, int]] = []
    owed = amount
    for lot in sorted(left, key=lambda each: each.effective_at, reverse=True):
        part = min(lot.remaining, owed)
        owed -= part
        if part:
            taken.append((replace(lot, remaining=lot.remaining - part), -part))
    if not taken:
        return closed, 0
    after, line = post(closed.account, LogType.REFUND_REVOKE, taken, stamp, order_id=order_id)
    return Posting(after, (*closed.lots, *(lot for lot, _ in taken)), (*closed.lines, line)), amount - owed


def refill(
    account: Account,
    log_type: LogType,
    back: list[tuple[Lot, int]],
    stamp: Stamp,
    *,
    key: str | None = None,
    feature: str = "",
    order_id: str | None = None,
) -> tuple[Account, LogLine]:
    """Put credits back into lots that gave them, empty ones too, and append the line."""
    refilled = {lot.id: lot for lot, _ in back}
    kept = tuple(lot for lot in account.lots if lot.id not in refilled)
    reopened = replace(account, lots=(*kept, *refilled.values()))
    return _append(reopened, log_type, back, stamp, key=key, feature=feature, order_id=order_id)


def end_subscription(account: Account, subscription_id: str, stamp: Stamp) -> Posting:
    """Close what is left of a subscription's lots, at the end of its access."""
    closed = close_expired(account, stamp)
    left = [lot for lot in closed.account.lots if lot.subscription_id == subscription_id]
    posting = closed.then(lambda rest: close_lots(rest, left, LogType.SUBSCRIPTION_CANCEL_REVOKE, stamp))
    return posting.ending(subscription_id)


def close_lots(account: Account, lots: list[Lot], log_type: LogType, stamp: Stamp) -> Posting:
    """End these open lots, one line for each, in spend order."""
    posting = Posting(account)
    for lot in sorted(lots, key=lambda each: each.spend_rank):
        ended = replace(lot, remaining=0, closed_at=stamp.now)
        after, line = post(posting.account, log_type, [(ended, -lot.remaining)], stamp, order_id=lot.order_id)
        posting = Posting(after, (*posting.lots, ended), (*posting.lines, line))
    return posting


def post(
    account: Account,
    log_type: LogType,
    taken: list[tuple[Lot, int]],
    stamp: Stamp,
    *,
    key: str | None = None,
    feature: str = "",
    note: str = "",
    order_id: str | None = None,
) -> tuple[Account, LogLine]:
    """Put the lots' new state into the account, drop those that are empty, and append the line."""
    changed = {lot.id: lot for lot, _ in taken}
    kept = tuple(changed.get(lot.id, lot) for lot in account.lots if changed.get(lot.id, lot).remaining > 0)
    return _append(
        replace(account, lots=kept), log_type, taken, stamp, key=key, feature=feature, note=note, order_id=order_id
    )


def _append(
    account: Account,
    log_type: LogType,
    moved: "list[tuple[Lot, int]] | tuple[tuple[Lot, int], ...]",
    stamp: Stamp,
    *,
    key: str | None = None,
    feature: str = "",
    note: str = "",
    order_id: str | None = None,
) -> tuple[Account, LogLine]:
    by_pool = {pool: sum(amount for lot, amount in moved if lot.pool is pool) for pool in Pool}
    subscription_after = account.subscription_balance + by_pool[Pool.SUBSCRIPTION]
    one_time_after = account.one_time_balance + by_pool[Pool.ONE_TIME]
    touches = tuple(Touch(lot.id, amount) for lot, amount in moved)
    seq = account.seq + 1
    digest = chain_hash(
        account.head_hash, account.user_id, seq, subscription_after, one_time_after, log_type, stamp.now, key, touches
    )
    line = LogLine(
        id=stamp.new_id(),
        user_id=account.user_id,
        seq=seq,
        amount=sum(by_pool.values()),
        subscription_balance_after=subscription_after,
        one_time_balance_after=one_time_after,
        type=log_type,
        created_at=stamp.now,
        previous_hash=account.head_hash,
        hash=digest,
        key=key,
        feature=feature,
        note=note,
        order_id=order_id,
        touches=touches,
    )
    after = replace(
        account,
        subscription_balance=subscription_after,
        one_time_balance=one_time_after,
        seq=seq,
        head_hash=digest,
    )
    return after, line
