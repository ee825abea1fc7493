"""Wishes to buy credits automatically, one row a user."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlmodel import Session, SQLModel

from nestpay.store.ledger import insert_for, usage
from nestpay.store.tables import TopUpRow

wishes = SQLModel.metadata.tables[TopUpRow.__tablename__]


@dataclass(frozen=True, slots=True)
class TopUp:
    """One row of `top_ups`. `waiting_order_id` is a charge that was begun and not concluded, `stopped_by` what ended it."""

    user_id: str
    price_id: str
    threshold: int
    monthly_cap: int
    enabled: bool
    month: str = ""
    count_in_month: int = 0
    waiting_order_id: str | None = None
    action_url: str = ""
    stopped_by: str = ""


def of_user(session: Session, user_id: str) -> TopUp | None:
    """A user's wish."""
    columns = [wishes.c[name] for name in TopUp.__dataclass_fields__]
    row = session.execute(select(*columns).where(wishes.c.user_id == user_id)).first()
    return TopUp(*row) if row else None


def save(session: Session, wish: TopUp, now: datetime) -> None:
    """Write what the customer wishes; what was counted this month stays, and a halt is over."""
    wanted = {
        "price_id": wish.price_id,
        "threshold": wish.threshold,
        "monthly_cap": wish.monthly_cap,
        "enabled": wish.enabled,
        "action_url": "",
        "stopped_by": "",
        "updated_at": now,
    }
    statement = insert_for(session, wishes).values(
        user_id=wish.user_id, month="", count_in_month=0, created_at=now, **wanted
    )
    session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_=wanted))


def remember_threshold(session: Session, user_id: str, threshold: int) -> None:
    """Keep the threshold beside the balances, where every spend sees it at no cost; 0 for none."""
    session.execute(update(usage).where(usage.c.user_id == user_id).values(top_up_below=threshold))


def want(session: Session, user_ids: Collection[str], now: datetime) -> None:
    """Note that these users fell below their thresholds, so that no lost wake-up is forgotten."""
    session.execute(update(wishes).where(wishes.c.user_id.in_(user_ids)).values(wanted_at=now))


def looked(session: Session, user_id: str) -> None:
    """Somebody has looked at what this user wants."""
    session.execute(update(wishes).where(wishes.c.user_id == user_id).values(wanted_at=None))


def begin(session: Session, user_id: str, order_id: str, month: str, count: int, now: datetime) -> None:
    """Note the order that is about to be charged, and count it."""
    session.execute(
        update(wishes)
        .where(wishes.c.user_id == user_id)
        .values(waiting_order_id=order_id, month=month, count_in_month=count, updated_at=now)
    )


def conclude(session: Session, user_id: str, now: datetime) -> None:
    """The charge went through."""
    session.execute(
        update(wishes).where(wishes.c.user_id == user_id).values(waiting_order_id=None, action_url="", updated_at=now)
    )


def halt(session: Session, user_id: str, stopped_by: str, action_url: str, now: datetime) -> None:
    """The charge did not go through, for a reason: nothing more is tried until the customer says so."""
    session.execute(
        update(wishes)
        .where(wishes.c.user_id == user_id)
        .values(waiting_order_id=None, enabled=False, stopped_by=stopped_by, action_url=action_url, updated_at=now)
    )


def unconcluded(session: Session) -> list[str]:
    """Users whose charge was begun and not concluded, or whose wish nobody has looked at."""
    is_open = or_(wishes.c.waiting_order_id.is_not(None), wishes.c.wanted_at.is_not(None))
    return list(session.scalars(select(wishes.c.user_id).where(wishes.c.enabled, is_open)))
