"""One order for the admin: its amounts, what happened to it, what it granted, and why its customer sees what they see."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from nestpay.billing import inbox
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain import orders
from nestpay.domain.errors import NotFound, NotInThisState
from nestpay.domain.ledger import Lot
from nestpay.domain.money import Money
from nestpay.domain.orders import Order, OrderStatus, OrderType
from nestpay.domain.refunds import RefundStatus
from nestpay.providers import pages, registry
from nestpay.providers.base import Capability
from nestpay.settings import get_settings
from nestpay.store import audit, plans, traces, users
from nestpay.store import orders as store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import DisputeRow, RefundRow, UserRow
from nestpay.store.traces import EventTrace

_RECEIPTS = ("purchase_confirmation", "subscription_started", "subscription_renewed", "trial_started")
_MOST_EVENTS = 100
_TROUBLED, _WAITING = frozenset({"failed", "dead"}), frozenset({"received", "processing"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence of the answer to "I paid and got nothing": `key` names it, `values` fill it, `event_id` is its cause."""

    key: str
    tone: str
    values: dict[str, object] = field(default_factory=dict)
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened, at `at` (UTC). `kind` says what `text`, `status` and `ref` (an id) are of."""

    at: datetime
    kind: str
    text: str
    status: str = ""
    detail: str = ""
    ref: str = ""


@dataclass(frozen=True, slots=True)
class LotPart:
    """A lot that the order granted. `state` is open, used or over."""

    id: str
    pool: str
    source: str
    amount: int
    remaining: int
    state: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class MoneyBack:
    """A refund or dispute; the amount is text in the reader's language."""

    id: str
    amount_text: str
    status: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderFile:
    """Everything about one order. Amounts are text in the reader's language, instants UTC, `ids` the provider's."""

    id: str
    number: str
    user_id: str
    email: str
    name: str
    type: str
    status: str
    provider: str
    description: str
    plan_title: str
    interval: str
    quantity: int
    currency: str
    created_at: datetime
    paid_at: datetime | None
    subtotal_text: str
    discount_text: str
    tax_text: str
    total_text: str
    refunded_text: str
    net_text: str
    credits: int
    credits_revoked: int
    credits_owed: int
    subscription_id: str
    invoice_url: str
    receipt_url: str
    provider_url: str
    ids: tuple[tuple[str, str], ...]
    lots: tuple[LotPart, ...]
    refunds: tuple[MoneyBack, ...]
    disputes: tuple[MoneyBack, ...]
    timeline: tuple[Moment, ...]
    findings: tuple[Finding, ...]
    can_refund: bool
    can_refund_in_part: bool
    can_ask: bool


@dataclass(frozen=True, slots=True)
class _Read:
    order: Order
    user: UserRow | None
    events: Sequence[EventTrace]
    lots: Sequence[Lot]
    refunds: Sequence[RefundRow]
    disputes: Sequence[DisputeRow]
    timeline: tuple[Moment, ...]


def order_file(order_id: str, locale: str = "en") -> OrderFile:
    """Everything about one order, whoever's it is. Raises NotFound."""
    with reading() as session:
        order = store.by_id(session, order_id)
        if order is None:
            raise NotFound
        refunds, disputes = traces.refunds_of(session, order_id), traces.disputes_of(session, order_id)
        ids = {value for _, value in _ids(order)}
        ids |= {row.provider_refund_id for row in refunds} | {row.provider_dispute_id for row in disputes}
        events = traces.events_about(session, ids, _MOST_EVENTS)
        mails = traces.mails_by_key(session, [f"{template}:{order_id}" for template in _RECEIPTS])
        lines = traces.audit_of(session, [f"order:{order_id}"], _MOST_EVENTS)
        told = [Moment(mail.created_at, "mail", mail.template, mail.status, mail.error, mail.id) for mail in mails]
        noted = [Moment(line.at, "audit", line.action, detail=line.actor_id) for line in lines]
        read = _Read(
            order=order,
            user=users.by_id(session, order.user_id),
            events=events,
            lots=traces.lots_of_order(session, order_id),
            refunds=refunds,
            disputes=disputes,
            timeline=_timeline(order, events, [*told, *noted]),
        )
        price = next(iter(plans.price_rows(session, [order.price_id])), None) if order.price_id else None
    return _file(read, price.plan_title if price else "", price.interval if price else "", locale)


def ask_provider(order_id: str, *, by: str, ip: str = "") -> str:
    """Ask the provider what became of an order that waits, as if its event had come. Returns the order's status then.

    Raises NotFound, NotInThisState when nothing can be asked, ProviderTrouble.
    """
    with reading() as session:
        order = store.by_id(session, order_id)
    if order is None:
        raise NotFound
    if not _can_ask(order):
        raise NotInThisState
    inbox.apply(registry.get(order.provider).retrieve_checkout(order.provider_session_id or "").facts)
    with transaction() as session:
        after = store.by_id(session, order_id)
        status = str(after.status) if after else ""
        audit.append(
            session,
            actor_id=by,
            action="order.ask",
            subject=f"order:{order_id}",
            at=real_now(),
            before={"status": order.status},
            after={"status": status},
            ip=ip,
        )
    return status


def _can_ask(order: Order) -> bool:
    waits = order.status in (OrderStatus.PENDING, OrderStatus.CANCELED, OrderStatus.FAILED)
    return waits and bool(order.provider_session_id) and order.provider in registry.names()


def _ids(order: Order) -> tuple[tuple[str, str], ...]:
    found = (
        ("session", order.provider_session_id),
        ("payment", order.provider_payment_intent_id),
        ("invoice", order.provider_invoice_id),
        ("charge", order.provider_charge_id),
        ("subscription", order.provider_subscription_id),
    )
    return tuple((kind, value) for kind, value in found if value)


def _timeline(order: Order, events: Sequence[EventTrace], others: list[Moment]) -> tuple[Moment, ...]:
    moments = [Moment(order.created_at, "created", order.description), *others]
    if order.paid_at:
        moments.append(Moment(order.paid_at, "paid", order.description))
    moments += [Moment(event.received_at, "event", event.type, event.status, event.error, event.id) for event in events]
    return tuple(sorted(moments, key=lambda moment: moment.at))


def _file(read: _Read, plan_title: str, interval: str, locale: str) -> OrderFile:
    order, settings = read.order, get_settings()

    def text(minor: int) -> str:
        return Money(minor, order.currency).full_text(locale)

    def back(row: RefundRow | DisputeRow, own_id: str) -> MoneyBack:
        return MoneyBack(own_id, text(row.amount_minor), row.status, row.reason, row.created_at)

    capable = registry.get(order.provider).capabilities if order.provider in registry.names() else frozenset()
    left = order.amount_total - order.amount_refunded
    is_refundable = order.is_paid and left > 0 and order.type is not OrderType.REFUND
    return OrderFile(
        id=order.id,
        number=orders.number(order.id),
        user_id=order.user_id,
        email=read.user.email if read.user else "",
        name=read.user.name if read.user else "",
        type=order.type,
        status=order.status,
        provider=order.provider,
        description=order.description,
        plan_title=plan_title,
        interval=interval,
        quantity=order.quantity,
        currency=order.currency,
        created_at=order.created_at,
        paid_at=order.paid_at,
        subtotal_text=text(order.amount_subtotal),
        discount_text=text(-order.amount_discount),
        tax_text=text(order.amount_tax),
        total_text=text(order.amount_total),
        refunded_text=text(order.amount_refunded) if order.amount_refunded else "",
        net_text=text(left),
        credits=int(order.granted.get("credits", 0)),
        credits_revoked=order.credits_revoked,
        credits_owed=order.credits_owed,
        subscription_id=order.subscription_id or "",
        invoice_url=order.invoice_url,
        receipt_url=order.receipt_url,
        provider_url=pages.address(order.provider, "payment", order.provider_payment_intent_id, settings.mode),
        ids=_ids(order),
        lots=tuple(_lot(lot) for lot in read.lots),
        refunds=tuple(back(row, row.provider_refund_id) for row in read.refunds),
        disputes=tuple(back(row, row.provider_dispute_id) for row in read.disputes),
        timeline=read.timeline,
        findings=tuple(_findings(read)),
        can_refund=bool(is_refundable and capable),
        can_refund_in_part=Capability.PARTIAL_REFUND in capable,
        can_ask=_can_ask(order),
    )


def _lot(lot: Lot) -> LotPart:
    is_over = lot.closed_at is not None or lot.is_expired(billing_now())
    state = "used" if lot.remaining == 0 and not is_over else "over" if is_over else "open"
    return LotPart(lot.id, lot.pool, lot.source, lot.amount, lot.remaining, state, lot.expires_at)


def _findings(read: _Read) -> list[Finding]:
    """Why the customer has what they have: what is wrong first, then what is simply so."""
    found = [
        Finding("event_failed", "bad", {"type": event.type, "error": event.error}, event.id)
        for event in read.events
        if event.status in _TROUBLED
    ]
    if any(event.status in _WAITING for event in read.events):
        found.append(Finding("event_waiting", "warn"))
    if read.user is None or read.user.deleted_at:
        found.append(Finding("deleted", "warn"))
    elif read.user.disabled_at:
        found.append(Finding("disabled", "warn"))
    if any(row.status == RefundStatus.FAILED for row in read.refunds):
        found.append(Finding("refund_failed", "bad"))
    return [*found, *(_about_credits(read) if read.order.is_paid else _about_payment(read))]


def _about_payment(read: _Read) -> list[Finding]:
    order = read.order
    if order.status is OrderStatus.PENDING:
        return [Finding("waiting" if order.provider_session_id else "no_page", "warn")]
    return [Finding("failed" if order.status is OrderStatus.FAILED else "canceled", "warn")]


def _about_credits(read: _Read) -> list[Finding]:
    order, promised = read.order, int(read.order.granted.get("credits", 0))
    if order.type is OrderType.REFUND:
        return []
    found = [Finding("disputed", "bad")] if order.status is OrderStatus.DISPUTED else []
    if order.credits_revoked:
        found.append(Finding("revoked", "warn", {"n": order.credits_revoked}))
    if not promised and not read.lots:
        return [*found, Finding("no_credits", "plain")]
    if not read.lots:
        return [*found, Finding("not_granted", "bad", {"n": promised})]
    parts = [_lot(lot) for lot in read.lots]
    left = sum(part.remaining for part in parts if part.state == "open")
    over = sum(part.remaining for part in parts if part.state == "over")
    granted = sum(part.amount for part in parts)
    spent = granted - sum(part.remaining for part in parts) - order.credits_revoked
    if left == granted:
        return [*found, Finding("all_there", "good", {"n": granted})]
    if over or all(part.state == "over" for part in parts):
        found.append(Finding("over", "warn"))
    if spent > 0:
        found.append(Finding("spent", "plain", {"n": spent, "left": left}))
    return found
