"""Keeps our subscriptions what the provider says they are: read again, or acted on, always under a lease with a fence."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from nestpay import queue, signals
from nestpay.billing import milestones, outbox, succession
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain.errors import Conflict, OwnerUnknown
from nestpay.domain.facts import SubscriptionState
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import ENDED, Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.providers.base import Changed, PaymentProvider
from nestpay.store import events, leases, ledger, plans, seat_credits
from nestpay.store import subscriptions as store
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction

LEASE = timedelta(seconds=60)
_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.05


def sync(provider_name: str, subscription_id: str, *, asked_at: datetime | None = None) -> None:
    """Read one subscription from its provider and write what it says, under a lease with a fence.

    A read that began at `asked_at` (UTC, default now) or later answers for this call too, so a burst costs one. Raises
    ProviderTrouble, OwnerUnknown (events stay and are tried again), Conflict when somebody holds the lease too long.
    """
    asked_at = asked_at or real_now()
    key = f"subscription:{provider_name}:{subscription_id}"
    with _leased(key) as fence:
        with reading() as session:
            known = store.by_provider_id(session, provider_name, subscription_id)
        if known is None or known.watermark is None or known.watermark < asked_at:
            read_at = real_now()
            state = registry.get(provider_name).retrieve_subscription(subscription_id)
        else:
            read_at, state = known.watermark, None
        with transaction() as session:
            if not leases.holds(session, key, fence):
                raise Conflict("The lease on this subscription was lost while it was read.")
            written = write_state(session, state, read_at) if state else None
            events.settle_object(session, provider_name, subscription_id, read_at, real_now())
            leases.give_back(session, key, fence, real_now())
    if written:
        written.tell()


def accept(state: SubscriptionState, read_at: datetime) -> None:
    """Write what a provider said of a subscription in a list that was asked for at `read_at` (UTC).

    What was read since then stays. Raises OwnerUnknown, and Conflict when somebody holds the lease too long.
    """
    key = f"subscription:{state.provider}:{state.subscription_id}"
    written = None
    with _leased(key) as fence, transaction() as session:
        if not leases.holds(session, key, fence):
            raise Conflict("The lease on this subscription was lost while it was written.")
        known = store.by_provider_id(session, state.provider, state.subscription_id)
        if known is None or known.watermark is None or known.watermark < read_at:
            written = write_state(session, state, read_at)
            events.settle_object(session, state.provider, state.subscription_id, read_at, real_now())
        leases.give_back(session, key, fence, real_now())
    if written:
        written.tell()


def act(
    held: Subscription,
    call: Callable[[PaymentProvider], Changed | SubscriptionState],
    also: Callable[[Session], None] | None = None,
) -> Changed:
    """Let `call` change a subscription at its provider, and write the answer under the subscription's lease.

    `also` is written in the same commit. Returns what the provider answered. Raises ProviderTrouble, Conflict.
    """
    key = f"subscription:{held.provider}:{held.provider_subscription_id}"
    with _leased(key) as fence:
        read_at = real_now()
        answer = call(registry.get(held.provider))
        changed = answer if isinstance(answer, Changed) else Changed(answer)
        with transaction() as session:
            written = None
            if leases.holds(session, key, fence):
                written = write_state(session, changed.state, read_at)
                events.settle_object(session, held.provider, held.provider_subscription_id, read_at, real_now())
                leases.give_back(session, key, fence, real_now())
            if also:
                also(session)
    if written:
        written.tell()
    else:
        sync(held.provider, held.provider_subscription_id)
    signals.publish([held.user_id])
    return changed


def intent_key(held: Subscription, verb: str, *details: object) -> str:
    """The idempotency key of a wish about a subscription as it is known now.

    The same wish before anything new was read finds the first call's result; after that it is a new wish.
    """
    digest = hashlib.sha256(repr((held.watermark, details)).encode()).hexdigest()
    return f"{verb}:{held.id}:{digest[:24]}"


@dataclass(frozen=True, slots=True)
class Written:
    """Whose subscription was written, and whether a mail about it waits."""

    user_id: str
    has_letters: bool
    has_taken_over: bool = False

    def tell(self) -> None:
        """After the commit: let the pages and the outbox know."""
        signals.publish([self.user_id])
        if self.has_letters:
            outbox.wake()
        if self.has_taken_over:
            queue.enqueue(succession.JOB)


def write_state(session: Session, state: SubscriptionState, read_at: datetime) -> Written:
    """Write what a provider said of a subscription at `read_at` (UTC), and what that means. Raises OwnerUnknown."""
    now = real_now()
    known = store.by_provider_id(session, state.provider, state.subscription_id)
    user_id = _owner(session, state, known)
    found = plans.price_rows(session, (), [state.provider_price_id] if state.provider_price_id else [])
    price = next((each for each in found if each.provider == state.provider), None)
    after = _merged(known, state, user_id, price, read_at)
    ends = after.status in ENDED and (known is None or known.status not in ENDED)
    ledger.lock_all(session, {user_id, *(seat_credits.holders(session, after.id) if ends else ())})  # before the row
    store.save(session, after)
    if ends:
        succession.end(session, after, billing_now())
    has_taken_over = succession.tie(session, after)
    store.add_customer(session, user_id, state.provider, state.customer_id, now)
    if price:
        store.lock_currency(session, state.provider, state.customer_id, price.currency)
    return Written(user_id, milestones.note(session, known, after, state), has_taken_over)


def whose(session: Session, state: SubscriptionState) -> str:
    """The user whom a subscription of the provider's belongs to. Raises OwnerUnknown."""
    return _owner(session, state, store.by_provider_id(session, state.provider, state.subscription_id))


def _merged(
    known: Subscription | None, state: SubscriptionState, user_id: str, price: PriceRow | None, read_at: datetime
) -> Subscription:
    base = known or Subscription(
        id=new_id(),
        user_id=user_id,
        provider=state.provider,
        provider_subscription_id=state.subscription_id,
        status=SubscriptionStatus.PENDING,
        created_at=state.created_at,
        updated_at=read_at,
    )
    has_resumed = base.status is SubscriptionStatus.PAUSED and state.status != SubscriptionStatus.PAUSED
    return replace(
        base,
        status=SubscriptionStatus(state.status),
        provider_customer_id=state.customer_id,
        plan_id=price.plan_id if price else base.plan_id,
        price_id=price.id if price else base.price_id,
        sales_group=price.sales_group if price else base.sales_group,
        quantity=state.quantity,
        current_period_start=state.current_period_start,
        current_period_end=state.current_period_end,
        cancel_at_period_end=state.cancel_at_period_end,
        cancels_at=state.cancels_at,
        canceled_at=state.canceled_at,
        ended_at=state.ended_at,
        trial_start=state.trial_start,
        trial_end=state.trial_end,
        paused_at=state.paused_at,
        resumes_at=None if has_resumed else base.resumes_at,
        provider_schedule_id=state.schedule_id,
        **_still_scheduled(base, state, price),
        past_due_at=_owing_since(base, state),
        action_url=_action_url(base, state),
        anchor_at=state.anchor_at,
        watermark=read_at,
        provider_metadata=state.metadata,
        updated_at=read_at,
    )


def _still_scheduled(base: Subscription, state: SubscriptionState, price: PriceRow | None) -> dict[str, Any]:
    """What is to come, until it came or its schedule was taken away at the provider."""
    has_come = price is not None and (price.id, state.quantity) == (base.scheduled_price_id, base.scheduled_quantity)
    if state.schedule_id and not has_come:
        return {}
    return {"scheduled_price_id": None, "scheduled_quantity": None, "scheduled_at": None}


def _owing_since(base: Subscription, state: SubscriptionState) -> datetime | None:
    """Since when a payment is missing: what was known first stays until it arrives."""
    if state.status not in (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID):
        return None
    return base.past_due_at or state.unpaid_since or billing_now()


def _action_url(base: Subscription, state: SubscriptionState) -> str:
    if state.status in ENDED:
        return ""
    return base.action_url if state.action_url is None else state.action_url


def _owner(session: Session, state: SubscriptionState, known: Subscription | None) -> str:
    if known:
        return known.user_id
    user_id = store.owner_of(session, state.provider, state.customer_id)
    if user_id:
        return user_id
    if state.user_id and store.user_exists(session, state.user_id):
        return state.user_id
    raise OwnerUnknown(provider=state.provider, customer=state.customer_id)


@contextmanager
def _leased(key: str) -> Iterator[int]:
    """The fence of a lease, which the block gives back with what it commits. When it fails, the next one gets in too."""
    fence = _take_lease(key)
    try:
        yield fence
    except Exception:
        with transaction() as session:
            leases.give_back(session, key, fence, real_now())
        raise


def _take_lease(key: str) -> int:
    """The lease's fence, waiting for who holds it. Raises Conflict after ten seconds."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        now = real_now()
        with transaction() as session:
            fence = leases.take(session, key, new_id(), now, now + LEASE)
        if fence is not None:
            return fence
        time.sleep(_PAUSE_SECONDS)
    raise Conflict("Somebody else is reading this subscription.")
