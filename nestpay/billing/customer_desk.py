"""Everybody with an account for the admin: found by how an address or a name begins, and each one on a single page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from sqlmodel import Session

from nestpay.billing import credits, entitled, order_desk, subscription_desk, typed
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.credits import UserBenefits
from nestpay.billing.order_desk import OrderLine
from nestpay.billing.paging import Page, dated_key, page_from, place_of, read_mark
from nestpay.billing.subscription_desk import SubscriptionLine
from nestpay.domain.errors import NotFound
from nestpay.providers import pages
from nestpay.settings import get_settings
from nestpay.store import order_search, sessions, subscription_search, traces, users
from nestpay.store import user_search as store
from nestpay.store.order_search import OrderFilter
from nestpay.store.session import reading
from nestpay.store.subscription_search import Found, SubscriptionFilter
from nestpay.store.tables import UserRow
from nestpay.store.traces import EventTrace

_RECENT = 10
_MOST_SUBSCRIPTIONS = 50
_ORDERS_WITH_EVENTS = 30


@dataclass(frozen=True, slots=True)
class CustomerLine:
    """One account in the list. `plan_title` is "" without a plan that is open now."""

    id: str
    email: str
    name: str
    role: str
    is_verified: bool
    is_disabled: bool
    is_deleted: bool
    plan_title: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AtProvider:
    """Whom a provider knows the user as. `url` is the provider's own page, "" where it has none."""

    provider: str
    customer_id: str
    currency: str
    is_retired: bool
    url: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to the user."""

    id: str
    template: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that is signed in."""

    ip: str
    user_agent: str
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class Act:
    """A line of the audit log about the user."""

    at: datetime
    action: str
    actor: str


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """Everything about one account but its lots and its reasons, which are asked for by themselves."""

    line: CustomerLine
    locale: str
    verified_at: datetime | None
    disabled_at: datetime | None
    deleted_at: datetime | None
    is_last_admin: bool
    benefits: UserBenefits
    customers: tuple[AtProvider, ...]
    subscriptions: tuple[SubscriptionLine, ...]
    orders: tuple[OrderLine, ...]
    mails: tuple[Mail, ...]
    browsers: tuple[Browser, ...]
    events: tuple[EventTrace, ...]
    audit: tuple[Act, ...]


def search(text: str, kind: str = "", *, after: str | None = None, limit: int = 25) -> Page[CustomerLine]:
    """A page of accounts, the newest first. `kind` is "", `admins` or `disabled`.

    Raises Unreadable, and NotFound for a mark that no page gave out.
    """
    mark, text = read_mark(after), typed.clean(text)
    chosen = typed.one_of(kind, [each for each in get_args(store.Kind) if each])
    with reading() as session:
        ids = order_desk.accounts_meant(session, text) if text else None
        which: store.Kind = "admins" if chosen == "admins" else "disabled" if chosen else ""
        found = store.page(session, which, place_of(mark, dated_key), limit + 1, ids=ids)
        titles = _plan_titles(session, [row.id for row in found])
    return page_from(
        found, mark, limit, lambda row: f"{row.created_at.isoformat()}|{row.id}", lambda row: _line(row, titles)
    )


def customer_file(user_id: str, locale: str = "en") -> CustomerFile:
    """Everything about one account. Raises NotFound."""
    now = real_now()
    with reading() as session:
        user = users.by_id(session, typed.clean(user_id))
        if user is None:
            raise NotFound
        orders = order_search.page(session, OrderFilter(user_ids=(user.id,)), "newest", None, _RECENT)
        held = SubscriptionFilter(user_ids=(user.id,))
        subscriptions = subscription_search.page(session, held, "newest", None, _MOST_SUBSCRIPTIONS)
        mails = traces.mails_of(session, user.id, _RECENT)
        browsers = sessions.alive_sessions(session, user.id, now)[:_RECENT]
        events = traces.events_about(session, traces.objects_of(session, user.id, _ORDERS_WITH_EVENTS), _RECENT)
        known = traces.customers_of(session, user.id)
        acts = traces.audit_of(session, [f"user:{user.id}", user.id], _RECENT)
        actors = store.emails_of(session, [act.actor_id for act in acts])
        admins = store.admins(session) if user.role == "admin" else []
        prices = subscription_desk.prices_of(session, subscriptions)
    mode = get_settings().mode
    return CustomerFile(
        line=_line(user, _open_titles(subscriptions)),
        locale=user.locale,
        verified_at=user.email_verified_at,
        disabled_at=user.disabled_at,
        deleted_at=user.deleted_at,
        is_last_admin=admins == [user.id],
        benefits=credits.get_user_benefits(user.id),
        customers=tuple(
            AtProvider(
                row.provider,
                row.provider_customer_id,
                row.currency,
                row.retired_at is not None,
                pages.address(row.provider, "customer", row.provider_customer_id, mode),
            )
            for row in known
        ),
        subscriptions=tuple(subscription_desk.line_of(each, prices, locale) for each in subscriptions),
        orders=tuple(order_desk.line_of(each, locale) for each in orders),
        mails=tuple(Mail(row.id, row.template, row.status, row.created_at) for row in mails),
        browsers=tuple(Browser(row.ip, row.user_agent, row.last_seen_at) for row in browsers),
        events=tuple(events),
        audit=tuple(Act(act.at, act.action, actors.get(act.actor_id, act.actor_id)) for act in acts),
    )


def _plan_titles(session: Session, user_ids: list[str]) -> dict[str, str]:
    """The title of the plan that each user has by a subscription of their own that is open now."""
    if not user_ids:
        return {}
    found = subscription_search.page(
        session, SubscriptionFilter(user_ids=tuple(user_ids)), "newest", None, _MOST_SUBSCRIPTIONS * len(user_ids)
    )
    return _open_titles(found)


def _open_titles(found: Sequence[Found]) -> dict[str, str]:
    """The title of the newest plan that is open, by user."""
    now = billing_now()
    titles: dict[str, str] = {}
    for each in reversed(found):
        if each.plan_title and entitled.opens(each.subscription, now):
            titles[each.subscription.user_id] = each.plan_title
    return titles


def _line(row: UserRow, titles: dict[str, str]) -> CustomerLine:
    return CustomerLine(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        is_verified=row.email_verified_at is not None,
        is_disabled=row.disabled_at is not None,
        is_deleted=row.deleted_at is not None,
        plan_title=titles.get(row.id, ""),
        created_at=row.created_at,
    )
