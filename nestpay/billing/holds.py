"""Holds as paid features use them: set credits aside, then settle for what it cost or release them, exactly once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from nestpay import signals
from nestpay.billing import low_balance
from nestpay.billing.clock import billing_now
from nestpay.billing.credits import LONGEST_KEY
from nestpay.domain import holds as rules
from nestpay.domain import ledger
from nestpay.domain.errors import HoldClosed, IdempotencyMismatch, NotFound, Refused
from nestpay.domain.holds import Hold, HoldStatus, Overdraft
from nestpay.domain.ledger import Stamp
from nestpay.settings import get_settings
from nestpay.store import holds as store
from nestpay.store import ledger as accounts
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction

log = structlog.get_logger(__name__)

LONGEST_LIFE = timedelta(hours=24)
_SWEPT_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold as callers see it: credits set aside, credits it ended with, `open|settled|released|expired`."""

    id: str
    amount: int
    settled_amount: int
    status: str
    expires_at: datetime
    replayed: bool = False


def hold(
    user_id: str, amount: int, *, key: str, life: timedelta = timedelta(minutes=15), feature: str = ""
) -> HoldView:
    """Set `amount` credits aside for `life` (a day at most), once per idempotency `key`.

    Raises InvalidAmount, NotEnoughCredits, AccountFrozen, AccountDisabled, IdempotencyMismatch, NotFound, Refused.
    """
    ledger.check_amount(amount)
    if not key or len(key) > LONGEST_KEY:
        raise Refused("A hold needs an idempotency key of at most {longest} characters.", longest=LONGEST_KEY)
    if not timedelta(0) < life <= LONGEST_LIFE:
        raise Refused("A hold lasts more than a moment and at most a day.")
    with transaction() as session:
        account = accounts.load_accounts(session, [user_id]).get(user_id)
        if account is None:
            raise NotFound
        before = store.by_key(session, user_id, key)
        if before:
            if (before.amount, before.feature) != (amount, feature):
                raise IdempotencyMismatch
            return _view(before, replayed=True)
        stamp = Stamp(billing_now(), new_id)
        posting, made = rules.hold(account, amount, stamp, key=key, expires_at=stamp.now + life, feature=feature)
        accounts.write_postings(session, [posting], stamp.now)
        store.add(session, made)
    signals.publish([user_id])
    return _view(made)


def settle(user_id: str, hold_id: str, cost: int, *, key_prefix: str = "") -> HoldView:
    """End a hold for what the work cost; what is left goes back. The same cost again gets the first answer.

    A cost above the hold is treated as settings.hold_overdraft says: refused, taken from what is there, or owed.
    With `key_prefix`, only a hold whose key begins so is found.
    Raises NotFound, HoldClosed, InvalidAmount, NotEnoughCredits, IdempotencyMismatch (settled with another cost).
    """
    return _end(user_id, hold_id, cost, key_prefix)


def release(user_id: str, hold_id: str, *, key_prefix: str = "") -> HoldView:
    """End a hold without a cost: everything goes back. Again gets the first answer.

    With `key_prefix`, only a hold whose key begins so is found. Raises NotFound, HoldClosed.
    """
    return _end(user_id, hold_id, None, key_prefix)


def release_expired() -> int:
    """Release holds whose time is over. Returns how many."""
    with reading() as session:
        over = store.expired(session, billing_now(), _SWEPT_AT_ONCE)
    for user_id, hold_id in over:
        try:
            _end(user_id, hold_id, None)
        except HoldClosed:
            log.info("holds.ended_meanwhile", hold_id=hold_id)
    return len(over)


def _end(user_id: str, hold_id: str, cost: int | None, key_prefix: str = "") -> HoldView:
    with transaction() as session:
        account = accounts.load_accounts(session, [user_id]).get(user_id)
        held = store.by_id(session, user_id, hold_id)
        if account is None or held is None or not held.key.startswith(key_prefix):
            raise NotFound
        replay = _replay(held, cost)
        if replay:
            return replay
        stamp = Stamp(billing_now(), new_id)
        sources = store.sources_of(session, held)
        if cost is None:
            posting, ended = rules.release(account, held, sources, stamp)
        else:
            overdraft = Overdraft(get_settings().hold_overdraft)
            posting, ended = rules.settle(account, held, cost, sources, stamp, overdraft=overdraft)
        accounts.write_postings(session, [posting], stamp.now)
        store.close(session, ended)
        had = {user_id: low_balance.had(account)}
        crossings = low_balance.note(session, had, {user_id: posting.account}, stamp.now)
    crossings.after_commit()
    signals.publish([user_id])
    return _view(ended)


def _replay(held: Hold, cost: int | None) -> HoldView | None:
    """The first answer, when the hold ended in the way that is asked for again."""
    if cost is None and held.status in (HoldStatus.RELEASED, HoldStatus.EXPIRED):
        return _view(held, replayed=True)
    if cost is not None and held.status is HoldStatus.SETTLED:
        if held.settled_amount != cost:
            raise IdempotencyMismatch
        return _view(held, replayed=True)
    return None


def _view(held: Hold, *, replayed: bool = False) -> HoldView:
    return HoldView(held.id, held.amount, held.settled_amount, held.status, held.expires_at, replayed)
