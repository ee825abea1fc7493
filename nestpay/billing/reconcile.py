"""Finds where we and a provider disagree, says so, and mends it: missed events, stale subscriptions, paid orders.

Nothing here has a truth of its own: what is found goes through the same inbox and the same reads as everything else,
so running it at any time, twice or together with live traffic changes nothing that is right already.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from nestpay.billing import inbox, mirror
from nestpay.billing.clock import real_now
from nestpay.billing.handlers import HANDLERS
from nestpay.domain.errors import NestpayError, ProviderMissing
from nestpay.domain.facts import ProviderEvent, SubscriptionState
from nestpay.domain.orders import Order
from nestpay.domain.subscriptions import ENDED, Subscription
from nestpay.providers import registry
from nestpay.store import events, house
from nestpay.store import orders as order_store
from nestpay.store import subscriptions as store
from nestpay.store.session import reading, transaction

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=3)
OVERLAP = timedelta(hours=1)
"""Events are looked for from a little before the last look: a provider may list one late."""

_WATERMARK = "reconciled_until"
_PAGE_IS_OLD = timedelta(minutes=5)
_PAGES_ARE_LOST = timedelta(days=7)
_EVENTS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Drift:
    """One disagreement: `missed_event`, `missed_payment`, `stale_subscription`, `unknown_subscription` or `paid_order`.

    `mend` puts it right.
    """

    kind: str
    subject: str
    detail: str
    mend: Callable[[], None] = field(repr=False, compare=False)


def run(*, since: datetime | None = None, user_id: str | None = None, dry_run: bool = False) -> list[Drift]:
    """Look for drift since an instant (default: the last look, at most three days) and mend it unless `dry_run`.

    With a user only theirs is looked at. A mend that fails is logged and found again next time. Raises ProviderTrouble
    when a provider cannot be asked.
    """
    started = real_now()
    found = list(_look(since or _last_look(started), user_id))
    if dry_run:
        return found
    for drift in found:
        try:
            drift.mend()
        except NestpayError as error:
            log.error("reconcile.mend_failed", kind=drift.kind, subject=drift.subject, error=str(error))
    if user_id is None:
        with transaction() as session:
            house.write(session, _WATERMARK, started.isoformat())
    return found


def _last_look(now: datetime) -> datetime:
    with reading() as session:
        text = house.read(session, _WATERMARK)
    return max(datetime.fromisoformat(text) - OVERLAP, now - LOOK_BACK) if text else now - LOOK_BACK


def _look(since: datetime, user_id: str | None) -> Iterator[Drift]:
    for name in registry.names():
        if user_id is None:
            yield from _missed_events(name, since)
        yield from _paid_orders(name, user_id)
        yield from _subscriptions(name, user_id)


def _missed_events(name: str, since: datetime) -> Iterator[Drift]:
    """Events that the provider has and the inbox has not."""
    group: list[ProviderEvent] = []
    for event in registry.get(name).list_events(since):
        group.append(event)
        if len(group) == _EVENTS_AT_ONCE:
            yield from _unseen(name, group)
            group = []
    yield from _unseen(name, group)


def _unseen(name: str, group: list[ProviderEvent]) -> Iterator[Drift]:
    with reading() as session:
        known = events.known_ids(session, name, [event.id for event in group])
    for event in group:
        if event.id not in known:
            yield Drift("missed_event", event.id, event.type, lambda event=event: _take(event))


def _take(event: ProviderEvent) -> None:
    inbox.take(event)


def _paid_orders(name: str, user_id: str | None) -> Iterator[Drift]:
    """Orders that wait although their payment page was completed."""
    now = real_now()
    with reading() as session:
        waiting = order_store.waiting(session, name, now - _PAGES_ARE_LOST, now - _PAGE_IS_OLD, user_id=user_id)
    for order in waiting:
        try:
            page = registry.get(name).retrieve_checkout(order.provider_session_id or "")
        except ProviderMissing:
            continue
        final = [fact for fact in page.facts if type(fact) in HANDLERS]
        if page.state != "open" and final:
            yield Drift("paid_order", order.id, _what(order, page.state), lambda final=final: inbox.apply(final))


def _what(order: Order, state: str) -> str:
    return f"{order.description}: its payment page is {state}, the order still waits"


def _subscriptions(name: str, user_id: str | None) -> Iterator[Drift]:
    """Subscriptions that the provider describes differently, and those that we do not know."""
    with reading() as session:
        customers = store.live_customers(session, name, user_id=user_id) if user_id else [None]
        known = {each.provider_subscription_id: each for each in store.not_ended(session, name, user_id=user_id)}
    listed: dict[str, SubscriptionState] = {}
    read_at = real_now()
    for customer_id in customers:
        try:
            states = registry.get(name).list_subscriptions(customer_id)
        except ProviderMissing:
            continue
        listed |= {state.subscription_id: state for state in states}
    yield from _missed_payments(name, listed.values())
    for subscription_id in sorted(known.keys() | listed.keys()):
        ours, theirs = known.get(subscription_id), listed.get(subscription_id)
        if difference := _difference(ours, theirs):
            kind = "stale_subscription" if ours else "unknown_subscription"
            yield Drift(kind, subscription_id, difference, _mend(name, subscription_id, theirs, read_at))


def _missed_payments(name: str, states: Iterable[SubscriptionState]) -> Iterator[Drift]:
    """Payments of which no event came, at a provider that lists no events but says with a subscription what was paid last."""
    paid = {state.newest_payment.invoice_id: state.newest_payment for state in states if state.newest_payment}
    with reading() as session:
        known = order_store.known_invoices(session, name, sorted(paid)) if paid else set()
    for invoice_id in sorted(paid.keys() - known):
        fact = paid[invoice_id]
        detail = f"{fact.amounts.total} {fact.amounts.currency} for {fact.subscription_id}"
        yield Drift("missed_payment", invoice_id, detail, lambda fact=fact: inbox.apply([fact]))


def _mend(name: str, subscription_id: str, state: SubscriptionState | None, read_at: datetime) -> Callable[[], None]:
    """What the list said is written as it is; what it leaves out is asked for by itself."""
    return lambda: mirror.accept(state, read_at) if state else mirror.sync(name, subscription_id)


def _difference(known: Subscription | None, state: SubscriptionState | None) -> str:
    """What differs, in words; empty when nothing does. A provider's list leaves out those that have ended."""
    if state is None:
        return f"we say {known.status}, the provider lists it no more" if known and known.status not in ENDED else ""
    if known is None:
        return f"the provider has it as {state.status}"
    pairs = {
        "status": (known.status, state.status),
        "quantity": (known.quantity, state.quantity),
        "period end": (known.current_period_end, state.current_period_end),
        "end": (known.cancels_at, state.cancels_at),
    }
    return "; ".join(f"{what}: {ours} here, {theirs} there" for what, (ours, theirs) in pairs.items() if ours != theirs)
