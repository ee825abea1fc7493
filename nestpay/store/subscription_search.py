"""Subscriptions of everybody as the admin's desk looks for them, and the steps of one's life."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlmodel import Session, SQLModel, col

from nestpay.domain.subscriptions import Subscription
from nestpay.store import keyset
from nestpay.store.changes import subscription_from, subscriptions
from nestpay.store.keyset import Place
from nestpay.store.tables import PlanRow, SubscriptionChangeRow, UserRow

_tables = SQLModel.metadata.tables
_users, _plans = _tables[UserRow.__tablename__], _tables[PlanRow.__tablename__]
Sort = Literal["newest", "oldest"]
KEY_COLUMNS = (subscriptions.c.created_at, subscriptions.c.id)


@dataclass(frozen=True, slots=True)
class SubscriptionFilter:
    """Which subscriptions are wanted; what is None or "" does not matter."""

    ids: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    provider: str = ""
    status: str = ""
    plan_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A subscription with whose it is and to what."""

    subscription: Subscription
    email: str
    plan_title: str


def page(session: Session, wanted: SubscriptionFilter, sort: Sort, place: Place | None, limit: int) -> Sequence[Found]:
    """Up to `limit` subscriptions at a place of the list."""
    query = _matching(select(subscriptions), wanted)
    is_narrow = (wanted.ids, wanted.user_ids) != (None, None)
    is_descending = sort == "newest"
    rows = keyset.rows_at(
        session, query, KEY_COLUMNS, place=place, limit=limit, descending=is_descending, is_narrow=is_narrow
    )
    found = [subscription_from(row) for row in rows]
    owners, held = {each.user_id for each in found}, {each.plan_id for each in found if each.plan_id}
    emails = dict(session.execute(select(_users.c.id, _users.c.email).where(_users.c.id.in_(owners))).tuples().all())
    titles = dict(session.execute(select(_plans.c.id, _plans.c.title).where(_plans.c.id.in_(held))).tuples().all())
    return [Found(each, emails.get(each.user_id, ""), titles.get(each.plan_id or "", "")) for each in found]


def count_by_status(session: Session, wanted: SubscriptionFilter) -> dict[str, int]:
    """How many of the wanted subscriptions there are of each status."""
    query = _matching(select(subscriptions.c.status, func.count()), wanted).group_by(subscriptions.c.status)
    return dict(session.execute(query).tuples().all())


def steps_of(session: Session, subscription_id: str, limit: int) -> Sequence[SubscriptionChangeRow]:
    """The newest steps of a subscription's life, the newest first."""
    query = select(SubscriptionChangeRow).where(col(SubscriptionChangeRow.subscription_id) == subscription_id)
    ordered = query.order_by(col(SubscriptionChangeRow.at).desc(), col(SubscriptionChangeRow.id).desc())
    return session.scalars(ordered.limit(limit)).all()


def _matching(query: Select[Any], wanted: SubscriptionFilter) -> Select[Any]:
    for column, ids in ((subscriptions.c.id, wanted.ids), (subscriptions.c.user_id, wanted.user_ids)):
        if ids is not None:
            query = query.where(column == ids[0] if len(ids) == 1 else column.in_(ids))
    for name in ("provider", "status", "plan_id"):
        value = getattr(wanted, name)
        if value:
            query = query.where(subscriptions.c[name] == value)
    return query
