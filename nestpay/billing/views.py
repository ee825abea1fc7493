"""What the customer's pages show, read in one go and ready to draw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from nestpay.billing import credits
from nestpay.billing.clock import billing_now
from nestpay.billing.credits import CreditLogRow, UserBenefits
from nestpay.billing.entitled import grace
from nestpay.billing.paging import Page, dated_key, page_from, read_mark
from nestpay.domain import access, orders
from nestpay.domain.errors import NotFound
from nestpay.domain.money import Money
from nestpay.domain.orders import Order
from nestpay.domain.plans import PriceRow
from nestpay.store import orders as order_store
from nestpay.store import plans
from nestpay.store import subscriptions as subscription_store
from nestpay.store.session import reading

_RECENT = 5


@dataclass(frozen=True, slots=True)
class Header:
    """What the top of every page shows."""

    plan_title: str
    credits_total: int


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One order in a list. Amounts are in minor units of `currency`, and as text in the reader's language."""

    id: str
    number: str
    created_at: datetime
    description: str
    type: str
    status: str
    amount_text: str
    amount_minor: int
    refunded_minor: int
    currency: str
    credits: int
    invoice_url: str
    receipt_url: str
    provider: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The dashboard's first page."""

    benefits: UserBenefits
    recent_orders: tuple[OrderRow, ...]
    recent_credits: tuple[CreditLogRow, ...]


@dataclass(frozen=True, slots=True)
class SubscriptionView:
    """The customer's subscription. Instants are UTC; `cancels_at` is when it ends if nothing changes."""

    plan_title: str
    status: str
    interval: str
    amount_text: str
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancels_at: datetime | None
    trial_end: datetime | None
    provider: str
    benefits: UserBenefits


def header(user_id: str, locale: str = "en") -> Header:
    """The plan's title in `locale` ("" without one) and all credits that can be spent now."""
    benefits = credits.get_user_benefits(user_id, locale)
    return Header(benefits.plan_title, benefits.total_available_credits)


def overview(user_id: str, locale: str = "en") -> Overview:
    """Benefits, and the newest orders and credit lines."""
    return Overview(
        credits.get_user_benefits(user_id, locale),
        orders_of(user_id, limit=_RECENT, locale=locale).rows,
        credits.history(user_id, limit=_RECENT, locale=locale).rows,
    )


def subscription(user_id: str, locale: str = "en") -> SubscriptionView | None:
    """The subscription that decides the customer's plan, or None."""
    with reading() as session:
        own = [each for each in subscription_store.of_user(session, user_id) if each.is_of_plan]
        held = access.active_subscription(own, billing_now(), grace())
        price = next(iter(plans.price_rows(session, [held.price_id or ""])), None) if held else None
    if held is None:
        return None
    return SubscriptionView(
        plan_title=price.title_in(locale) if price else "",
        status=held.status,
        interval=price.interval if price else "",
        amount_text=Money(price.amount_minor * held.quantity, price.currency).text(locale) if price else "",
        current_period_start=held.current_period_start,
        current_period_end=held.current_period_end,
        cancels_at=held.cancels_at,
        trial_end=held.trial_end,
        provider=held.provider,
        benefits=credits.get_user_benefits(user_id, locale),
    )


def orders_of(user_id: str, *, after: str | None = None, limit: int = 20, locale: str = "en") -> Page[OrderRow]:
    """A page of the user's orders, the newest first. Raises NotFound for a mark that no page gave out."""
    mark = read_mark(after)
    bound = dated_key(mark.key) if mark else None
    is_older = mark is not None and mark.direction == "older"
    with reading() as session:
        found = order_store.page_of(
            session,
            user_id,
            before=bound if is_older else None,
            after=bound if mark and not is_older else None,
            limit=limit + 1,
        )
        prices = _prices_of(session, found)
    return page_from(found, mark, limit, _key_of, lambda order: _row(order, prices, locale))


def order_of(user_id: str, order_id: str, locale: str = "en") -> OrderRow:
    """One order of the user's. Raises NotFound."""
    with reading() as session:
        order = order_store.by_id(session, order_id)
        prices = _prices_of(session, [order] if order else [])
    if order is None or order.user_id != user_id:
        raise NotFound
    return _row(order, prices, locale)


def _key_of(order: Order) -> str:
    return f"{order.created_at.isoformat()}|{order.id}"


def _prices_of(session: Session, found: Iterable[Order]) -> dict[str, PriceRow]:
    return {price.id: price for price in plans.price_rows(session, {each.price_id for each in found if each.price_id})}


def _row(order: Order, prices: Mapping[str, PriceRow], locale: str) -> OrderRow:
    price = prices.get(order.price_id or "")
    return OrderRow(
        id=order.id,
        number=orders.number(order.id),
        created_at=order.created_at,
        description=price.titled(order.description, locale) if price else order.description,
        type=order.type,
        status=order.status,
        amount_text=Money(order.amount_total, order.currency).full_text(locale),
        amount_minor=order.amount_total,
        refunded_minor=order.amount_refunded,
        currency=order.currency,
        credits=int(order.granted.get("credits", 0)),
        invoice_url=order.invoice_url,
        receipt_url=order.receipt_url,
        provider=order.provider,
    )
