"""What an admin does with somebody's subscription: end, pause or change it, take that back, extend its trial, read it anew.

Every act names one subscription by its id and the admin who does it, and leaves a line in the audit log.
"""

from datetime import datetime, timedelta
from typing import Any, Literal

from sqlmodel import Session

from nestpay.billing import change_options, changes
from nestpay.billing.change_options import ChangeOption
from nestpay.billing.changes import QuoteView, Timing
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.mirror import act, intent_key
from nestpay.billing.mirror import sync as read_anew
from nestpay.billing.subscriptions import Agreed, existing, free_of_schedule, held_by, pause_it, unpause_it
from nestpay.domain.errors import NotInThisState, SubscriptionEnding, TrialEndOutOfReach
from nestpay.domain.plans import FREE_PROVIDER
from nestpay.domain.subscriptions import CancelReason, Subscription, SubscriptionStatus
from nestpay.store import audit
from nestpay.store import subscriptions as store
from nestpay.store.session import transaction

When = Literal["now", "period_end"]
LONGEST_TRIAL = timedelta(days=730)
"""From now on: what providers allow."""

_OWES = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.PAUSED})


def running(subscription_id: str) -> Subscription:
    """The subscription, when it runs and somebody pays for it. Raises NotFound, NotInThisState."""
    held = existing(subscription_id)
    if not held.is_live or held.provider == FREE_PROVIDER:
        raise NotInThisState
    return held


def cancel(
    subscription_id: str, when: When, *, by: str, ip: str = "", reason: str = "", comment: str = ""
) -> Subscription:
    """End it now or with its period. What is unpaid or paused has no paid period to wait for and ends now.

    `reason` is a CancelReason or "". Returns it as it is then. Raises NotFound, NotInThisState, Refused,
    ProviderTrouble.
    """
    held = running(subscription_id)
    ends_now = when == "now" or held.status in _OWES
    if held.cancels_at and not ends_now:
        return held
    why = str(CancelReason(reason)) if reason else ""
    if held.provider_schedule_id:
        free_of_schedule(held)
        held = running(subscription_id)
    key = intent_key(held, "cancel", why, comment, ends_now)
    wish = {"at_once": ends_now, "reason": why, "comment": comment, "idempotency_key": key}

    def note(session: Session) -> None:
        store.note(session, held.id, cancel_reason=why, cancel_comment=comment)
        _write_down(session, held, "cancel", by, ip, when="now" if ends_now else "period_end", reason=why)

    act(held, lambda provider: provider.cancel(held.provider_subscription_id, **wish), note)
    return existing(subscription_id)


def resume(subscription_id: str, *, by: str, ip: str = "") -> Subscription:
    """Take a scheduled end back. Raises NotFound, ProviderTrouble, and NotInThisState when none is scheduled.

    One that another company's takes over ends in any case: else both would be paid.
    """
    held = running(subscription_id)
    if held.cancels_at is None or held.successor_id:
        raise NotInThisState
    key = intent_key(held, "resume")

    def note(session: Session) -> None:
        store.note(session, held.id, cancel_reason="", cancel_comment="")
        _write_down(session, held, "resume", by, ip)

    act(held, lambda provider: provider.resume(held.provider_subscription_id, idempotency_key=key), note)
    return existing(subscription_id)


def pause(subscription_id: str, *, resumes_at: datetime | None = None, by: str, ip: str = "") -> Subscription:
    """Charge nothing more until `unpause`, or until `resumes_at` (UTC). Raises NotFound, and as `subscriptions.pause_it`."""
    pause_it(running(subscription_id), resumes_at=resumes_at, by=by, ip=ip)
    return existing(subscription_id)


def unpause(subscription_id: str, *, by: str, ip: str = "") -> Agreed:
    """Let it run again; what that charges `subscriptions.unpause_it` says. Raises NotFound, NotInThisState, ProviderTrouble."""
    return unpause_it(running(subscription_id), by=by, ip=ip)


def unschedule(subscription_id: str, *, by: str, ip: str = "") -> Subscription:
    """Take a scheduled change back. Raises NotFound, NotInThisState when none is scheduled, ProviderTrouble."""
    held = running(subscription_id)
    if held.provider_schedule_id is None:
        raise NotInThisState
    free_of_schedule(held)
    with transaction() as session:
        _write_down(session, held, "unschedule", by, ip, scheduled_price_id=None)
    return existing(subscription_id)


def extend_trial(subscription_id: str, ends_at: datetime, *, by: str, ip: str = "") -> Subscription:
    """Let a running trial end at `ends_at` (UTC), later or sooner than it would; the first payment is taken then.

    Raises NotFound, NotInThisState without a trial, SubscriptionEnding, TrialEndOutOfReach (past, or more than two
    years away), ProviderTrouble.
    """
    held = running(subscription_id)
    if held.status is not SubscriptionStatus.TRIALING:
        raise NotInThisState
    if held.cancels_at:
        raise SubscriptionEnding
    now = billing_now()
    if not now < ends_at <= now + LONGEST_TRIAL:
        raise TrialEndOutOfReach
    key = intent_key(held, "trial", ends_at.isoformat())
    act(
        held,
        lambda provider: provider.set_trial_end(held.provider_subscription_id, ends_at, idempotency_key=key),
        lambda session: _write_down(session, held, "extend_trial", by, ip, trial_end=ends_at.isoformat()),
    )
    return existing(subscription_id)


def sync(subscription_id: str, *, by: str, ip: str = "") -> Subscription:
    """Read it from its provider now. Raises NotFound, NotInThisState for the free plan's own, ProviderTrouble."""
    held = existing(subscription_id)
    if held.provider == FREE_PROVIDER:
        raise NotInThisState
    read_anew(held.provider, held.provider_subscription_id)
    after = existing(subscription_id)
    with transaction() as session:
        _write_down(session, held, "sync", by, ip, status=str(after.status), price_id=after.price_id)
    return after


def options(subscription_id: str, locale: str = "en") -> tuple[ChangeOption, ...]:
    """What it may be changed to. Raises NotFound, NoSubscription, and NotInThisState for one that no plan goes by."""
    return change_options.options(_of_plan(subscription_id).user_id, locale)


def quote(
    subscription_id: str, price_id: str, *, quantity: int | None, timing: Timing | None, by: str, locale: str = "en"
) -> QuoteView:
    """What a change would cost, with an admin's rights: stepping down now is allowed. Raises as `changes.quote`."""
    held = _of_plan(subscription_id)
    return changes.quote(held.user_id, price_id, quantity=quantity, timing=timing, locale=locale, by=by)


def agree(subscription_id: str, quote_id: str, *, by: str, ip: str = "") -> Agreed:
    """Carry a quote out in the customer's place. Raises NotFound, StaleQuote, ChangeWaiting, ProviderTrouble."""
    held = _of_plan(subscription_id)
    agreed = changes.agree(held.user_id, quote_id)
    after = existing(subscription_id)
    changed = {"price_id": after.price_id, "quantity": after.quantity, "scheduled_price_id": after.scheduled_price_id}
    with transaction() as session:
        _write_down(session, held, "change", by, ip, state=agreed.state, quote=quote_id, **changed)
    return agreed


def _of_plan(subscription_id: str) -> Subscription:
    """The subscription, when it is the one that a change of its owner's plan would change."""
    held = running(subscription_id)
    if held_by(held.user_id).id != held.id:
        raise NotInThisState
    return held


def _write_down(session: Session, held: Subscription, verb: str, by: str, ip: str, **after: Any) -> None:
    before = {
        "status": str(held.status),
        "price_id": held.price_id,
        "quantity": held.quantity,
        "cancels_at": held.cancels_at.isoformat() if held.cancels_at else None,
        "trial_end": held.trial_end.isoformat() if held.trial_end else None,
        "scheduled_price_id": held.scheduled_price_id,
    }
    audit.append(
        session,
        actor_id=by,
        action=f"subscription.{verb}",
        subject=f"subscription:{held.id}",
        at=real_now(),
        before=before,
        after=after,
        ip=ip,
    )
