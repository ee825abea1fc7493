"""Notices when the provider's catalogue drifts from ours: such a price is marked, audited and no longer sold."""

import structlog

from nestpay.billing.clock import real_now
from nestpay.domain.drift import Copy, Drift, drift
from nestpay.domain.errors import NotFound, ProviderMissing
from nestpay.domain.periods import Interval
from nestpay.providers import registry
from nestpay.store import audit, plans
from nestpay.store.session import reading, transaction
from nestpay.store.tables import PriceRecord

JOB = "catalogue_drift"
_SET = 20

log = structlog.get_logger(__name__)


def check_asked(limit: int = _SET) -> int:
    """Compare the prices that an event asked about with the provider's. Returns how many were compared.

    Raises ProviderTrouble; what was not compared stays asked for.
    """
    with reading() as session:
        asked = plans.prices_to_check(session, limit)
    for price in asked:
        _note(price, _state_of(price))
    return len(asked)


def check_all() -> int:
    """Compare every price that the provider knows. Returns how many differ. Raises ProviderTrouble."""
    with reading() as session:
        known = plans.prices_at_providers(session)
    states = {price.id: _state_of(price) for price in known}
    for price in known:
        _note(price, states[price.id])
    return sum(state is not Drift.NONE for state in states.values())


def _state_of(price: PriceRecord) -> Drift:
    """What differs now, asked outside any transaction."""
    try:
        provider = registry.get(price.provider)
    except NotFound:
        return Drift(price.provider_state)
    ours = Copy(price.currency, price.amount_minor, Interval(price.interval))
    try:
        found = provider.verify_price(price.provider_price_id or "")
    except ProviderMissing:
        return drift(ours, None)
    theirs = Copy(found.currency, found.amount_minor, found.interval)
    has_coupon = not price.coupon_id or provider.verify_coupon(price.coupon_id)
    return drift(ours, theirs, is_active=found.active, has_coupon=has_coupon)


def _note(price: PriceRecord, state: Drift) -> None:
    now = real_now()
    with transaction() as session:
        if not plans.note_provider_state(session, price, state, now):
            return
        plans.raise_catalogue_version(session)
        audit.append(
            session,
            at=now,
            actor_id=price.provider,
            action="price.drift",
            subject=f"price:{price.id}",
            before={"provider_state": price.provider_state},
            after={"provider_state": str(state)},
        )
    log.warning("catalogue.drift", price=price.id, before=price.provider_state, after=str(state))
