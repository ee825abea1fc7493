"""Where a customer's subscription stands and what its owner may do with it now: what one page needs, read in one go."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nestpay.billing import credits, entitled
from nestpay.billing.clock import billing_now
from nestpay.billing.credits import UserBenefits
from nestpay.billing.subscriptions import held_by
from nestpay.domain.errors import NoSubscription
from nestpay.domain.money import Money
from nestpay.domain.plans import FREE_PROVIDER, PriceRow
from nestpay.domain.subscriptions import SUCCESSOR_OF, Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.providers.base import Capability
from nestpay.store import plans
from nestpay.store.session import reading

Kind = Literal["own", "seat", "free", "none"]
Act = Literal["change", "seats", "cancel", "resume", "pause", "unpause", "unschedule", "card", "portal"]

_CHANGEABLE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})
_OWES = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A change that is scheduled: what the subscription will be, from `at` (UTC) on."""

    plan_title: str
    interval: str
    quantity: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription as its page shows it. `kind` says whose it is: paid for by the user, a seat in somebody else's,
    the free plan, or none at all. `can` are the acts that are possible now; instants are UTC."""

    kind: Kind
    benefits: UserBenefits
    plan_title: str = ""
    price_id: str = ""
    status: str = ""
    interval: str = ""
    quantity: int = 1
    amount_text: str = ""
    monthly_credits: int = 0
    current_period_start: datetime | None = None
    current_period_end: datetime | None = None
    cancels_at: datetime | None = None
    ends_now: bool = False
    """Whether cancelling would end it at once: nothing is paid for that could be waited for."""
    trial_end: datetime | None = None
    grace_ends_at: datetime | None = None
    resumes_at: datetime | None = None
    action_url: str = ""
    upcoming: Upcoming | None = None
    can: frozenset[Act] = frozenset()


def standing(user_id: str, locale: str = "en") -> Standing:
    """Where the user stands. One that they pay for comes first, also when a seat gives them more."""
    benefits = credits.get_user_benefits(user_id, locale)
    held = _held(user_id)
    if held is None:
        return Standing("none", benefits)
    with reading() as session:
        wanted = {held.price_id or "", held.scheduled_price_id or ""} - {""}
        prices = {price.id: price for price in plans.price_rows(session, wanted)}
    price = prices.get(held.price_id or "")
    if held.provider == FREE_PROVIDER:
        return Standing(
            "free",
            benefits,
            plan_title=price.title_in(locale) if price else "",
            status=held.status,
            monthly_credits=price.benefits.monthly_credits if price else 0,
        )
    if held.user_id != user_id:
        return Standing("seat", benefits, plan_title=price.title_in(locale) if price else "", status=held.status)
    return _own(held, price, prices.get(held.scheduled_price_id or ""), benefits, locale)


def _held(user_id: str) -> Subscription | None:
    try:
        return held_by(user_id)
    except NoSubscription:
        with reading() as session:
            return entitled.held(session, user_id, billing_now())


def _own(
    held: Subscription, price: PriceRow | None, later: PriceRow | None, benefits: UserBenefits, locale: str
) -> Standing:
    owing_since = held.past_due_at or held.current_period_start
    is_trial = held.status is SubscriptionStatus.TRIALING and not held.provider_metadata.get(SUCCESSOR_OF)
    is_owing = held.status in _OWES
    return Standing(
        kind="own",
        benefits=benefits,
        plan_title=price.title_in(locale) if price else "",
        price_id=held.price_id or "",
        status=held.status if is_trial or held.status is not SubscriptionStatus.TRIALING else SubscriptionStatus.ACTIVE,
        interval=price.interval if price else "",
        quantity=held.quantity,
        amount_text=Money(price.amount_minor * held.quantity, price.currency).text(locale) if price else "",
        monthly_credits=price.benefits.monthly_for(held.quantity) if price else 0,
        current_period_start=held.current_period_start,
        current_period_end=held.current_period_end,
        cancels_at=held.cancels_at,
        ends_now=is_owing or held.status is SubscriptionStatus.PAUSED,
        trial_end=held.trial_end if is_trial else None,
        grace_ends_at=owing_since + entitled.grace() if is_owing and owing_since else None,
        resumes_at=held.resumes_at,
        action_url=held.action_url,
        upcoming=_upcoming(held, later, locale),
        can=frozenset(_possible(held)),
    )


def _upcoming(held: Subscription, price: PriceRow | None, locale: str) -> Upcoming | None:
    if price is None:
        return None
    at = held.scheduled_at or held.current_period_end
    return Upcoming(price.title_in(locale), price.interval, held.scheduled_quantity or held.quantity, at)


def _possible(held: Subscription) -> set[Act]:
    """What the rules and the provider allow now; each use case still decides for itself."""
    capable = registry.get(held.provider).capabilities if held.provider in registry.names() else frozenset()
    is_scheduled, is_ending = held.scheduled_price_id is not None, held.cancels_at is not None
    is_quiet = not is_scheduled and not is_ending
    is_changeable = is_quiet and held.status in _CHANGEABLE
    found: dict[Act, bool] = {
        "change": is_changeable,
        "seats": is_changeable and Capability.QUANTITY in capable,
        "cancel": not is_ending,
        "resume": is_ending,
        "pause": is_quiet and held.status is SubscriptionStatus.ACTIVE and Capability.PAUSE in capable,
        "unpause": held.status is SubscriptionStatus.PAUSED,
        "unschedule": held.provider_schedule_id is not None,
        "card": Capability.PORTAL in capable,
        "portal": Capability.PORTAL in capable,
    }
    return {act for act, is_possible in found.items() if is_possible}
