"""What a customer has bought for good or subscribes to beside a plan, and what was handed over with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nestpay.billing import entitled, subscriptions
from nestpay.billing.clock import billing_now
from nestpay.domain.deliveries import DeliveryState
from nestpay.domain.errors import NotFound
from nestpay.domain.money import Money
from nestpay.domain.orders import Order, OrderStatus, number
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription
from nestpay.store import deliveries, orders, plans
from nestpay.store import subscriptions as subscription_store
from nestpay.store.session import reading
from nestpay.store.tables import DeliveryRow

State = Literal["yours", "active", "ending", "ended", "refunded", "disputed"]
_TAKEN = {OrderStatus.REFUNDED: "refunded", OrderStatus.DISPUTED: "disputed"}


@dataclass(frozen=True, slots=True)
class Handed:
    """One thing that came with a purchase: a licence `key`, the slug of a product whose file can be had (`download`), a
    web address (`url`), and whatever else the delivery gave, as `text`."""

    id: str
    name: str
    state: str
    key: str = ""
    download: str = ""
    url: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One purchase, or one subscription to a space. Instants are UTC; `until` is how far it is paid for, or when it
    ends. `subscription_id` is "" unless it can be ended or resumed here."""

    order_id: str
    number: str
    kind: str
    slug: str
    title: str
    state: State
    amount_text: str
    since: datetime
    until: datetime | None
    subscription_id: str
    handed: tuple[Handed, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is the customer's to use now."""
        return self.state in ("yours", "active", "ending")


def of_user(user_id: str, locale: str = "en") -> tuple[Belonging, ...]:
    """All of a customer's, the newest first; plans only when something was handed over with them."""
    with reading() as session:
        paid = orders.first_payments_of(session, user_id)
        prices = {row.id: row for row in plans.price_rows(session, {each.price_id for each in paid if each.price_id})}
        held = {each.id: each for each in subscription_store.of_user(session, user_id)}
        handed: dict[str, list[DeliveryRow]] = {}
        for row in deliveries.of_orders(session, [each.id for each in paid]):
            handed.setdefault(row.order_id, []).append(row)
    found = (
        _belonging(order, prices.get(order.price_id or ""), held.get(order.subscription_id or ""), parcels, locale)
        for order in paid
        if (parcels := handed.get(order.id, [])) or _is_ware(prices.get(order.price_id or ""))
    )
    return tuple(found)


def end(user_id: str, subscription_id: str) -> None:
    """End a subscription to a space with its period. Raises NotFound, NoSubscription, ProviderTrouble."""
    subscriptions.cancel(user_id, sales_group=_group(user_id, subscription_id))


def resume(user_id: str, subscription_id: str) -> None:
    """Take that back. Raises NotFound, NoSubscription, NotInThisState, ProviderTrouble."""
    subscriptions.resume(user_id, sales_group=_group(user_id, subscription_id))


def _group(user_id: str, subscription_id: str) -> str:
    with reading() as session:
        held = subscription_store.of_user(session, user_id)
    wanted = next((each for each in held if each.id == subscription_id and not each.is_of_plan), None)
    if wanted is None:
        raise NotFound
    return wanted.sales_group


def _is_ware(price: PriceRow | None) -> bool:
    return price is not None and price.plan_id is None


def _belonging(
    order: Order, price: PriceRow | None, held: Subscription | None, parcels: Iterable[DeliveryRow], locale: str
) -> Belonging:
    kind, _, slug = price.sells.partition(":") if price else ("plan", "", "")
    state = _state(order, held)
    is_ended_here = held is not None and held.is_live and not held.is_of_plan
    return Belonging(
        order_id=order.id,
        number=number(order.id),
        kind=kind,
        slug=slug,
        title=price.title_in(locale) if price else order.description,
        state=state,
        amount_text=Money(order.amount_total, order.currency).full_text(locale),
        since=order.paid_at or order.created_at,
        until=(held.cancels_at or held.ended_at or held.current_period_end) if held else None,
        subscription_id=held.id if held and is_ended_here else "",
        handed=tuple(_handed(row, is_open=state in ("yours", "active", "ending")) for row in parcels),
    )


def _state(order: Order, held: Subscription | None) -> State:
    if held is not None:
        if not entitled.opens(held, billing_now()):
            return "ended"
        return "ending" if held.cancels_at else "active"
    return _TAKEN.get(order.status, "yours")  # pyright: ignore[reportReturnType]


def _handed(row: DeliveryRow, *, is_open: bool) -> Handed:
    """What its buyer sees of a delivery: of one that was taken back only that."""
    if not is_open or row.state in (DeliveryState.REVOKING, DeliveryState.REVOKED):
        return Handed(row.id, row.name, DeliveryState.REVOKED)
    named = {name: str(row.result.get(name, "")) for name in ("key", "download", "url")}
    rest = " · ".join(str(value) for name, value in sorted(row.result.items()) if name not in named)
    return Handed(row.id, row.name, row.state, **named, text=rest)
