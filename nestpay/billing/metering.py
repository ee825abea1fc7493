"""Features with a price in credits: what one use costs, and using it within what the plan limits."""

from nestpay.billing import credits, entitled, limits
from nestpay.billing.clock import billing_now
from nestpay.billing.credits import Spent
from nestpay.domain.errors import NestpayError, Refused
from nestpay.domain.ledger import check_amount
from nestpay.settings import get_settings
from nestpay.store import plans
from nestpay.store.session import reading


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
