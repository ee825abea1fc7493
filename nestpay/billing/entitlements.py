"""One question, one answer: may this user do that, why, until when, and how many times more."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nestpay.billing import entitled, limits
from nestpay.billing.catalog import environment
from nestpay.billing.clock import billing_now
from nestpay.domain.errors import NotFound
from nestpay.domain.plans import UNLIMITED, Benefits, PriceRow
from nestpay.domain.subscriptions import Subscription
from nestpay.store import plans
from nestpay.store.held import held_by
from nestpay.store.session import reading

Why = Literal["plan", "seat", "purchase", "free", "used_up", "not_included", "not_paid", "nothing_held"]


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer about one name: an entitlement, a limit, or a thing by kind and slug, as in `article:…` or `plan:pro`.

    Allowed by a `plan`, a `seat` in somebody else's, a `purchase`, or since it is `free` for all; refused since a limit
    is `used_up`, since what is held does `not_include` it or is `not_paid`, or since there is `nothing_held`. `until`
    (UTC) is how far it is paid for now, which a renewal moves on; None is for good. `left` counts a limit down; None is
    no limit.
    """

    name: str
    allowed: bool
    why: Why
    plan: str
    until: datetime | None
    left: int | None


def check(user_id: str, name: str, locale: str = "en", *, must_exist: bool = False) -> Entitlement:
    """Whether a user may use `name` now: asked anew of all their subscriptions, seats and purchases.

    The answer names the plan, or what was bought, in `locale`. Raises NotFound for nobody's id when they `must_exist`.
    """
    now = billing_now()
    with reading() as session:
        held = held_by(session, user_id)
        of_subscriptions = {each.price_id for each in held.subscriptions if each.price_id}
        prices = {row.id: row for row in plans.price_rows(session, of_subscriptions | held.bought)}
    if must_exist and not held.is_known:
        raise NotFound
    running = [each for each in held.subscriptions if entitled.opens(each, now)]
    for subscription, price in _priced(running, prices):
        if _includes(price, name):
            why: Why = "plan" if subscription.user_id == user_id else "seat"
            return _counted(
                user_id, Entitlement(name, True, why, price.title_in(locale), _until(subscription), None), price
            )
    for price_id in sorted(held.bought & prices.keys()):
        if name == prices[price_id].sells or name in prices[price_id].benefits.entitlements:
            return Entitlement(name, True, "purchase", prices[price_id].title_in(locale), None, None)
    unpaid = [each for each in held.subscriptions if each.is_live and each not in running]
    would = next((price for _, price in _priced(unpaid, prices) if _includes(price, name)), None)
    if would:
        return Entitlement(name, False, "not_paid", would.title_in(locale), None, 0)
    of_plans = [each for each in running if each.is_of_plan]
    best = next((price.title_in(locale) for _, price in _priced(of_plans, prices)), "")
    return Entitlement(name, False, "not_included" if best else "nothing_held", best, None, 0)


def all_of(user_id: str) -> tuple[str, ...]:
    """The names of everything that a user may use now, limits included, in alphabetical order."""
    now = billing_now()
    with reading() as session:
        held = held_by(session, user_id)
        running = {each.price_id for each in held.subscriptions if each.price_id and entitled.opens(each, now)}
        prices = {row.id: row for row in plans.price_rows(session, running | held.bought)}
    names = {name for price in prices.values() for name in price.benefits.entitlements}
    names |= {name for price_id in running & prices.keys() for name in prices[price_id].benefits.limits}
    return tuple(sorted(names))


def overview(user_id: str, locale: str = "en") -> tuple[Entitlement, ...]:
    """An answer about every name that a user holds or that a plan on sale has, in alphabetical order."""
    with reading() as session:
        sold = [Benefits.from_json(row.benefits) for row in plans.active_plans(session, environment())]
    names = {name for benefits in sold for name in (*benefits.entitlements, *benefits.limits)}
    return tuple(check(user_id, name, locale) for name in sorted(names.union(all_of(user_id))))


def _priced(found: list[Subscription], prices: dict[str, PriceRow]) -> Iterator[tuple[Subscription, PriceRow]]:
    return ((each, prices[each.price_id]) for each in found if each.price_id in prices)


def _includes(price: PriceRow, name: str) -> bool:
    return name == price.sells or name in price.benefits.entitlements or price.benefits.limits.get(name, 0) != 0


def _until(held: Subscription) -> datetime | None:
    owing_since = held.past_due_at
    return owing_since + entitled.grace() if owing_since else held.cancels_at or held.current_period_end


def _counted(user_id: str, answer: Entitlement, price: PriceRow) -> Entitlement:
    """The same, refused when it is a limit that is counted and used up."""
    if (
        answer.name == price.sells
        or answer.name in price.benefits.entitlements
        or price.benefits.limits[answer.name] == UNLIMITED
    ):
        return answer
    found = limits.allowance(user_id, answer.name)
    is_used_up = found.left == 0
    why: Why = "used_up" if is_used_up else answer.why
    return Entitlement(answer.name, not is_used_up, why, answer.plan, found.resets_at or answer.until, found.left)
