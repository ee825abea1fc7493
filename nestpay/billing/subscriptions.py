"""What customers do with their subscriptions: end them, take that back, pause, resume, and look at their invoices.

Every act is the same: what is wanted is stored, the provider is called under the subscription's lease, and its answer
is written by the one function that writes subscriptions.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.entitled import grace
from nestpay.billing.mirror import act, intent_key
from nestpay.domain import access
from nestpay.domain.errors import (
    ChangeWaiting,
    Conflict,
    NoSubscription,
    NotAllowed,
    NotFound,
    NotInThisState,
    NotOffered,
    ProviderTrouble,
    Refused,
    SubscriptionEnding,
)
from nestpay.domain.money import Money
from nestpay.domain.plans import FREE_PROVIDER
from nestpay.domain.subscriptions import CancelReason, Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.providers.base import Capability, PaymentProvider
from nestpay.settings import get_settings
from nestpay.store import audit
from nestpay.store import subscriptions as store
from nestpay.store.session import reading, transaction

log = structlog.get_logger(__name__)

LONGEST_COMMENT = 500
INVOICES_SHOWN = 24
_OWES = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})


@dataclass(frozen=True, slots=True)
class Agreed:
    """What became of an act: `done`, `scheduled`, or `action_required`, which `url` (the provider's page) lets happen."""

    state: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice in a list; the amount is text in the reader's language, the status the provider's word."""

    number: str
    created_at: datetime
    amount_text: str
    status: str
    url: str
    pdf_url: str


def existing(subscription_id: str) -> Subscription:
    """One subscription by its id of ours, whoever's it is. Raises NotFound."""
    with reading() as session:
        found = store.by_id(session, subscription_id)
    if found is None:
        raise NotFound
    return found


def held_by(user_id: str, sales_group: str | None = None) -> Subscription:
    """The user's own running and paid-for subscription: of a sales group when given, else of a plan's. Raises NoSubscription."""
    with reading() as session:
        running = [
            each
            for each in store.of_user(session, user_id)
            if each.is_live and each.provider != FREE_PROVIDER
            if each.sales_group == sales_group or (sales_group is None and each.is_of_plan)
        ]
    held = access.active_subscription(running, billing_now(), grace())
    if held is None:
        raise NoSubscription
    return held


def cancel(
    user_id: str,
    *,
    reason: CancelReason | str = "",
    comment: str = "",
    at_once: bool = False,
    by: str = "",
    sales_group: str | None = None,
) -> None:
    """End the user's subscription (of a sales group, when given) with its period; access goes on until then.

    Cancelling twice changes nothing. What is unpaid or paused has no paid period left to wait for and ends at once, so
    that no further payment is tried. `at_once` is for an admin, whose id is `by`. Raises NoSubscription, NotAllowed,
    Refused, ProviderTrouble.
    """
    if at_once and not by:
        raise NotAllowed
    held = held_by(user_id, sales_group)
    why = str(CancelReason(reason)) if reason else ""
    comment = comment.strip()[:LONGEST_COMMENT]
    ends_now = at_once or held.status in _OWES or held.status is SubscriptionStatus.PAUSED
    if held.cancels_at and not ends_now:
        return
    with transaction() as session:
        store.note(session, held.id, cancel_reason=why, cancel_comment=comment)
    held = free_of_schedule(held)
    key = intent_key(held, "cancel", why, comment, ends_now)
    wish = {"at_once": ends_now, "reason": why, "comment": comment, "idempotency_key": key}
    act(
        held,
        lambda provider: provider.cancel(held.provider_subscription_id, **wish),
        lambda session: _write_down(session, held, by or user_id, "cancel", reason=why, at_once=ends_now),
    )


def resume(user_id: str, *, sales_group: str | None = None) -> None:
    """Take a scheduled cancellation back. Raises NoSubscription, NotInThisState when none is scheduled, ProviderTrouble."""
    held = held_by(user_id, sales_group)
    if held.cancels_at is None:
        raise NotInThisState
    key = intent_key(held, "resume")

    def forget_reason(session: Session) -> None:
        store.note(session, held.id, cancel_reason="", cancel_comment="")
        _write_down(session, held, user_id, "resume")

    act(held, lambda provider: provider.resume(held.provider_subscription_id, idempotency_key=key), forget_reason)


def pause(user_id: str, *, resumes_at: datetime | None = None) -> None:
    """Charge the user nothing more until `unpause`, or until `resumes_at`. Raises NoSubscription, and as `pause_it`."""
    pause_it(held_by(user_id), resumes_at=resumes_at, by=user_id)


def pause_it(held: Subscription, *, resumes_at: datetime | None, by: str, ip: str = "") -> None:
    """Charge nothing more for a subscription until its pause is ended, or until `resumes_at` (UTC, in the future).

    Access lasts to the end of the period that is paid for; nothing is paid back. Raises NotOffered, NotInThisState,
    SubscriptionEnding, ChangeWaiting, Refused, ProviderTrouble.
    """
    _require(held, Capability.PAUSE)
    if held.status is not SubscriptionStatus.ACTIVE:
        raise NotInThisState
    if held.cancels_at:
        raise SubscriptionEnding
    if held.scheduled_price_id:
        raise ChangeWaiting
    if resumes_at is not None and resumes_at <= billing_now():
        raise Refused("A pause can only end in the future.")
    with transaction() as session:
        store.note(session, held.id, resumes_at=resumes_at)
    held = free_of_schedule(held)
    key = intent_key(held, "pause")
    until = resumes_at.isoformat() if resumes_at else None
    act(
        held,
        lambda provider: provider.pause(held.provider_subscription_id, idempotency_key=key),
        lambda session: _write_down(session, held, by, "pause", ip=ip, resumes_at=until),
    )


def unpause(user_id: str) -> Agreed:
    """Let the user's paused subscription run again. Raises NoSubscription, and as `unpause_it`."""
    return unpause_it(held_by(user_id), by=user_id)


def unpause_due() -> int:
    """Let every subscription run again whose pause was to end by now. Returns how many were tried."""
    with reading() as session:
        due = store.due_to_resume(session, billing_now())
    for held in due:
        try:
            unpause_it(held, by=held.user_id)
        except (ProviderTrouble, Conflict) as trouble:
            log.warning("subscription.unpause_failed", subscription_id=held.id, error=str(trouble))
    return len(due)


def unpause_it(held: Subscription, *, by: str, ip: str = "") -> Agreed:
    """Let a paused subscription run again.

    Inside the period that is paid for nothing is charged; later a new period begins and is charged now. Raises
    NotInThisState, ProviderTrouble.
    """
    if held.status is not SubscriptionStatus.PAUSED:
        raise NotInThisState
    is_own_wish = held.paused_at is not None  # a pause for want of a payment has no paid period left
    is_paid_for = is_own_wish and held.current_period_end is not None and billing_now() < held.current_period_end
    key = intent_key(held, "unpause", is_paid_for)

    def note_it(session: Session) -> None:
        store.note(session, held.id, resumes_at=None)
        _write_down(session, held, by, "unpause", ip=ip)

    changed = act(
        held,
        lambda provider: provider.unpause(held.provider_subscription_id, is_paid_for=is_paid_for, idempotency_key=key),
        note_it,
    )
    return Agreed("action_required", changed.url) if changed.is_pending else Agreed("done")


def portal_url(user_id: str, return_path: str, *, locale: str = "en") -> str:
    """The provider's own page for this customer, leading back to `return_path` (one of our pages).

    Raises NotFound (never paid), NotOffered, Refused (a path that is not ours), ProviderTrouble.
    """
    provider, customer_id = _customer(user_id)
    return provider.create_portal(customer_id, return_url=_our_page(return_path), locale=locale)


def card_update_url(user_id: str, return_path: str, *, locale: str = "en") -> str:
    """The provider's form for another card. Raises as `portal_url` does."""
    provider, customer_id = _customer(user_id)
    return provider.update_card(customer_id, return_url=_our_page(return_path), locale=locale)


def invoices(user_id: str, locale: str = "en") -> tuple[InvoiceRow, ...]:
    """The newest invoices as the provider has them, none for somebody who never paid. Raises ProviderTrouble."""
    try:
        provider, customer_id = _customer(user_id)
    except (NotFound, NotOffered):
        return ()
    return tuple(
        InvoiceRow(
            number=each.number,
            created_at=each.created_at,
            amount_text=Money(each.amount, each.currency).full_text(locale),
            status=each.status,
            url=each.url,
            pdf_url=each.pdf_url,
        )
        for each in provider.list_invoices(customer_id, limit=INVOICES_SHOWN)
    )


def _customer(user_id: str) -> tuple[PaymentProvider, str]:
    """Where the user is a customer: at their subscription's provider, else at the first that knows them."""
    try:
        names: tuple[str, ...] = (held_by(user_id).provider,)
    except NoSubscription:
        names = registry.names()
    with reading() as session:
        for name in names:
            customer = store.customer_of(session, user_id, name)
            if customer and name in registry.names():
                break
        else:
            raise NotFound
    provider = registry.get(name)
    if Capability.PORTAL not in provider.capabilities:
        raise NotOffered
    return provider, customer[0]


def _our_page(path: str) -> str:
    if not path.startswith("/") or path.startswith(("//", "/\\")):
        raise Refused("That is none of our pages.")
    return f"{get_settings().site_url}{path}"


def _require(held: Subscription, capability: Capability) -> None:
    if capability not in registry.get(held.provider).capabilities:
        raise NotOffered


def free_of_schedule(held: Subscription) -> Subscription:
    """What is scheduled would decide about the end as well: take it away first."""
    schedule_id = held.provider_schedule_id
    if schedule_id is None:
        return held
    key = f"unschedule:{held.id}:{schedule_id}"
    act(
        held,
        lambda provider: provider.unschedule(held.provider_subscription_id, schedule_id, idempotency_key=key),
    )
    return held_by(held.user_id, held.sales_group)


def _write_down(session: Session, held: Subscription, actor_id: str, verb: str, *, ip: str = "", **after: Any) -> None:
    action, subject = f"subscription.{verb}", f"subscription:{held.id}"
    audit.append(session, actor_id=actor_id, action=action, subject=subject, at=real_now(), after=after, ip=ip)
