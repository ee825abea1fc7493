"""Limits that a plan sets: how many chats a month, how many files a chat. -1 is unlimited, a missing one is 0.

A limit whose name ends in `_per_month` is counted by billing period; any other is a number that the caller compares.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from nestpay.billing import entitled
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain.errors import IdempotencyMismatch, LimitReached, NotFound
from nestpay.domain.ledger import check_amount
from nestpay.domain.periods import add_months
from nestpay.domain.plans import UNLIMITED
from nestpay.store import counters, idempotency, ledger, plans
from nestpay.store.session import reading, transaction

_COUNTED = "_per_month"


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit of one user: `limit` -1 is unlimited; `used` counts this period until `resets_at` (UTC)."""

    name: str
    limit: int
    used: int
    resets_at: datetime | None

    @property
    def left(self) -> int | None:
        """How many more; None for unlimited."""
        return None if self.limit == UNLIMITED else max(0, self.limit - self.used)


def allowance(user_id: str, name: str) -> Allowance:
    """What a user's plan allows of `name`, and how much of it is used."""
    with reading() as session:
        limit, start, end = _plan_limit(session, user_id, name)
        used = counters.used(session, user_id, name, start) if name.endswith(_COUNTED) else 0
    return Allowance(name, limit, used, end if name.endswith(_COUNTED) else None)


def check(user_id: str, name: str, amount: int) -> None:
    """Raise LimitReached unless the plan allows `amount` of a limit that is not counted, such as files in one chat."""
    found = allowance(user_id, name)
    if found.limit != UNLIMITED and amount > found.limit:
        raise LimitReached(limit=found.limit, name=name)


def count(user_id: str, name: str, number: int = 1, *, key: str = "") -> Allowance:
    """Use a counted limit `number` times, once per idempotency `key` if there is one: then the first answer comes again.

    Raises LimitReached, and then counts nothing; NotFound, InvalidAmount, IdempotencyMismatch.
    """
    check_amount(number)
    with transaction() as session:
        if not ledger.lock(session, user_id):
            raise NotFound
        scope, request = f"count:{user_id}", f"{name}:{number}"
        earlier = idempotency.answer_to(session, scope, key) if key else None
        if earlier:
            return _answered(earlier, request)
        limit, start, end = _plan_limit(session, user_id, name)
        before = counters.used(session, user_id, name, start)
        if limit != UNLIMITED and before + number > limit:
            raise LimitReached(limit=limit, name=name)
        used = counters.count(session, user_id, name, start, number, billing_now())
        if key:
            answer = {"name": name, "limit": limit, "used": used, "resets_at": end.isoformat()}
            idempotency.remember(session, scope, key, request, answer, real_now())
    return Allowance(name, limit, used, end)


def give_back(user_id: str, name: str, number: int, *, key: str) -> None:
    """Take back what `count` counted under `key`, since what it was for did not happen. Again changes nothing."""
    with transaction() as session:
        scope = f"count:{user_id}"
        if not ledger.lock(session, user_id) or not idempotency.forget(session, scope, key):
            return
        _, start, _ = _plan_limit(session, user_id, name)
        counters.count(session, user_id, name, start, -number, billing_now())


def _answered(earlier: tuple[str, dict[str, Any]], request: str) -> Allowance:
    first_request, answer = earlier
    if first_request != request:
        raise IdempotencyMismatch
    return Allowance(**{**answer, "resets_at": datetime.fromisoformat(answer["resets_at"])})


def _plan_limit(session: Session, user_id: str, name: str) -> tuple[int, datetime, datetime]:
    """The limit by the user's present plan, and the billing month that counts, from the plan's own anchor."""
    now = billing_now()
    held = entitled.held(session, user_id, now)
    if held is None or not entitled.opens(held, now):
        month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return 0, month, add_months(month, 1)
    price = next(iter(plans.price_rows(session, [held.price_id or ""])), None)
    if price is None:
        raise NotFound
    anchor = held.current_period_start or held.created_at
    index = 0
    while add_months(anchor, index + 1) <= now:
        index += 1
    return price.benefits.limits.get(name, 0), add_months(anchor, index), add_months(anchor, index + 1)
