"""Credits of a seat's own holder, where the plan says so: granted once a seat and month that the owner paid for.

A holder's lot mirrors the owner's lot of the month: its times, its order (a refund takes from both), one seat's worth.
"""

from dataclasses import replace
from datetime import datetime
from math import floor

import structlog
from sqlmodel import Session

from nestpay import signals
from nestpay.billing import reversals
from nestpay.billing.clock import billing_now
from nestpay.domain import ledger
from nestpay.domain.ledger import Grant, LogType, Lot, Pool, Stamp
from nestpay.domain.periods import RENEWAL_GRACE
from nestpay.domain.plans import SEATS
from nestpay.domain.proration import part_of_month
from nestpay.store import changes, plans
from nestpay.store import ledger as accounts
from nestpay.store import seat_credits as store
from nestpay.store.changes import Changes, Rows, Wanted
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction

log = structlog.get_logger(__name__)


def run_due() -> int:
    """Grant what holders of seats do not have yet. Returns how many got something."""
    with reading() as session:
        waiting = store.due(session, billing_now())
    done = 0
    for subscription_id in waiting:
        try:
            done += give(subscription_id)
        except Exception as error:  # noqa: BLE001  one bad subscription must not keep the others waiting; it stays due
            log.error("seat_credits.failed", subscription_id=subscription_id, error=repr(error))
    return done


def give(subscription_id: str) -> int:
    """Grant the holders of one subscription what they do not have yet of its present month. Returns how many got some.

    A seat brings credits once a month, whoever holds it; one that was added within the month brings its part.
    """
    stamp = Stamp(billing_now(), new_id)
    with reading() as session:
        lot = store.present_lot(session, subscription_id, stamp.now)
        people = store.holders(session, subscription_id)
    if lot is None or not people:
        return 0
    with transaction() as session:
        order_ids = {lot.order_id} if lot.order_id else set()
        rows = changes.load(session, Wanted(user_ids={lot.user_id, *people}, order_ids=order_ids), stamp.now)
        lot = store.present_lot(session, subscription_id, stamp.now)  # who held the owner's lock may have ended it
        got = _share_out(session, rows, lot, stamp) if lot else []
        rows.flush(session, stamp.now)
    signals.publish(got)
    return len(got)


def end(session: Session, subscription_id: str, user_ids: set[str], now: datetime) -> None:
    """What is left of a subscription's credits ends for these users, whose locks are taken."""
    stamp = Stamp(now, new_id)
    found = accounts.load_accounts(session, user_ids).values()
    accounts.write_postings(
        session, [ledger.end_subscription(account, subscription_id, stamp) for account in found], now
    )


def _share_out(session: Session, rows: Rows, lot: Lot, stamp: Stamp) -> list[str]:
    order = rows.orders[lot.order_id or ""]
    subscription = changes.subscription_of(session, lot.subscription_id or "")
    price = next(iter(plans.price_rows(session, [order.price_id or ""])), None)
    cap = price.benefits.rollover_cap if price else 0
    had = store.given(session, lot)
    got: list[str] = []
    for user_id in store.holders(session, subscription.id)[: subscription.quantity - 1]:
        key = store.key_of(lot, user_id)
        if key in had or len(had) >= subscription.quantity - 1 or user_id not in rows.accounts:
            continue
        had.add(key)
        amount = _worth(lot, stamp.now, is_whole=len(had) < int(order.granted[SEATS]))
        if amount:
            wish = _wish(lot, key, amount, price.plan_title if price else "")
            posting = ledger.grant_period(
                rows.accounts[user_id], wish, stamp, rollover_cap=cap, period_end=_month_end(lot)
            )
            rows.apply(Changes(postings=(posting,)))
            got.append(user_id)
    if got:
        rows.apply(reversals.settle(replace(order, updated_at=stamp.now), rows, stamp))
    return got


def _worth(lot: Lot, now: datetime, *, is_whole: bool) -> int:
    """A seat that the month was paid for brings what the owner's own does, one that was added within it the rest's part."""
    return lot.amount if is_whole else floor(lot.amount * part_of_month(now, _month_end(lot)))


def _month_end(lot: Lot) -> datetime:
    assert lot.expires_at is not None
    return lot.expires_at - RENEWAL_GRACE


def _wish(lot: Lot, key: str, amount: int, note: str) -> Grant:
    return Grant(
        pool=Pool.SUBSCRIPTION,
        source=LogType.SUBSCRIPTION_GRANT,
        key=key,
        amount=amount,
        effective_at=lot.effective_at,
        expires_at=lot.expires_at,
        order_id=lot.order_id,
        subscription_id=lot.subscription_id,
        note=note,
    )
