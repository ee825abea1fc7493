"""What a subscription can be changed to: the prices that its customer may choose from."""

from dataclasses import dataclass

from nestpay.billing import catalog
from nestpay.billing.subscriptions import held_by
from nestpay.domain.errors import NoSubscription
from nestpay.domain.plans import PriceRow, PriceType
from nestpay.domain.proration import Terms, is_upgrade
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.providers.base import Capability
from nestpay.store import plans
from nestpay.store.session import reading


@dataclass(frozen=True, slots=True)
class ChangeOption:
    """A price that the customer may change to. `credits` come with each month of it, for the present quantity."""

    price_id: str
    plan_title: str
    interval: str
    price_text: str
    is_current: bool
    is_upgrade: bool
    credits: int


def options(user_id: str, locale: str = "en") -> tuple[ChangeOption, ...]:
    """The prices the user may change to, their own among them, the cheapest of each plan first. Raises NoSubscription."""
    held = held_by(user_id)
    shown = catalog.public_catalogue(locale, user_id=user_id)
    offers = {offer.price_id: (card.title, offer) for card in shown.cards for offer in card.offers}
    with reading() as session:
        found = {price.id: price for price in plans.price_rows(session, {*offers, held.price_id or ""})}
    held_price = found.get(held.price_id or "")
    if held_price is None:
        raise NoSubscription
    result = []
    for price_id, (title, offer) in offers.items():
        price = found.get(price_id)
        if price is None or not _is_reachable(price, held_price) or not _is_offered(price, held_price, held):
            continue
        option = ChangeOption(
            price_id=price_id,
            plan_title=title,
            interval=price.interval,
            price_text=offer.display_price,
            is_current=price_id == held.price_id,
            is_upgrade=is_upgrade(terms_of(held_price, held.quantity), terms_of(price, held.quantity)),
            credits=price.benefits.monthly_for(held.quantity),
        )
        result.append(option)
    return tuple(result)


def terms_of(price: PriceRow, quantity: int) -> Terms:
    """What is paid for so many pieces at this price."""
    return Terms(price.amount_minor, quantity, price.interval, price.interval_count)


def _is_offered(price: PriceRow, held_price: PriceRow, held: Subscription) -> bool:
    """Steps down wait for the period's end, so they need a provider that keeps a change for later."""
    if price.id == held_price.id or held.status is SubscriptionStatus.TRIALING:
        return True
    can_wait = Capability.SCHEDULE in registry.get(held.provider).capabilities
    return can_wait or is_upgrade(terms_of(held_price, held.quantity), terms_of(price, held.quantity))


def _is_reachable(price: PriceRow, held: PriceRow) -> bool:
    same = (price.provider, price.sales_group, price.currency) == (held.provider, held.sales_group, held.currency)
    return same and price.type is PriceType.RECURRING and bool(price.provider_price_id)
