"""Credits as customers and paid features use them: what is there, spending it, and the history."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from nestpay import signals
from nestpay.billing import entitled, low_balance, pools
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.paging import Page, page_from, read_mark
from nestpay.domain import adjustments, ledger, periods
from nestpay.domain.errors import IdempotencyMismatch, NotEnoughCredits, NotFound, Refused
from nestpay.domain.ledger import Account, Grant, LogLine, LogType, Pool, Posting, Stamp
from nestpay.domain.periods import Interval
from nestpay.domain.plans import PriceRow, SeatCredits
from nestpay.domain.subscriptions import Subscription
from nestpay.store import audit, plans
from nestpay.store import ledger as store
from nestpay.store.columns import new_id
from nestpay.store.group_commit import GroupCommit
from nestpay.store.session import reading, sent_together, transaction

LONGEST_KEY = 200
_BY_HAND = {"adjust": LogType.ADMIN_ADJUST, "promotion": LogType.PROMOTION}
_LONGEST_SEQ = 18
"""Digits that a 64-bit number holds for sure."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UserBenefits:
    """What a customer holds right now: NEXTY's seven fields, the plan's title, and what is beside the balances.

    `held_credits` are set aside by open holds and in no balance; `debt` is owed, and while an account `is_frozen` for it
    nothing can be spent; `shared_credits` are the owner's, when
    the plan comes with a seat, and part of the total. Instants are UTC.
    """

    active_plan_id: str | None
    subscription_status: str | None
    current_period_end: datetime | None
    next_credit_date: datetime | None
    total_available_credits: int
    subscription_credits_balance: int
    one_time_credits_balance: int
    plan_title: str = ""
    held_credits: int = 0
    debt: int = 0
    shared_credits: int = 0
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class Spent:
    """One spend as it was first answered; `replayed` when the key had been used for it before."""

    log_id: str
    amount: int
    subscription_balance_after: int
    one_time_balance_after: int
    replayed: bool


@dataclass(frozen=True, slots=True)
class CreditLogRow:
    """One line of the history."""

    id: str
    created_at: datetime
    amount: int
    subscription_balance_after: int
    one_time_balance_after: int
    type: str
    note: str
    order_id: str


@dataclass(frozen=True, slots=True)
class _Wish:
    user_id: str
    amount: int
    key: str
    feature: str
    note: str


def get_user_benefits(user_id: str, locale: str = "en") -> UserBenefits:
    """The active plan, called so in `locale`, its status and dates, and the credits that can be spent now."""
    now = billing_now()
    with reading() as session:
        account = store.load_accounts(session, [user_id], lock=False).get(user_id) or Account(user_id=user_id)
        held = entitled.held(session, user_id, now)
        price = next(iter(plans.price_rows(session, [held.price_id or ""])), None) if held else None
        shares = price is not None and price.benefits.credits_per_seat is SeatCredits.POOL
        shared = _shared_credits(session, held, user_id, now) if shares else 0
    by_pool = {pool: sum(lot.remaining for lot in account.lots if lot.pool is pool) for pool in Pool}
    expired = {pool: _expired(account, pool, now) for pool in Pool}
    subscription_credits = by_pool[Pool.SUBSCRIPTION] - expired[Pool.SUBSCRIPTION]
    one_time_credits = by_pool[Pool.ONE_TIME] - expired[Pool.ONE_TIME]
    return UserBenefits(
        active_plan_id=held.plan_id if held else None,
        subscription_status=held.status if held else None,
        current_period_end=held.current_period_end if held else None,
        next_credit_date=_next_credit_date(held, price, now) if held and price else None,
        total_available_credits=subscription_credits + one_time_credits + shared,
        subscription_credits_balance=subscription_credits,
        one_time_credits_balance=one_time_credits,
        plan_title=price.title_in(locale) if price else "",
        held_credits=account.held,
        debt=account.debt,
        shared_credits=shared,
        is_frozen=account.is_frozen,
    )


def _shared_credits(session: Session, held: Subscription | None, user_id: str, now: datetime) -> int:
    """What the owner of the user's seat has to spend, if the plan comes with one."""
    if held is None or held.user_id == user_id or not entitled.opens(held, now):
        return 0
    owner = store.load_accounts(session, [held.user_id], lock=False).get(held.user_id)
    return owner.available(now) if owner else 0


def _expired(account: Account, pool: Pool, now: datetime) -> int:
    return sum(lot.remaining for lot in account.lots if lot.pool is pool and lot.is_expired(now))


def _next_credit_date(held: Subscription, price: PriceRow, now: datetime) -> datetime | None:
    """When the plan's credits come again: with the renewal, or monthly inside a year, counted from the anchor."""
    end = held.current_period_end
    if not price.benefits.monthly_credits or not end or (held.cancels_at and held.cancels_at <= end):
        return None
    start = held.current_period_start
    if price.interval is not Interval.YEAR or start is None:
        return end
    months = range(1, periods.months_of(price.interval, price.interval_count) + 1)
    return next((moment for moment in (periods.add_months(start, index) for index in months) if moment > now), end)


def spend(user_id: str, amount: int, *, key: str, feature: str = "", note: str = "") -> Spent:
    """Take `amount` credits, once per idempotency `key`; the same key with the same input gets the first answer.

    Spends that arrive together share a commit. Who holds a seat and has too few spends the owner's credits. Raises
    InvalidAmount, NotEnoughCredits, AccountFrozen, AccountDisabled, IdempotencyMismatch, NotFound, and Refused for a
    missing key.
    """
    wish = _checked(user_id, amount, key, feature, note)
    try:
        return _spends.submit_and_wait(wish)
    except NotEnoughCredits as shortage:
        return _spend_from_owner(wish, shortage)


async def spend_soon(user_id: str, amount: int, *, key: str, feature: str = "", note: str = "") -> Spent:
    """The same for callers on an event loop: it neither blocks the loop nor takes a thread of its own."""
    wish = _checked(user_id, amount, key, feature, note)
    try:
        return await _spends.submit(wish)
    except NotEnoughCredits as shortage:
        return await asyncio.to_thread(_spend_from_owner, wish, shortage)


def adjust(user_id: str, amount: int, *, reason: str, by: str, ip: str = "", key: str) -> CreditLogRow:
    """Give (above zero) or take (below zero) credits by hand, once per `key`; the same again gets the first answer.

    `by` is the admin's id, `reason` what the customer reads beside it in the history. What is given stays until it is
    spent. Raises InvalidAmount (zero, or no whole number), NotEnoughCredits (nothing goes below zero), NotFound,
    IdempotencyMismatch, and Refused without a reason or a key.
    """
    if not reason.strip():
        raise Refused("Say why: the customer reads it in the history.")

    def step(account: Account, stamp: Stamp, log_key: str) -> Posting:
        do = adjustments.give if amount > 0 else adjustments.take
        return do(account, abs(amount), stamp, key=log_key, note=reason.strip())

    ledger.check_amount(-amount if type(amount) is int and amount < 0 else amount)
    return _by_hand(user_id, amount, step, kind="adjust", key=key, by=by, ip=ip, reason=reason.strip())


def give_promotion(
    user_id: str, amount: int, *, campaign: str, note: str = "", days: int = 0, by: str, ip: str = ""
) -> CreditLogRow:
    """Give credits as a present, once per user and `campaign`, which end after `days` (0: never).

    `by` is who gives: an admin's id, or a word such as `cli`. Giving it again gets the first answer. Raises
    InvalidAmount, NotFound, IdempotencyMismatch (the same campaign with another amount), Refused without a campaign.
    """

    def step(account: Account, stamp: Stamp, log_key: str) -> Posting:
        wish = Grant(
            pool=Pool.ONE_TIME,
            source=LogType.PROMOTION,
            key=f"{log_key}:{user_id}",
            log_key=log_key,
            amount=amount,
            expires_at=stamp.now + timedelta(days=days) if days else None,
            note=note,
        )
        return ledger.grant(account, wish, stamp)

    ledger.check_amount(amount)
    return _by_hand(user_id, amount, step, kind="promotion", key=campaign, by=by, ip=ip, reason=note)


def unfreeze(user_id: str, *, by: str, reason: str, ip: str = "") -> None:
    """Let a frozen account spend again before it paid what it owes, which stays owed. One that is not frozen stays so.

    `by` is the admin's id. Raises NotFound, and Refused without a reason.
    """
    if not reason.strip():
        raise Refused("Say why: it is kept in the audit log.")
    with transaction() as session:
        account = store.load_accounts(session, [user_id]).get(user_id)
        if account is None:
            raise NotFound
        if account.is_frozen:
            store.unfreeze(session, user_id)
            said = {"debt": account.debt, "reason": reason.strip()}
            audit.append(
                session, actor_id=by, action="credits.unfreeze", subject=user_id, at=real_now(), after=said, ip=ip
            )
    signals.publish([user_id])


def history(user_id: str, *, after: str | None = None, limit: int = 20, locale: str = "en") -> Page[CreditLogRow]:
    """A page of the user's credit log, the newest first. Raises NotFound for a mark that no page gave out."""
    mark = read_mark(after)
    if mark and not (mark.key.isdecimal() and len(mark.key) <= _LONGEST_SEQ):
        raise NotFound
    bounds = {} if mark is None else {"below" if mark.direction == "older" else "above": int(mark.key)}
    with reading() as session:
        found = store.page_of(session, user_id, **bounds, limit=limit + 1)
    return page_from(found, mark, limit, lambda line: str(line.seq), _row)


def stop() -> None:
    """Finish what is being spent and end the ledger's thread."""
    _spends.stop()


def _checked(user_id: str, amount: int, key: str, feature: str, note: str) -> _Wish:
    ledger.check_amount(amount)
    if not key or len(key) > LONGEST_KEY:
        raise Refused("A spend needs an idempotency key of at most {longest} characters.", longest=LONGEST_KEY)
    return _Wish(user_id, amount, key, feature, note)


def _by_hand(
    user_id: str,
    amount: int,
    step: Callable[[Account, Stamp, str], Posting],
    *,
    kind: str,
    key: str,
    by: str,
    ip: str,
    reason: str,
) -> CreditLogRow:
    """One step on one account under its lock, once per key, with a line in the audit log."""
    if not key or len(key) > LONGEST_KEY:
        raise Refused("This needs an idempotency key of at most {longest} characters.", longest=LONGEST_KEY)
    log_key, stamp = f"{kind}:{key}", Stamp(billing_now(), new_id)
    with transaction() as session:
        account = store.load_accounts(session, [user_id]).get(user_id)
        if account is None:
            raise NotFound
        earlier = store.lines_by_key(session, {(user_id, log_key)}).get((user_id, log_key))
        if earlier:
            if (earlier.type, earlier.amount) != (_BY_HAND[kind], amount):
                raise IdempotencyMismatch
            return _row(earlier)
        posting = step(account, stamp, log_key)
        line = next(each for each in posting.lines if each.key == log_key)
        store.write_postings(session, [posting], stamp.now)
        after = {"amount": amount, "reason": reason, "log_id": line.id}
        audit.append(session, actor_id=by, action=f"credits.{kind}", subject=user_id, at=real_now(), after=after, ip=ip)
        before = {user_id: low_balance.had(account)}
        crossings = low_balance.note(session, before, {user_id: posting.account}, stamp.now)
    crossings.after_commit()
    signals.publish([user_id])
    return _row(line)


def _row(line: LogLine) -> CreditLogRow:
    return CreditLogRow(
        id=line.id,
        created_at=line.created_at,
        amount=line.amount,
        subscription_balance_after=line.subscription_balance_after,
        one_time_balance_after=line.one_time_balance_after,
        type=line.type,
        note=line.note,
        order_id=line.order_id or "",
    )


def _spend_group(wishes: Sequence[_Wish]) -> list[Spent | Exception]:
    try:
        return _spend_together(wishes)
    except Exception as error:  # noqa: BLE001  one that no database can store must not fell the others
        if len(wishes) == 1:
            return [error]
        log.warning("spends.group_split", size=len(wishes), error=repr(error))
        return [_spend_group([wish])[0] for wish in wishes]


def _spend_together(wishes: Sequence[_Wish]) -> list[Spent | Exception]:
    """All spends that arrived together, in one commit; one that is refused changes nothing and fells no other."""
    with transaction() as session:
        accounts, earlier = store.load_for_spending(session, {(wish.user_id, wish.key) for wish in wishes})
        stamp = Stamp(billing_now(), new_id)
        before = {user_id: low_balance.had(account) for user_id, account in accounts.items()}
        postings, answers = [], []
        for wish in wishes:
            try:
                answers.append(_spend_one(wish, accounts, earlier, postings, stamp))
            except Exception as error:  # noqa: BLE001  the caller gets it; the others of the group go on
                answers.append(error)
        with sent_together(session):
            store.write_postings(session, postings, stamp.now)
        crossings = low_balance.note(session, before, accounts, stamp.now)
    crossings.after_commit()
    signals.publish({posting.account.user_id for posting in postings})
    return answers


def _spend_one(
    wish: _Wish,
    accounts: dict[str, Account],
    earlier: dict[tuple[str, str], LogLine],
    postings: list[ledger.Posting],
    stamp: Stamp,
) -> Spent:
    before = earlier.get((wish.user_id, wish.key))
    if before and before.type is LogType.SEAT_USAGE:
        return _shared(pools.replayed(before, wish.amount, wish.feature), wish, is_replay=True)
    if before:
        if (before.type, -before.amount, before.feature) != (LogType.FEATURE_USAGE, wish.amount, wish.feature):
            raise IdempotencyMismatch
        return _spent(before, replayed=True)
    if wish.user_id not in accounts:
        raise NotFound
    account = accounts[wish.user_id]
    try:
        posting = ledger.spend(account, wish.amount, stamp, key=wish.key, feature=wish.feature, note=wish.note)
    except NotEnoughCredits:
        closing = ledger.close_expired(account, stamp)  # so that who ran short by an expiry is told, or topped up
        accounts[wish.user_id] = closing.account
        postings.extend([closing] if closing.lines else [])
        raise
    accounts[wish.user_id] = posting.account
    postings.append(posting)
    line = posting.lines[-1]
    earlier[wish.user_id, wish.key] = line
    return _spent(line, replayed=False)


def _spend_from_owner(wish: _Wish, shortage: NotEnoughCredits) -> Spent:
    line, is_replay = pools.spend_from_owner(
        wish.user_id, wish.amount, key=wish.key, feature=wish.feature, note=wish.note, shortage=shortage
    )
    return _shared(line, wish, is_replay=is_replay)


def _shared(line: LogLine, wish: _Wish, *, is_replay: bool) -> Spent:
    """A spend that the owner of a seat paid: the holder's own line has the key and moved nothing."""
    balances = line.subscription_balance_after, line.one_time_balance_after
    return Spent(line.id, wish.amount, *balances, replayed=is_replay)


def _spent(line: LogLine, *, replayed: bool) -> Spent:
    return Spent(line.id, -line.amount, line.subscription_balance_after, line.one_time_balance_after, replayed=replayed)


_spends: GroupCommit[_Wish, Spent] = GroupCommit("nestpay-spends", _spend_group)
