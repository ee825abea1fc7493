"""Everybody's subscriptions for the admin: found, counted, and each one with its life so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlmodel import Session

from nestpay.billing import entitled, typed
from nestpay.billing.clock import billing_now
from nestpay.billing.order_desk import accounts_meant, provider_names
from nestpay.billing.paging import Page, dated_key, page_from, place_of, read_mark
from nestpay.domain.errors import NotFound
from nestpay.domain.metrics import mrr_minor
from nestpay.domain.money import Money
from nestpay.domain.plans import FREE_PROVIDER, PriceRow
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers import pages, registry
from nestpay.providers.base import Capability
from nestpay.settings import get_settings
from nestpay.store import order_search, plans, subscriptions, traces, users
from nestpay.store import subscription_search as store
from nestpay.store.session import reading
from nestpay.store.subscription_search import Found, Sort, SubscriptionFilter
from nestpay.store.tables import SubscriptionChangeRow

_MOST_STEPS = 100
_CHANGEABLE = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionQuery:
    """What is looked for, as it was typed."""

    text: str = ""
    provider: str = ""
    status: str = ""
    plan_id: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """One subscription in the list. Instants are UTC; the amount is text in the reader's language, by its interval."""

    id: str
    user_id: str
    email: str
    plan_title: str
    status: str
    provider: str
    quantity: int
    amount_text: str
    interval: str
    created_at: datetime
    current_period_end: datetime | None
    cancels_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a subscription's life. `mrr_text` is what it changed by the month, with its sign, "" for nothing."""

    at: datetime
    reason: str
    plan_before: str
    plan_after: str
    quantity_before: int
    quantity_after: int
    status_after: str
    mrr_text: str


@dataclass(frozen=True, slots=True)
class SubscriptionFile:
    """Everything about one subscription. Instants are UTC; `can` are the acts that are possible now."""

    line: SubscriptionLine
    name: str
    provider_subscription_id: str
    provider_url: str
    mrr_text: str
    opens: bool
    current_period_start: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None
    trial_end: datetime | None
    past_due_at: datetime | None
    paused_at: datetime | None
    resumes_at: datetime | None
    read_at: datetime | None
    cancel_reason: str
    cancel_comment: str
    upcoming: str
    upcoming_at: datetime | None
    steps: tuple[Step, ...]
    audit: tuple[tuple[datetime, str, str], ...]
    can: frozenset[str]


def search(
    query: SubscriptionQuery, *, after: str | None = None, limit: int = 25, locale: str = "en"
) -> Page[SubscriptionLine]:
    """A page of everybody's subscriptions. Raises Unreadable, and NotFound for a mark that no page gave out."""
    chosen = typed.one_of(query.sort, get_args(Sort))
    mark = read_mark(after)
    with reading() as session:
        wanted = _wanted(session, query)
        place = place_of(mark, dated_key)
        found = store.page(session, wanted, "oldest" if chosen == "oldest" else "newest", place, limit + 1)
        prices = prices_of(session, found)

    def key(each: Found) -> str:
        return f"{each.subscription.created_at.isoformat()}|{each.subscription.id}"

    return page_from(found, mark, limit, key, lambda each: line_of(each, prices, locale))


def count_by_status(query: SubscriptionQuery) -> dict[str, int]:
    """How many subscriptions of a query there are of each status. Raises Unreadable."""
    with reading() as session:
        return store.count_by_status(session, _wanted(session, query))


def subscription_file(subscription_id: str, locale: str = "en") -> SubscriptionFile:
    """Everything about one subscription, whoever's it is. Raises NotFound."""
    with reading() as session:
        held = subscriptions.by_id(session, subscription_id)
        if held is None:
            raise NotFound
        steps = store.steps_of(session, subscription_id, _MOST_STEPS)
        # Earlier lines of the log name a subscription by its bare id.
        noted = traces.audit_of(session, [f"subscription:{held.id}", held.id], _MOST_STEPS)
        price_ids = {held.price_id, held.scheduled_price_id}
        price_ids |= {each for step in steps for each in (step.price_id_before, step.price_id_after)}
        prices = {price.id: price for price in plans.price_rows(session, [each for each in price_ids if each])}
        user = users.by_id(session, held.user_id)
    price = prices.get(held.price_id or "")
    later = prices.get(held.scheduled_price_id or "")
    mrr = mrr_minor(held, price)
    found = Found(held, user.email if user else "", price.plan_title if price else "")
    return SubscriptionFile(
        line=line_of(found, prices, locale),
        name=user.name if user else "",
        provider_subscription_id=held.provider_subscription_id,
        provider_url=pages.address(held.provider, "subscription", held.provider_subscription_id, get_settings().mode),
        mrr_text=Money(mrr, price.currency).full_text(locale) if price and mrr else "",
        opens=entitled.opens(held, billing_now()),
        current_period_start=held.current_period_start,
        canceled_at=held.canceled_at,
        ended_at=held.ended_at,
        trial_end=held.trial_end,
        past_due_at=held.past_due_at,
        paused_at=held.paused_at,
        resumes_at=held.resumes_at,
        read_at=held.watermark,
        cancel_reason=held.cancel_reason,
        cancel_comment=held.cancel_comment,
        upcoming=later.plan_title if later else "",
        upcoming_at=held.scheduled_at,
        steps=tuple(_step(step, prices, locale) for step in steps),
        audit=tuple((line.at, line.action, line.actor_id) for line in noted),
        can=frozenset(_possible(held)),
    )


def _possible(held: Subscription) -> set[str]:
    """What the rules allow now; each use case still decides for itself."""
    is_known = held.provider in registry.names() and held.provider != FREE_PROVIDER
    if not is_known:
        return set()
    is_quiet = held.is_live and held.cancels_at is None
    can_pause = Capability.PAUSE in registry.get(held.provider).capabilities
    found = {
        "sync": True,
        "cancel_now": held.is_live,
        "cancel_later": is_quiet,
        "resume": held.is_live and held.cancels_at is not None and not held.successor_id,
        "pause": is_quiet and held.status is SubscriptionStatus.ACTIVE and not held.scheduled_price_id and can_pause,
        "unpause": held.status is SubscriptionStatus.PAUSED,
        "unschedule": held.is_live and held.provider_schedule_id is not None,
        "change": is_quiet and held.is_of_plan and held.status in _CHANGEABLE and not held.scheduled_price_id,
        "extend_trial": is_quiet and held.status is SubscriptionStatus.TRIALING,
    }
    return {act for act, is_possible in found.items() if is_possible}


def _wanted(session: Session, query: SubscriptionQuery) -> SubscriptionFilter:
    text = typed.clean(query.text)
    ids, user_ids = None, None
    if text:
        if subscriptions.by_id(session, text):
            ids = (text,)
        else:
            ids = tuple(order_search.subscriptions_of_provider_id(session, text, provider_names(session))) or None
        user_ids = None if ids else accounts_meant(session, text)
    return SubscriptionFilter(
        ids=ids,
        user_ids=user_ids,
        provider=typed.clean(query.provider),
        status=typed.one_of(query.status, list(SubscriptionStatus)),
        plan_id=typed.clean(query.plan_id),
    )


def prices_of(session: Session, found: Sequence[Found]) -> dict[str, PriceRow]:
    """The prices of these subscriptions by id."""
    wanted = {each.subscription.price_id for each in found if each.subscription.price_id}
    return {price.id: price for price in plans.price_rows(session, wanted)}


def line_of(found: Found, prices: dict[str, PriceRow], locale: str) -> SubscriptionLine:
    """A subscription for a list."""
    held = found.subscription
    price = prices.get(held.price_id or "")
    return SubscriptionLine(
        id=held.id,
        user_id=held.user_id,
        email=found.email,
        plan_title=found.plan_title,
        status=held.status,
        provider=held.provider,
        quantity=held.quantity,
        amount_text=Money(price.amount_minor * held.quantity, price.currency).text(locale) if price else "",
        interval=price.interval if price else "",
        created_at=held.created_at,
        current_period_end=held.current_period_end,
        cancels_at=held.cancels_at,
    )


def _step(step: SubscriptionChangeRow, prices: dict[str, PriceRow], locale: str) -> Step:
    before, after = prices.get(step.price_id_before or ""), prices.get(step.price_id_after or "")
    moved = step.mrr_minor_after - step.mrr_minor_before
    text = Money(abs(moved), step.currency).text(locale) if moved and step.currency else ""
    return Step(
        at=step.at,
        reason=step.reason,
        plan_before=before.plan_title if before else "",
        plan_after=after.plan_title if after else "",
        quantity_before=step.quantity_before,
        quantity_after=step.quantity_after,
        status_after=step.status_after,
        mrr_text=f"{'+' if moved > 0 else '−'}{text}" if text else "",
    )
