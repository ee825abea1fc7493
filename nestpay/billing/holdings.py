"""The subscriptions of a user as programs see them: all of them, each by its id."""

from dataclasses import dataclass
from datetime import datetime

from nestpay.billing import entitled
from nestpay.billing.clock import billing_now
from nestpay.billing.subscriptions import held_by
from nestpay.domain.errors import NotFound
from nestpay.domain.money import Money
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription
from nestpay.store import plans, subscriptions
from nestpay.store.session import reading


@dataclass(frozen=True, slots=True)
class Holding:
    """One subscription. `amount_minor` (of `currency`) is paid each `interval` for its quantity; instants are UTC.

    `is_open` says whether it gives its plan's access now.
    """

    id: str
    provider: str
    provider_subscription_id: str
    status: str
    is_open: bool
    plan_id: str | None
    plan_key: str
    plan_title: str
    price_id: str | None
    interval: str
    quantity: int
    amount_minor: int
    currency: str
    amount_text: str
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    cancels_at: datetime | None
    canceled_at: datetime | None
    ended_at: datetime | None
    trial_end: datetime | None
    created_at: datetime


def holdings_of(user_id: str, locale: str = "en") -> tuple[Holding, ...]:
    """All subscriptions of a user, ended ones too, the newest first."""
    with reading() as session:
        found = subscriptions.of_user(session, user_id)
        prices = {row.id: row for row in plans.price_rows(session, {each.price_id for each in found if each.price_id})}
    return tuple(_holding(each, prices.get(each.price_id or ""), locale) for each in found)


def own(user_id: str, subscription_id: str) -> Subscription:
    """The user's own subscription with this id, ours or the provider's. Raises NotFound."""
    with reading() as session:
        found = subscriptions.of_user(session, user_id)
    for each in found:
        if subscription_id in (each.id, each.provider_subscription_id):
            return each
    raise NotFound


def running(user_id: str, subscription_id: str) -> Subscription:
    """The same, if it is what acts upon its sales group act upon. Raises NotFound, and NoSubscription when it is over."""
    wanted = own(user_id, subscription_id)
    if held_by(user_id, wanted.sales_group).id != wanted.id:
        raise NotFound
    return wanted


def holding(user_id: str, subscription_id: str, locale: str = "en") -> Holding:
    """The same as programs see it. Raises NotFound."""
    wanted = own(user_id, subscription_id)
    return next(each for each in holdings_of(user_id, locale) if each.id == wanted.id)


def _holding(held: Subscription, price: PriceRow | None, locale: str) -> Holding:
    due = Money(price.amount_minor * held.quantity, price.currency) if price else None
    return Holding(
        id=held.id,
        provider=held.provider,
        provider_subscription_id=held.provider_subscription_id,
        status=held.status,
        is_open=entitled.opens(held, billing_now()),
        plan_id=held.plan_id,
        plan_key=price.plan_key if price else "",
        plan_title=price.title_in(locale) if price else "",
        price_id=held.price_id,
        interval=price.interval if price else "",
        quantity=held.quantity,
        amount_minor=due.amount_minor if due else 0,
        currency=due.currency if due else "",
        amount_text=due.text(locale) if due else "",
        current_period_start=held.current_period_start,
        current_period_end=held.current_period_end,
        cancel_at_period_end=held.cancel_at_period_end,
        cancels_at=held.cancels_at,
        canceled_at=held.canceled_at,
        ended_at=held.ended_at,
        trial_end=held.trial_end,
        created_at=held.created_at,
    )
