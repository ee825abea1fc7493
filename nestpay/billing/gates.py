"""Gates in front of what is paid for: a plan, an entitlement or a purchase opens them, and anything unclear does not."""

from dataclasses import dataclass

from nestpay.billing import catalog, entitled, entitlements
from nestpay.billing.accounts import CurrentUser
from nestpay.billing.clock import billing_now
from nestpay.domain.errors import NotIncluded, SignInRequired
from nestpay.store import plans
from nestpay.store.held import held_by
from nestpay.store.session import reading


@dataclass(frozen=True, slots=True)
class Gate:
    """What opens it, any one of it: plans by key (held now), an entitlement or limit by name, a plan bought once by key."""

    plans: tuple[str, ...] = ()
    entitlement: str = ""
    purchase: str = ""

    def __post_init__(self) -> None:
        if not (self.plans or self.entitlement or self.purchase):
            raise ValueError("A gate needs something that opens it: plan=…, entitlement=… or purchase=….")


def check(gate: Gate, user: CurrentUser | None) -> CurrentUser:
    """The user, if the gate opens for them now. Raises SignInRequired for nobody, NotIncluded for who lacks it."""
    if user is None:
        raise SignInRequired
    if not is_open(gate, user.id):
        raise NotIncluded(what=_what_opens(gate))
    return user


def is_open(gate: Gate, user_id: str) -> bool:
    """Whether a gate opens for a user: asked anew of everything they hold."""
    if gate.entitlement and entitlements.check(user_id, gate.entitlement).allowed:
        return True
    if not (gate.plans or gate.purchase):
        return False
    now = billing_now()
    with reading() as session:
        held = held_by(session, user_id)
        running = {each.price_id for each in held.subscriptions if each.price_id and entitled.opens(each, now)}
        prices = plans.price_rows(session, running | held.bought)
    return any(
        (price.id in running and price.plan_key in gate.plans)
        or (price.id in held.bought and price.plan_key == gate.purchase)
        for price in prices
    )


def _what_opens(gate: Gate) -> str:
    """In words for the visitor: the plans' titles, or the names as they are."""
    with reading() as session:
        titles = {row.key: row.title for row in plans.all_plans(session, catalog.environment())}
    named = [*gate.plans, *([gate.purchase] if gate.purchase else [])]
    return ", ".join(titles.get(key, key) for key in named) or gate.entitlement
