"""Features with a price in credits: what one use costs, and using it within what the plan limits."""

from dataclasses import dataclass

from nestpay.billing import credits, entitled, holds, limits, pools
from nestpay.billing.clock import billing_now
from nestpay.billing.credits import Spent
from nestpay.domain.errors import Conflict, NestpayError, NotEnoughCredits, Refused
from nestpay.domain.holds import HoldStatus
from nestpay.domain.ledger import check_amount
from nestpay.settings import get_settings
from nestpay.store import plans
from nestpay.store.session import reading

_MOST_TRIES = 20


@dataclass(frozen=True, slots=True)
class Running:
    """Paid work that has begun: whose hold pays for it. Without a hold it was paid for by an earlier call."""

    payer_id: str
    hold_id: str
    amount: int


def cost_of(user_id: str, feature: str, units: int = 1) -> int:
    """Credits that `units` of a feature cost this user: by their plan's own table, else by FEATURE_COSTS.

    The cost is decided here, never by the caller's browser. Raises Refused for a feature without a price,
    InvalidAmount.
    """
    check_amount(units)
    with reading() as session:
        held = entitled.held(session, user_id, billing_now())
        price = next(iter(plans.price_rows(session, [held.price_id or ""])), None) if held else None
    costs = get_settings().feature_costs | (price.benefits.costs if price else {})
    if feature not in costs:
        raise Refused("{feature} has no price in credits.", feature=feature)
    return costs[feature] * units


def use(user_id: str, feature: str, *, key: str, units: int = 1) -> Spent:
    """Use a feature: count it where the plan limits it by the month, and spend what it costs, once per `key`.

    A use that cannot be paid is not counted. Raises Refused (no price), LimitReached, NotEnoughCredits, AccountFrozen,
    IdempotencyMismatch, InvalidAmount, NotFound.
    """
    cost = cost_of(user_id, feature, units)
    limit = f"{feature}_per_month"
    is_limited = limits.allowance(user_id, limit).limit != 0
    if is_limited:
        limits.count(user_id, limit, units, key=key)
    try:
        return credits.spend(user_id, cost, key=key, feature=feature)
    except NestpayError:
        if is_limited:
            limits.give_back(user_id, limit, units, key=key)
        raise


def begin(user_id: str, amount: int, *, key: str, feature: str = "") -> Running:
    """Set credits aside for work that begins now. Ends with `finish`, or with `give_back` when the work fails.

    `key` names the intent: once it was finished the same key costs nothing again, and after a failure it may be tried
    anew. Who holds a seat and has too few uses the owner's credits. Raises NotEnoughCredits, InvalidAmount,
    AccountFrozen, IdempotencyMismatch, NotFound, and Conflict while the same work is running.
    """
    try:
        return _begin(user_id, amount, key, feature)
    except NotEnoughCredits:
        payer_id = pools.payer_for(user_id)
        if payer_id is None:
            raise
        return _begin(payer_id, amount, f"seat:{user_id}:{key}", feature)


def finish(running: Running) -> None:
    """The work succeeded: take what was set aside."""
    if running.hold_id:
        holds.settle(running.payer_id, running.hold_id, running.amount)


def give_back(running: Running) -> None:
    """The work failed: it costs nothing."""
    if running.hold_id:
        holds.release(running.payer_id, running.hold_id)


def _begin(payer_id: str, amount: int, key: str, feature: str) -> Running:
    for attempt in range(_MOST_TRIES):
        held = holds.hold(payer_id, amount, key=f"{key}#{attempt}" if attempt else key, feature=feature)
        if not held.replayed:
            return Running(payer_id, held.id, amount)
        if held.status == HoldStatus.SETTLED:
            return Running(payer_id, "", amount)
        if held.status == HoldStatus.OPEN:
            raise Conflict("The same work is running already.")
    raise Conflict("This was tried too often under the same key.")
