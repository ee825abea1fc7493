"""What somebody holds that may open something, read in one round trip: subscriptions, seats, purchases."""

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlmodel import Session

from nestpay.domain.subscriptions import Subscription
from nestpay.store.changes import subscription_from
from nestpay.store.orders import BOUGHT
from nestpay.store.reads import Read, rows_of
from nestpay.store.subscriptions import OF_USER, WITH_SEAT, users

_USER = select(users.c.id).where(users.c.id == bindparam("user_id"))


@dataclass(frozen=True, slots=True)
class Held:
    """A user's own subscriptions, those of others in which they have a seat, and the prices they paid for once."""

    is_known: bool
    own: tuple[Subscription, ...]
    seated: tuple[Subscription, ...]
    bought: frozenset[str]

    @property
    def subscriptions(self) -> tuple[Subscription, ...]:
        return (*self.own, *self.seated)


def held_by(session: Session, user_id: str) -> Held:
    """All that a user holds, ended subscriptions too; nothing for somebody who is not there."""
    whose = {"user_id": user_id}
    user, own, seated, bought = rows_of(session, [Read(each, whose) for each in (_USER, OF_USER, WITH_SEAT, BOUGHT)])
    return Held(
        is_known=bool(user),
        own=tuple(subscription_from(row) for row in own),
        seated=tuple(subscription_from(row) for row in seated),
        bought=frozenset(row["price_id"] for row in bought),
    )
