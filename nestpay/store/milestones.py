"""The steps of a subscription's life: only ever added, each beginning where the last one ended."""

from datetime import datetime

from sqlmodel import Session, col, select

from nestpay.domain.metrics import Standing
from nestpay.domain.subscriptions import Subscription
from nestpay.store.tables import SubscriptionChangeRow


def last_standing(session: Session, subscription_id: str) -> Standing:
    """Where the last step left a subscription; nowhere before the first."""
    query = select(SubscriptionChangeRow).where(SubscriptionChangeRow.subscription_id == subscription_id)
    row = session.exec(query.order_by(col(SubscriptionChangeRow.id).desc()).limit(1)).first()
    if row is None:
        return Standing()
    return Standing(
        status=row.status_after,
        plan_id=row.plan_id_after,
        price_id=row.price_id_after,
        quantity=row.quantity_after,
        mrr_minor=row.mrr_minor_after,
        currency=row.currency,
    )


def add(
    session: Session,
    subscription: Subscription,
    before: Standing,
    after: Standing,
    *,
    at: datetime,
    reason: str,
    note: str = "",
) -> str:
    """Write one step down. Returns its id."""
    row = SubscriptionChangeRow(
        subscription_id=subscription.id,
        user_id=subscription.user_id,
        at=at,
        reason=reason,
        note=note,
        currency=after.currency or before.currency,
        status_before=before.status,
        status_after=after.status,
        plan_id_before=before.plan_id,
        plan_id_after=after.plan_id,
        price_id_before=before.price_id,
        price_id_after=after.price_id,
        quantity_before=before.quantity,
        quantity_after=after.quantity,
        mrr_minor_before=before.mrr_minor,
        mrr_minor_after=after.mrr_minor,
    )
    session.add(row)
    session.flush()
    return row.id
