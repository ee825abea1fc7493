"""Everybody's orders for the admin: found by whatever a customer quotes, filtered, added up, and handed out as CSV."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args

from sqlmodel import Session

from nestpay.billing import catalog, spreadsheet, typed
from nestpay.billing.paging import Page, dated_key, numbered_key, page_from, place_of, read_mark
from nestpay.domain import orders
from nestpay.domain.money import Money
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.domain.plans import FREE_PROVIDER
from nestpay.providers import registry
from nestpay.settings import get_settings
from nestpay.store import order_search as store
from nestpay.store import orders as order_store
from nestpay.store import plans, subscriptions, user_search, users
from nestpay.store.order_search import Found, OrderFilter, Sort
from nestpay.store.session import reading

MOST_ACCOUNTS = 50
"""How many accounts one word may mean: with more of them, the first ones are searched and the page says so."""

_ID = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"(?:np-?)?([0-9a-f]{8})", re.IGNORECASE)
_COLUMNS = (
    "number", "id", "created", "paid", "email", "user", "type", "status", "provider", "plan", "description", "currency",
    "subtotal", "discount", "tax", "total", "refunded", "credits", "session", "payment", "invoice", "charge",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """What is looked for, as it was typed. Days are UTC; amounts are in `currency`, by default the shop's own."""

    text: str = ""
    provider: str = ""
    type: str = ""
    status: str = ""
    plan_id: str = ""
    currency: str = ""
    since: str = ""
    until: str = ""
    at_least: str = ""
    at_most: str = ""
    sort: str = ""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order in the list. Amounts are text in the reader's language."""

    id: str
    number: str
    created_at: datetime
    user_id: str
    email: str
    description: str
    plan_title: str
    type: str
    status: str
    provider: str
    amount_text: str
    refunded_text: str


@dataclass(frozen=True, slots=True)
class OrderTotal:
    """All that a query finds in one currency."""

    currency: str
    count: int
    paid_text: str
    refunded_text: str
    net_text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen in the filters: companies by the name of their provider, titles by plan id, currencies."""

    companies: dict[str, str]
    plans: dict[str, str]
    currencies: tuple[str, ...]


def search(query: OrderQuery, *, after: str | None = None, limit: int = 25, locale: str = "en") -> Page[OrderLine]:
    """A page of everybody's orders. Raises Unreadable, and NotFound for a mark that no page gave out."""
    sort, mark = _sort_of(query), read_mark(after)
    by_date = sort in ("newest", "oldest")
    place = place_of(mark, dated_key if by_date else numbered_key)
    with reading() as session:
        wanted = _wanted(session, query)
        found = store.page(session, wanted, sort, place, limit + 1)

    def key(each: Found) -> str:
        value = each.order.created_at.isoformat() if by_date else each.order.amount_total
        return f"{value}|{each.order.id}"

    return page_from(found, mark, limit, key, lambda each: line_of(each, locale))


def totals(query: OrderQuery, locale: str = "en") -> tuple[OrderTotal, ...]:
    """What all orders of a query come to, by currency; the orders that are refunds count as neither. Raises Unreadable."""
    with reading() as session:
        found = store.totals(session, _wanted(session, query))

    def text(minor: int, currency: str) -> str:
        return Money(minor, currency).full_text(locale)

    return tuple(
        OrderTotal(
            each.currency,
            each.count,
            text(each.paid, each.currency),
            text(each.refunded, each.currency),
            text(each.paid - each.refunded, each.currency),
        )
        for each in found
    )


def csv_of(query: OrderQuery) -> Iterator[str]:
    """Every order of a query as CSV, the newest first, line by line; amounts in major units. Raises Unreadable at once."""
    with reading() as session:
        wanted = _wanted(session, query)
    return _csv_lines(wanted)


def is_cut(query: OrderQuery) -> bool:
    """Whether the text means more accounts than are searched."""
    text = typed.clean(query.text).lower()
    if not text or _NUMBER.fullmatch(text) or _ID.fullmatch(text):
        return False
    with reading() as session:
        return len(user_search.ids_beginning_with(session, text, MOST_ACCOUNTS + 1)) > MOST_ACCOUNTS


def choices() -> Choices:
    """What the filters offer."""
    with reading() as session:
        rows = plans.all_plans(session, catalog.environment())
        prices = plans.prices_of(session, [row.id for row in rows])
        providers = provider_names(session)
    return Choices(
        companies={name: company(name) or name for name in providers},
        plans={row.id: row.title for row in rows},
        currencies=tuple(sorted({price.currency for price in prices} | {get_settings().default_currency})),
    )


def company(name: str) -> str:
    """What people call a provider: its title, its name when it is switched off, "" for what no company takes."""
    if name == FREE_PROVIDER:
        return ""
    return registry.get(name).title if name in registry.names() else name


def provider_names(session: Session) -> tuple[str, ...]:
    """Every provider whose rows there may be: those that are switched on, and those that a price names."""
    return tuple(sorted({*registry.names(), *store.providers_sold_by(session)}))


def accounts_meant(session: Session, text: str) -> tuple[str, ...]:
    """The users whom a text means: an id, a provider's id, or how an address or a name begins."""
    if _ID.fullmatch(text) and users.by_id(session, text):
        return (text,)
    known = store.users_of_provider_id(session, text, provider_names(session))
    return tuple(known or user_search.ids_beginning_with(session, text.lower(), MOST_ACCOUNTS))


def line_of(found: Found, locale: str) -> OrderLine:
    """An order for a list."""
    order = found.order
    refunded = Money(order.amount_refunded, order.currency).full_text(locale) if order.amount_refunded else ""
    return OrderLine(
        id=order.id,
        number=orders.number(order.id),
        created_at=order.created_at,
        user_id=order.user_id,
        email=found.email,
        description=order.description,
        plan_title=found.plan_title,
        type=order.type,
        status=order.status,
        provider=order.provider,
        amount_text=Money(order.amount_total, order.currency).full_text(locale),
        refunded_text=refunded,
    )


def _sort_of(query: OrderQuery) -> Sort:
    """As it was chosen; else the largest first where amounts are asked for, and the newest first everywhere else."""
    chosen = typed.one_of(query.sort, get_args(Sort))
    natural: Sort = "largest" if _has_amounts(query) else "newest"
    return cast("Sort", chosen) if chosen else natural


def _has_amounts(query: OrderQuery) -> bool:
    return bool(typed.clean(query.at_least) or typed.clean(query.at_most))


def _wanted(session: Session, query: OrderQuery) -> OrderFilter:
    currency = typed.clean(query.currency).lower()
    currency = currency or (get_settings().default_currency if _has_amounts(query) else "")
    return OrderFilter(
        **_meant(session, typed.clean(query.text)),
        provider=typed.clean(query.provider),
        type=typed.one_of(query.type, list(OrderType)),
        status=typed.one_of(query.status, list(OrderStatus)),
        plan_id=typed.clean(query.plan_id),
        currency=currency,
        since=typed.first_instant(query.since),
        until=typed.last_instant(query.until),
        at_least=typed.minor_units(query.at_least, currency),
        at_most=typed.minor_units(query.at_most, currency),
    )


def _meant(session: Session, text: str) -> dict[str, Any]:
    """Which orders a text means, tried from the surest reading to the widest; nothing typed means all of them."""
    if not text:
        return {}
    if _ID.fullmatch(text):
        if order_store.by_id(session, text):
            return {"order_ids": (text,)}
        if subscriptions.by_id(session, text):
            return {"subscription_ids": (text,)}
    number = _NUMBER.fullmatch(text)
    ids = store.ids_of_number(session, number[1].lower(), MOST_ACCOUNTS) if number else []
    ids = ids or store.ids_of_provider_id(session, text, provider_names(session), MOST_ACCOUNTS)
    if ids:
        return {"order_ids": tuple(ids)}
    held = store.subscriptions_of_provider_id(session, text, provider_names(session))
    if held:
        return {"subscription_ids": tuple(held)}
    return {"user_ids": accounts_meant(session, text)}


def _csv_lines(wanted: OrderFilter) -> Iterator[str]:
    yield spreadsheet.line(_COLUMNS)
    with reading() as session:
        for found in store.all_of(session, wanted):
            yield spreadsheet.line(_csv_values(found))


def _csv_values(found: Found) -> tuple[object, ...]:
    order = found.order
    amounts = (
        order.amount_subtotal,
        order.amount_discount,
        order.amount_tax,
        order.amount_total,
        order.amount_refunded,
    )
    return (
        orders.number(order.id),
        order.id,
        order.created_at.isoformat(),
        order.paid_at.isoformat() if order.paid_at else "",
        found.email,
        order.user_id,
        order.type,
        order.status,
        order.provider,
        found.plan_title,
        order.description,
        order.currency,
        *(Money(amount, order.currency).decimal for amount in amounts),
        int(order.granted.get("credits", 0)),
        order.provider_session_id or "",
        order.provider_payment_intent_id or "",
        order.provider_invoice_id or "",
        order.provider_charge_id or "",
    )
