"""One customer: everything about the account, why it opens what it opens, and where its credits came from."""

import asyncio
from dataclasses import dataclass, field

import reflex as rx

from nestpay.billing import access_reasons, customer_desk, explain
from nestpay.billing.access_reasons import Reasons, SubscriptionReason
from nestpay.billing.customer_desk import CustomerFile, EventTrace, Mail
from nestpay.billing.entitlements import Entitlement
from nestpay.billing.order_desk import company
from nestpay.domain.errors import NotFound
from nestpay.web.admin.customers.state import state_of
from nestpay.web.admin.orders.one_state import Pair
from nestpay.web.admin.orders.words import Line as OrderLine
from nestpay.web.admin.orders.words import line as order_line
from nestpay.web.admin.places import EMAIL, EVENT, SUBSCRIPTION, place
from nestpay.web.admin.subscriptions.words import Line as SubscriptionLine
from nestpay.web.admin.subscriptions.words import line as subscription_line
from nestpay.web.dashboard.credits.words import LotLine, lot_line
from nestpay.web.dashboard.settings.state import browser_name
from nestpay.web.i18n import LANGUAGES, t_in
from nestpay.web.i18n.moments import day, moment
from nestpay.web.session import locale_in, me, requires

LOTS_SHOWN = 20
_SETTLED = {"sent": "good", "done": "good", "failed": "bad", "dead": "bad"}


@dataclass(frozen=True)
class Trace:
    """A mail, an event, a browser or a line of the audit log."""

    text: str
    detail: str
    date: str
    status: str
    tone: str
    href: str


@dataclass(frozen=True)
class AtProvider:
    provider: str
    customer_id: str
    note: str
    url: str


@dataclass(frozen=True)
class Reason:
    text: str
    detail: str
    is_yes: bool
    href: str


@dataclass(frozen=True)
class Customer:
    email: str = ""
    name: str = ""
    state: str = ""
    tone: str = "plain"
    plan: str = ""
    is_admin: bool = False
    is_disabled: bool = False
    is_frozen: bool = False
    is_deleted: bool = False
    is_me: bool = False
    is_last_admin: bool = False
    facts: list[Pair] = field(default_factory=list)
    credits: list[Pair] = field(default_factory=list)
    providers: list[AtProvider] = field(default_factory=list)
    subscriptions: list[SubscriptionLine] = field(default_factory=list)
    orders: list[OrderLine] = field(default_factory=list)
    mails: list[Trace] = field(default_factory=list)
    events: list[Trace] = field(default_factory=list)
    browsers: list[Trace] = field(default_factory=list)
    audit: list[Trace] = field(default_factory=list)


class CustomerPage(rx.State):
    stage: str = "loading"
    customer: Customer = Customer()
    explaining: bool = True
    reasons: list[Reason] = []
    things: list[Reason] = []
    lots: list[LotLine] = []
    text: str = ""
    """What the lists of orders and credits are narrowed to for this customer."""

    @rx.event
    @requires("admin")
    async def load(self):
        """Read the account that the address names."""
        locale, user_id, by = locale_in(self), self._id(), me().id
        self.explaining, self.reasons, self.things, self.lots = True, [], [], []
        try:
            found = await asyncio.to_thread(customer_desk.customer_file, user_id, locale)
        except NotFound:
            self.stage, self.customer = "missing", Customer()
            return
        self.stage, self.customer, self.text = "shown", shown(found, by, locale), found.line.id

    @rx.event
    @requires("admin")
    async def explain(self):
        """Say why it opens what it opens, and where its credits came from and went."""
        locale, user_id = locale_in(self), self.text
        if self.stage == "shown" and user_id:
            found = await asyncio.to_thread(access_reasons.reasons, user_id)
            self.reasons = [_subscription(each, locale) for each in found.subscriptions]
            self.things = things_of(found, locale)
            lots = await asyncio.to_thread(explain.explain, user_id)
            self.lots = [lot_line(lot, locale) for lot in lots[:LOTS_SHOWN]]
        self.explaining = False

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]


def shown(found: CustomerFile, by: str, locale: str) -> Customer:
    """An account as its page shows it to the admin `by`."""
    word, tone = state_of(found.line)
    benefits = found.benefits

    def number(key: str, n: int) -> Pair:
        return Pair(t_in(locale, f"desk.customer.{key}"), t_in(locale, "number", n=n))

    return Customer(
        email=found.line.email,
        name=found.line.name,
        state=t_in(locale, f"desk.account.{word}"),
        tone=tone,
        plan=benefits.plan_title,
        is_admin=found.line.role == "admin",
        is_disabled=found.line.is_disabled,
        is_frozen=benefits.is_frozen,
        is_deleted=found.line.is_deleted,
        is_me=found.line.id == by,
        is_last_admin=found.is_last_admin,
        facts=_profile(found, locale),
        credits=[
            number("total", benefits.total_available_credits),
            number("of_plan", benefits.subscription_credits_balance),
            number("of_packs", benefits.one_time_credits_balance),
            *([number("held", benefits.held_credits)] if benefits.held_credits else []),
            *([number("debt", benefits.debt)] if benefits.debt else []),
        ],
        providers=[
            AtProvider(
                company(each.provider),
                each.customer_id,
                t_in(locale, "desk.customer.retired") if each.is_retired else each.currency.upper(),
                each.url,
            )
            for each in found.customers
        ],
        subscriptions=[subscription_line(row, locale) for row in found.subscriptions],
        orders=[order_line(row, locale) for row in found.orders],
        mails=[_letter(each, locale) for each in found.mails],
        events=[_event(each, locale) for each in found.events],
        browsers=[
            _plain(browser_name(each.user_agent, locale), each.ip, moment(each.last_seen_at, locale))
            for each in found.browsers
        ],
        audit=[_plain(each.action, each.actor, moment(each.at, locale)) for each in found.audit],
    )


def _profile(found: CustomerFile, locale: str) -> list[Pair]:
    def said(key: str, value: str) -> Pair:
        return Pair(t_in(locale, f"desk.customer.{key}"), value)

    return [
        said("since", moment(found.line.created_at, locale)),
        said("verified", moment(found.verified_at, locale) or "–"),
        said("language", LANGUAGES.get(found.locale, found.locale)),
        said("role", t_in(locale, f"desk.role.{found.line.role}")),
        *([said("disabled", moment(found.disabled_at, locale))] if found.disabled_at else []),
        *([said("deleted", moment(found.deleted_at, locale))] if found.deleted_at else []),
    ]


def _letter(each: Mail, locale: str) -> Trace:
    word, tone = t_in(locale, f"mail.status.{each.status}"), _SETTLED.get(each.status, "plain")
    return Trace(each.template, "", moment(each.created_at, locale), word, tone, place(EMAIL, each.id, locale))


def _event(each: EventTrace, locale: str) -> Trace:
    word, tone = t_in(locale, f"event.status.{each.status}"), _SETTLED.get(each.status, "plain")
    return Trace(each.type, each.error, moment(each.received_at, locale), word, tone, place(EVENT, each.id, locale))


def _plain(text: str, detail: str, date: str) -> Trace:
    return Trace(text, detail, date, status="", tone="plain", href="")


def _subscription(each: SubscriptionReason, locale: str) -> Reason:
    status = t_in(locale, f"subscription.status.{each.status}")
    rule = t_in(locale, f"desk.rule.{each.rule}")
    seat = t_in(locale, "desk.customer.seat") if each.is_seat else ""
    until = t_in(locale, "desk.customer.until", day=day(each.until, locale)) if each.until else ""
    decides = t_in(locale, "desk.customer.decides") if each.decides else ""
    return Reason(
        text=" · ".join(filter(None, (each.plan_title or "–", status, seat))),
        detail=" ".join(filter(None, (rule, until, decides))),
        is_yes=each.opens,
        href=place(SUBSCRIPTION, each.subscription_id, locale),
    )


def things_of(found: Reasons, locale: str) -> list[Reason]:
    """Each thing that plans name, with yes or no and why."""
    return [_thing(each, locale) for each in found.things]


def _thing(each: Entitlement, locale: str) -> Reason:
    why = t_in(locale, f"desk.why.{each.why}", plan=each.plan or "–")
    left = t_in(locale, "desk.customer.left", n=each.left) if each.allowed and each.left is not None else ""
    until = t_in(locale, "desk.customer.until", day=day(each.until, locale)) if each.until else ""
    return Reason(each.name, " ".join(filter(None, (why, left, until))), each.allowed, "")
