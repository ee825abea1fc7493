"""Deleting an account: what runs ends first, then everything personal goes, and the money rows stay, nobody's."""

from dataclasses import replace
from datetime import datetime

import structlog
from sqlmodel import Session

from nestpay import signals
from nestpay.billing import account_acts, accounts, allowance, passwords, subscription_acts, throttle
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain.errors import NotYourself, ProviderMissing, ProviderRefused, WrongCredentials
from nestpay.domain.orders import OrderStatus
from nestpay.domain.plans import FREE_PROVIDER
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.providers import registry
from nestpay.store import erasure, ledger, orders, subscriptions, traces, user_search
from nestpay.store.session import reading, transaction

log = structlog.get_logger(__name__)

_EVERY_ORDER = 100_000


def delete_own_account(user_id: str, password: str, *, ip: str = "") -> None:
    """Delete one's own account, on its password. Subscriptions end at once and nothing is paid back.

    Raises WrongCredentials, RateLimited, NotFound, LastAdmin, and ProviderTrouble when a subscription could not be
    ended: then nothing is deleted.
    """
    throttle.check("password_change", user_id)
    with reading() as session:
        stored = account_acts.existing(session, user_id).password_hash
    if not passwords.fits(password, stored)[0]:
        raise WrongCredentials
    _delete(user_id, by=user_id, ip=ip)


def delete_account(user_id: str, *, by: str, ip: str = "") -> None:
    """Delete somebody's account for them. Raises NotFound, NotYourself, LastAdmin, ProviderTrouble as for one's own."""
    if user_id == by:
        raise NotYourself
    _delete(user_id, by=by, ip=ip)


def _delete(user_id: str, *, by: str, ip: str) -> None:
    with reading() as session:
        account_acts.existing(session, user_id)
        account_acts.refuse_last(user_search.admins(session), user_id)
        held = [each for each in subscriptions.of_user(session, user_id) if each.is_live]
    paid = [each for each in held if each.provider != FREE_PROVIDER]
    for subscription in paid:
        subscription_acts.cancel(subscription.id, "now", by=by, ip=ip)
    _close_payment_pages(user_id)
    now = real_now()
    with transaction() as session:
        admins = user_search.lock_admins(session)
        ledger.lock(session, user_id)
        user = account_acts.existing(session, user_id)
        account_acts.refuse_last(admins, user_id)
        before, names = {"role": user.role}, {user.email}
        names |= {row.provider_customer_id for row in traces.customers_of(session, user_id)}
        for subscription in held:
            if subscription.provider == FREE_PROVIDER:
                _end_free_plan(session, subscription)
        object_ids = traces.objects_of(session, user_id, _EVERY_ORDER)
        erasure.erase(session, user, object_ids, now)
        after = {"subscriptions_ended": len(paid)}
        account_acts.write_down(session, user_id, "account.delete", by, ip, before, after)
    with transaction() as session:
        erasure.empty_payloads_naming(session, names)
    accounts.tell_of_change(user_id)
    signals.publish([user_id])


def _end_free_plan(session: Session, subscription: Subscription) -> None:
    now = billing_now()
    ended = replace(subscription, status=SubscriptionStatus.CANCELED, ended_at=now, updated_at=now)
    subscriptions.save(session, ended)
    allowance.end(session, ended, now)


def _close_payment_pages(user_id: str) -> None:
    """A page that stays open could still be paid. One that cannot be closed is over, or its provider is away: it ends
    by itself within a day."""
    with reading() as session:
        waiting = orders.pending_of(session, user_id, _long_ago())
    for order in waiting:
        if order.provider_session_id and order.provider in registry.names():
            try:
                registry.get(order.provider).expire_checkout(order.provider_session_id)
            except (ProviderRefused, ProviderMissing) as refusal:
                log.info("farewell.page_not_closed", order_id=order.id, reason=str(refusal))
        with transaction() as session:
            orders.end_pending(session, order.id, OrderStatus.CANCELED, real_now())


def _long_ago() -> datetime:
    return datetime.fromtimestamp(0, real_now().tzinfo)
