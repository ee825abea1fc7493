"""Trials, once a person: by account and mailbox before checkout, by card as soon as the card is known."""

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from nestpay import queue, signals
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.mirror import act
from nestpay.domain import emails
from nestpay.domain.errors import Conflict, ProviderTrouble
from nestpay.domain.letters import Letter
from nestpay.domain.orders import Order
from nestpay.domain.plans import PriceRow
from nestpay.domain.subscriptions import Subscription
from nestpay.providers import registry
from nestpay.store import emails as mails
from nestpay.store import plans, users
from nestpay.store import trials as store
from nestpay.store.session import reading, transaction
from nestpay.store.tables import TrialClaimRow, UserRow

log = structlog.get_logger(__name__)

NOTICE = timedelta(days=1)
"""How long somebody who may not have a trial is told before it ends and is charged."""

_SHORTEST_NOTICE = timedelta(minutes=1)
_SET = 50


def may_try(user_id: str, price: PriceRow) -> bool:
    """Whether a checkout of this price would begin with a trial for this user."""
    if not price.trial_days:
        return False
    with reading() as session:
        user = users.by_id(session, user_id)
        return user is not None and not store.has_had_one(session, user_id, emails.fingerprint(user.email))


def claim(session: Session, user: UserRow, price: PriceRow, order: Order, *, is_new: bool, now: datetime) -> int:
    """The days of trial that this order's checkout gives, claimed in the transaction that stores the order.

    An order keeps what it was given, so that a second click opens the same page. 0 for who had a trial before.
    """
    if not price.trial_days:
        return 0
    if not is_new:
        return price.trial_days if store.of_order(session, order.id) else 0
    mailbox = emails.fingerprint(user.email)
    store.serialise(session, mailbox, now)
    if store.has_had_one(session, user.id, mailbox):
        return 0
    row = TrialClaimRow(user_id=user.id, mailbox=mailbox, provider=order.provider, order_id=order.id, created_at=now)
    store.add(session, row)
    return price.trial_days


def check_cards() -> int:
    """Look at the cards of new trials, and end those that may not be. Returns how many were looked at."""
    with reading() as session:
        fresh = store.unchecked(session, _SET)
    for claim_id, held in fresh:
        try:
            fingerprint = registry.get(held.provider).card_fingerprint(held.provider_subscription_id)
        except ProviderTrouble as trouble:
            log.warning("trial.card_unknown", claim_id=claim_id, error=str(trouble))
            continue
        card_seen(claim_id, held, fingerprint)
    with reading() as session:
        unwanted = store.to_end(session, _SET)
    for claim_id, held in unwanted:
        _end(claim_id, held)
    return len(fresh)


def card_seen(claim_id: str, held: Subscription, fingerprint: str | None) -> bool:
    """Note which card will pay a trial. Returns False when another trial had it already.

    Then the customer is told, and the trial is to end after a day's notice, at which the first payment is taken.
    """
    now = real_now()
    with transaction() as session:
        store.serialise(session, fingerprint or claim_id, now)
        known = store.by_id(session, claim_id)
        if known is None or known.checked_at is not None:
            return known is None or not known.is_refused
        is_refused = bool(fingerprint) and store.card_was_used(session, claim_id, fingerprint or "")
        ends_at = min(billing_now() + NOTICE, held.trial_end or billing_now()) if is_refused else None
        store.note(
            session,
            claim_id,
            card_fingerprint=fingerprint,
            provider_subscription_id=held.provider_subscription_id,
            is_refused=is_refused,
            checked_at=now,
            ends_at=ends_at,
        )
        if ends_at:
            _tell(session, claim_id, held, ends_at, now)
    if ends_at:
        queue.enqueue("outbox")
        signals.publish([held.user_id])
    return not is_refused


def _end(claim_id: str, held: Subscription) -> None:
    """Let the provider end the trial at the promised instant, or as soon as it can when that is over."""
    with reading() as session:
        known = store.by_id(session, claim_id)
    if known is None or known.ends_at is None:
        return
    ends_at = max(known.ends_at, (billing_now() + _SHORTEST_NOTICE).replace(second=0, microsecond=0))
    key = f"trial:{claim_id}:{ends_at:%Y%m%dT%H%M%S}"
    try:
        act(
            held,
            lambda provider: provider.set_trial_end(held.provider_subscription_id, ends_at, idempotency_key=key),
        )
    except (ProviderTrouble, Conflict) as trouble:
        log.warning("trial.not_ended", claim_id=claim_id, error=str(trouble))
        return
    with transaction() as session:
        store.note(session, claim_id, ends_at=None)


def _tell(session: Session, claim_id: str, held: Subscription, ends_at: datetime, now: datetime) -> None:
    user = users.by_id(session, held.user_id)
    price = next(iter(plans.price_rows(session, [held.price_id or ""])), None)
    if user is None or price is None:
        return
    letter = Letter(
        dedupe_key=f"trial_refused:{claim_id}",
        recipient=user.email,
        user_id=user.id,
        template="trial_refused",
        locale=user.locale,
        context={
            "name": user.name,
            "plan": price.title_in(user.locale),
            "currency": price.currency,
            "amount": price.amount_minor * held.quantity,
            "interval": str(price.interval),
            "trial_end": ends_at.isoformat(),
        },
    )
    mails.enqueue(session, [letter], now)
