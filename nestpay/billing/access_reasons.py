"""Why a user can or cannot open something: each subscription's verdict, and each thing that plans name, with its reason."""

from dataclasses import dataclass
from datetime import datetime

from nestpay.billing import catalog, entitled, entitlements
from nestpay.billing.clock import billing_now
from nestpay.domain import access
from nestpay.domain.plans import Benefits
from nestpay.store import plans, subscriptions
from nestpay.store.session import reading


@dataclass(frozen=True, slots=True)
class SubscriptionReason:
    """Whether one subscription opens its plan. `rule` is the one of `domain/access.py` that says so, for this `status`.

    `is_seat`: somebody else pays for it. `until` (UTC) is when the answer changes, as far as that is known now.
    """

    subscription_id: str
    plan_title: str
    status: str
    is_seat: bool
    decides: bool
    opens: bool
    rule: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Reasons:
    """All of it: every subscription and seat, then every entitlement and limit that any plan names."""

    plan_title: str
    subscriptions: tuple[SubscriptionReason, ...]
    things: tuple[entitlements.Entitlement, ...]


def reasons(user_id: str) -> Reasons:
    """Every yes and no about what a user can open now, each with its reason."""
    now = billing_now()
    with reading() as session:
        own = subscriptions.of_user(session, user_id)
        held = (*own, *subscriptions.with_seat_of(session, user_id))
        prices = {row.id: row for row in plans.price_rows(session, {each.price_id for each in held if each.price_id})}
        names = sorted(
            {name for row in plans.all_plans(session, catalog.environment()) for name in _named(row.benefits)}
        )
    of_plans = [each for each in held if each.is_of_plan]
    deciding = access.active_subscription(of_plans, now, entitled.grace())
    found = []
    for each in held:
        verdict, price = access.verdict(each, now, entitled.grace()), prices.get(each.price_id or "")
        found.append(
            SubscriptionReason(
                subscription_id=each.id,
                plan_title=price.plan_title if price else "",
                status=each.status,
                is_seat=each.user_id != user_id,
                decides=deciding is not None and deciding.id == each.id,
                opens=verdict.opens,
                rule=verdict.rule,
                until=verdict.until,
            )
        )
    title = next((each.plan_title for each in found if each.decides and each.opens), "")
    return Reasons(title, tuple(found), tuple(entitlements.check(user_id, name) for name in names))


def _named(benefits: dict[str, object]) -> set[str]:
    known = Benefits.from_json(benefits)
    return {*known.entitlements, *known.limits}
