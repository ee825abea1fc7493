"""One order: what it is, what happened to it, and what can be asked of its provider."""

import asyncio
from dataclasses import dataclass, field

import reflex as rx

from nestpay.billing import order_file
from nestpay.billing.order_desk import company
from nestpay.billing.order_file import Finding, LotPart, Moment, MoneyBack, OrderFile
from nestpay.domain.errors import NotFound
from nestpay.web.admin.places import CUSTOMER, EMAIL, EVENT, SUBSCRIPTION, place
from nestpay.web.dashboard.acts import attempt, done
from nestpay.web.dashboard.rows import ORDER_TONES
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import day, moment
from nestpay.web.session import locale_in, me, requires

LOT_TONES = {"open": "good", "used": "plain", "over": "warn"}
_PLACES = {"event": EVENT, "mail": EMAIL}
_BAD, _GOOD = frozenset({"failed", "dead"}), frozenset({"done", "sent"})


@dataclass(frozen=True)
class Pair:
    name: str
    value: str


@dataclass(frozen=True)
class Sentence:
    text: str
    tone: str
    href: str


@dataclass(frozen=True)
class Happening:
    date: str
    what: str
    detail: str
    status: str
    tone: str
    href: str


@dataclass(frozen=True)
class Granted:
    title: str
    pool: str
    left: str
    state: str
    tone: str
    ends: str


@dataclass(frozen=True)
class Back:
    id: str
    date: str
    amount: str
    status: str
    reason: str


@dataclass(frozen=True)
class Order:
    number: str = ""
    status: str = ""
    tone: str = "plain"
    kind: str = ""
    what: str = ""
    total: str = ""
    email: str = ""
    name: str = ""
    customer: str = ""
    subscription: str = ""
    invoice_url: str = ""
    receipt_url: str = ""
    provider_url: str = ""
    can_refund: bool = False
    can_ask: bool = False
    facts: list[Pair] = field(default_factory=list)
    amounts: list[Pair] = field(default_factory=list)
    ids: list[Pair] = field(default_factory=list)
    findings: list[Sentence] = field(default_factory=list)
    lots: list[Granted] = field(default_factory=list)
    refunds: list[Back] = field(default_factory=list)
    disputes: list[Back] = field(default_factory=list)
    timeline: list[Happening] = field(default_factory=list)


class OrderPage(rx.State):
    stage: str = "loading"
    order: Order = Order()
    asking: bool = False

    @rx.event
    @requires("admin")
    async def load(self):
        """Read the order that the address names."""
        await self._show()

    @rx.event
    @requires("admin")
    async def ask(self):
        """Ask the provider what became of it."""
        self.asking = True
        yield
        locale, by, ip = locale_in(self), me().id, self.router.session.client_ip
        order_id = self._id()
        status, trouble = await attempt(lambda: order_file.ask_provider(order_id, by=by, ip=ip), locale)
        await self._show()
        self.asking = False
        yield trouble or done(locale, "desk.order.asked", status=t_in(locale, f"order.status.{status}"))

    def _id(self) -> str:
        return str(self.router.url.query_parameters.get("id", ""))[:64]

    async def _show(self) -> None:
        locale, order_id = locale_in(self), self._id()
        try:
            found = await asyncio.to_thread(order_file.order_file, order_id, locale)
        except NotFound:
            self.stage, self.order = "missing", Order()
            return
        self.stage, self.order = "shown", shown(found, locale)


def shown(found: OrderFile, locale: str) -> Order:
    """An order as its page shows it."""

    def said(key: str, value: str) -> Pair:
        return Pair(t_in(locale, f"desk.order.{key}"), value)

    interval = t_in(locale, f"desk.interval.{found.interval}") if found.interval else ""
    amounts = [
        said("subtotal", found.subtotal_text),
        said("discount", found.discount_text),
        said("tax", found.tax_text),
        said("total", found.total_text),
    ]
    if found.refunded_text:
        amounts += [said("refunded", f"−{found.refunded_text}"), said("net", found.net_text)]
    return Order(
        number=found.number,
        status=t_in(locale, f"order.status.{found.status}"),
        tone=ORDER_TONES[found.status],
        kind=t_in(locale, f"order.type.{found.type}"),
        what=found.description or found.plan_title,
        total=found.total_text,
        email=found.email,
        name=found.name,
        customer=place(CUSTOMER, found.user_id, locale),
        subscription=place(SUBSCRIPTION, found.subscription_id, locale) if found.subscription_id else "",
        invoice_url=found.invoice_url,
        receipt_url=found.receipt_url,
        provider_url=found.provider_url,
        can_refund=found.can_refund,
        can_ask=found.can_ask,
        facts=[
            said("created", moment(found.created_at, locale)),
            said("paid", moment(found.paid_at, locale) or "–"),
            said("plan", " · ".join(filter(None, (found.plan_title, interval))) or "–"),
            said("quantity", t_in(locale, "number", n=found.quantity)),
            said("provider", company(found.provider) or "–"),
        ],
        amounts=amounts,
        ids=[Pair(t_in(locale, f"desk.id.{kind}"), value) for kind, value in found.ids],
        findings=[_sentence(each, locale) for each in found.findings],
        lots=[_granted(lot, locale) for lot in found.lots],
        refunds=[_back(each, t_in(locale, f"refund.status.{each.status}"), locale) for each in found.refunds],
        disputes=[_back(each, t_in(locale, f"dispute.status.{each.status}"), locale) for each in found.disputes],
        timeline=[_happening(each, locale) for each in found.timeline],
    )


def _sentence(finding: Finding, locale: str) -> Sentence:
    text = t_in(locale, f"desk.finding.{finding.key}", **finding.values)
    return Sentence(text, finding.tone, place(EVENT, finding.event_id, locale) if finding.event_id else "")


def _granted(lot: LotPart, locale: str) -> Granted:
    return Granted(
        title=t_in(locale, f"credit.type.{lot.source}"),
        pool=t_in(locale, f"desk.pool.{lot.pool}"),
        left=t_in(locale, "lots.left", left=lot.remaining, n=lot.amount),
        state=t_in(locale, f"desk.lot.{lot.state}"),
        tone=LOT_TONES[lot.state],
        ends=t_in(locale, "lots.until", day=day(lot.expires_at, locale)) if lot.expires_at else "",
    )


def _back(each: MoneyBack, status: str, locale: str) -> Back:
    return Back(each.id, moment(each.at, locale), each.amount_text, status, each.reason)


def _happening(each: Moment, locale: str) -> Happening:
    target = _PLACES.get(each.kind)
    return Happening(
        date=moment(each.at, locale),
        what=t_in(locale, f"desk.happened.{each.kind}", what=each.text),
        detail=each.detail,
        status=t_in(locale, f"{each.kind}.status.{each.status}") if each.status else "",
        tone="bad" if each.status in _BAD else "good" if each.status in _GOOD else "plain",
        href=place(target, each.ref, locale) if target and each.ref else "",
    )
