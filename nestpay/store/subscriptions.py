"""Subscriptions and the customer map: who is whose customer, and what runs."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlmodel import Session, SQLModel

from nestpay.domain.plans import FREE_PROVIDER
from nestpay.domain.subscriptions import ENDED, LIVE, Subscription, SubscriptionStatus
from nestpay.store import outgoing
from nestpay.store.changes import customers, subscription_from, subscriptions
from nestpay.store.columns import new_id
from nestpay.store.ledger import insert_for
from nestpay.store.tables import CreditGrantRow, SeatRow, UserRow

users = SQLModel.metadata.tables[UserRow.__tablename__]
lots = SQLModel.metadata.tables[CreditGrantRow.__tablename__]
seats = SQLModel.metadata.tables[SeatRow.__tablename__]


def _with_seat() -> Any:
    holder = bindparam("user_id")
    own = select(seats.c.subscription_id).where(seats.c.user_id == holder)
    in_turn = func.row_number().over(partition_by=seats.c.subscription_id, order_by=(seats.c.accepted_at, seats.c.id))
    taken = (
        select(seats.c.subscription_id, seats.c.user_id, in_turn.label("rank"))
        .where(seats.c.status == "active", seats.c.subscription_id.in_(own))
        .subquery()
    )
    holds = (taken.c.user_id == holder) & (taken.c.rank < subscriptions.c.quantity)
    found = select(subscriptions).join(taken, taken.c.subscription_id == subscriptions.c.id).where(holds)
    return found.order_by(subscriptions.c.id)


# Built once: they run whenever somebody asks what they may do.
OF_USER = (
    select(subscriptions).where(subscriptions.c.user_id == bindparam("user_id")).order_by(subscriptions.c.id.desc())
)
WITH_SEAT = _with_seat()


def of_user(session: Session, user_id: str) -> list[Subscription]:
    """All subscriptions of a user, ended ones too, the newest first."""
    return [subscription_from(row) for row in session.execute(OF_USER, {"user_id": user_id}).mappings()]


def with_seat_of(session: Session, user_id: str) -> list[Subscription]:
    """The subscriptions of others in which this user holds a seat.

    Only as many seats count as are paid for beside the owner's: when they became fewer, the newest holders rest.
    """
    return [subscription_from(row) for row in session.execute(WITH_SEAT, {"user_id": user_id}).mappings()]


def by_provider_id(session: Session, provider: str, subscription_id: str) -> Subscription | None:
    """The subscription with this id at the provider, locked."""
    query = select(subscriptions).where(
        subscriptions.c.provider == provider, subscriptions.c.provider_subscription_id == subscription_id
    )
    row = session.execute(query.with_for_update()).mappings().first()
    return subscription_from(row) if row else None


def save(session: Session, subscription: Subscription) -> None:
    """Write a subscription as it now is, new or not."""
    if outgoing.is_heard():
        before = by_provider_id(session, subscription.provider, subscription.provider_subscription_id)
        outgoing.subscriptions_changed(session, [(before, subscription)], subscription.updated_at)
    values = asdict(subscription)
    changed = {name: value for name, value in values.items() if name not in ("id", "created_at")}
    statement = insert_for(session, subscriptions).values(values)
    session.execute(
        statement.on_conflict_do_update(index_elements=["provider", "provider_subscription_id"], set_=changed)
    )


def note(session: Session, subscription_id: str, **columns: object) -> None:
    """Set columns of one subscription that its provider does not decide, such as why its customer leaves."""
    session.execute(update(subscriptions).where(subscriptions.c.id == subscription_id).values(**columns))


def due_to_resume(session: Session, now: datetime) -> list[Subscription]:
    """Paused subscriptions whose pause was to end by now."""
    query = select(subscriptions).where(
        subscriptions.c.status == SubscriptionStatus.PAUSED, subscriptions.c.resumes_at <= now
    )
    return [subscription_from(row) for row in session.execute(query.order_by(subscriptions.c.id)).mappings()]


def taken_over(session: Session) -> list[Subscription]:
    """Running subscriptions that have a successor and are not set to end yet."""
    query = select(subscriptions).where(
        subscriptions.c.successor_id.is_not(None),
        subscriptions.c.status.in_(LIVE),
        subscriptions.c.cancels_at.is_(None),
    )
    return [subscription_from(row) for row in session.execute(query.order_by(subscriptions.c.id)).mappings()]


def by_id(session: Session, subscription_id: str) -> Subscription | None:
    """The subscription with this id of ours."""
    row = session.execute(select(subscriptions).where(subscriptions.c.id == subscription_id)).mappings().first()
    return subscription_from(row) if row else None


def hand_over(session: Session, subscription_id: str, successor_id: str) -> None:
    """Seats and what is left of the credits belong to the successor from now on."""
    for table in (seats, lots):
        session.execute(
            update(table).where(table.c.subscription_id == subscription_id).values(subscription_id=successor_id)
        )


def customer_of(session: Session, user_id: str, provider: str) -> tuple[str, str] | None:
    """The provider's id and the locked currency ("" when none) of a user's live customer."""
    query = select(customers.c.provider_customer_id, customers.c.currency).where(
        customers.c.user_id == user_id, customers.c.provider == provider, customers.c.retired_at.is_(None)
    )
    row = session.execute(query).first()
    return (row[0], row[1]) if row else None


def owner_of(session: Session, provider: str, customer_id: str) -> str | None:
    """The user of a provider's customer, retired ones too."""
    query = select(customers.c.user_id).where(
        customers.c.provider == provider, customers.c.provider_customer_id == customer_id
    )
    return session.execute(query).scalar()


def add_customer(session: Session, user_id: str, provider: str, customer_id: str, now: datetime) -> None:
    """Remember a user's customer at a provider; one that is known stays."""
    statement = insert_for(session, customers).values(
        id=new_id(), user_id=user_id, provider=provider, provider_customer_id=customer_id, currency="", created_at=now
    )
    session.execute(statement.on_conflict_do_nothing())


def lock_currency(session: Session, provider: str, customer_id: str, currency: str) -> None:
    """A provider bills a customer's subscriptions in one currency: remember it."""
    session.execute(
        update(customers)
        .where(customers.c.provider == provider, customers.c.provider_customer_id == customer_id)
        .values(currency=currency)
    )


def retire_customer(session: Session, user_id: str, provider: str, now: datetime) -> None:
    """The provider no longer knows the user's customer: make room for a new one, and keep the old for late refunds."""
    session.execute(
        update(customers)
        .where(customers.c.user_id == user_id, customers.c.provider == provider, customers.c.retired_at.is_(None))
        .values(retired_at=now)
    )


def user_exists(session: Session, user_id: str) -> bool:
    """Whether there is such a user."""
    return session.execute(select(users.c.id).where(users.c.id == user_id)).first() is not None


def live_in_group(found: Sequence[Subscription], sales_group: str) -> Subscription | None:
    """The live subscription of a sales group that somebody pays for, if any.

    One for a price that we do not know may be of any group, so it counts as one of each.
    """
    live = [each for each in found if each.is_live and each.provider != FREE_PROVIDER]
    known = next((each for each in live if each.sales_group == sales_group and each.price_id), None)
    return known or next((each for each in live if each.price_id is None), None)


def live_customers(session: Session, provider: str, *, user_id: str | None = None) -> list[str]:
    """The provider's ids of all customers that are not retired, or of one user's."""
    query = select(customers.c.provider_customer_id).where(
        customers.c.provider == provider, customers.c.retired_at.is_(None)
    )
    if user_id is not None:
        query = query.where(customers.c.user_id == user_id)
    return list(session.scalars(query.order_by(customers.c.id)))


def not_ended(session: Session, provider: str, *, user_id: str | None = None) -> list[Subscription]:
    """All subscriptions at a provider that have not ended, or one user's."""
    query = select(subscriptions).where(subscriptions.c.provider == provider, subscriptions.c.status.not_in(ENDED))
    if user_id is not None:
        query = query.where(subscriptions.c.user_id == user_id)
    return [subscription_from(row) for row in session.execute(query).mappings()]
