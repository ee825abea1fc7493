"""Seats share a pool: somebody who holds a seat and has too few credits of their own spends the owner's, where the plan
lets seats share."""

from datetime import datetime

from sqlmodel import Session

from nestpay import signals
from nestpay.billing import entitled
from nestpay.billing.clock import billing_now
from nestpay.domain import ledger
from nestpay.domain.errors import IdempotencyMismatch, NotEnoughCredits
from nestpay.domain.ledger import LogLine, LogType, Posting, Stamp
from nestpay.domain.plans import SeatCredits
from nestpay.store import ledger as store
from nestpay.store import plans
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction


def spend_from_owner(
    user_id: str, amount: int, *, key: str, feature: str, note: str, shortage: NotEnoughCredits
) -> tuple[LogLine, bool]:
    """Spend credits of the owner whose seat the user holds. Returns the user's own line, and whether it is a replay.

    Both logs get a line in one commit: the owner's with the credits, the holder's with none, bearing the key, so that
    the same key is answered from it later. Raises `shortage` without a seat that shares, NotEnoughCredits for an empty pool,
    IdempotencyMismatch.
    """
    stamp = Stamp(billing_now(), new_id)
    with transaction() as session:
        owner_id = _owner_who_shares(session, user_id, stamp.now)
        if owner_id is None:
            raise shortage
        accounts = store.load_accounts(session, [user_id, owner_id])
        before = store.lines_by_key(session, {(user_id, key)}).get((user_id, key))
        if before:
            return replayed(before, amount, feature), True
        owner_key = f"seat:{user_id}:{key}"
        paid = ledger.spend(accounts[owner_id], amount, stamp, key=owner_key, feature=feature, note=note)
        after, line = ledger.post(
            accounts[user_id], LogType.SEAT_USAGE, [], stamp, key=key, feature=feature, note=str(amount)
        )
        store.write_postings(session, [paid, Posting(after, (), (line,))], stamp.now)
    signals.publish([user_id, owner_id])
    return line, False


def payer_for(user_id: str) -> str | None:
    """The owner whose credits a seat's holder may spend now; None for who holds no seat that shares."""
    with reading() as session:
        return _owner_who_shares(session, user_id, billing_now())


def _owner_who_shares(session: Session, user_id: str, now: datetime) -> str | None:
    shared = entitled.held(session, user_id, now)
    if shared is None or shared.user_id == user_id or not entitled.opens(shared, now):
        return None
    price = next(iter(plans.price_rows(session, [shared.price_id or ""])), None)
    return None if price is not None and price.benefits.credits_per_seat is SeatCredits.HOLDER else shared.user_id


def replayed(before: LogLine, amount: int, feature: str) -> LogLine:
    """The earlier line, when it was the same spend from the pool. Raises IdempotencyMismatch."""
    if (before.type, before.note, before.feature) != (LogType.SEAT_USAGE, str(amount), feature):
        raise IdempotencyMismatch
    return before
