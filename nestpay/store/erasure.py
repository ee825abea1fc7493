"""Takes everything personal of one account away and leaves the money rows, which say of nobody whose they were."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, update
from sqlmodel import Session, SQLModel, col, select

from nestpay.domain.emails import anonymous
from nestpay.store import events as inbox
from nestpay.store.changes import orders, subscriptions
from nestpay.store.events import events
from nestpay.store.ledger import logs
from nestpay.store.seats import REVOKED
from nestpay.store.tables import (
    ApiKeyRow,
    CustomerRow,
    DeliveryRow,
    EmailRow,
    OneTimeTokenRow,
    ReactionRow,
    SeatRow,
    SessionRow,
    TopUpRow,
    UserRow,
)

_SETTLED = (inbox.DONE, inbox.IGNORED, inbox.DEAD)
_AT_ONCE = 500
_tables = SQLModel.metadata.tables


def erase(session: Session, user: UserRow, object_ids: Iterable[str], now: datetime) -> None:
    """Erase a person; `object_ids` are the provider's ids of what is theirs, whose stored payloads go too.

    What is gone for good: address, name, password, mails, sessions, tokens, key names, comments, notes, links to papers.
    What stays: orders, subscriptions and their steps, the credit log, and hashes that keep one trial a person.
    """
    _forget_browsers(session, user.id)
    session.execute(
        delete(EmailRow).where(or_(col(EmailRow.user_id) == user.id, col(EmailRow.recipient) == user.email))
    )
    _empty_seats(session, user, now)
    keys = _tables[ApiKeyRow.__tablename__]
    session.execute(update(keys).where(keys.c.user_id == user.id).values(name=""))
    session.execute(update(keys).where(keys.c.user_id == user.id, keys.c.revoked_at.is_(None)).values(revoked_at=now))
    papers = {"invoice_url": "", "receipt_url": "", "checkout_url": "", "provider_metadata": {}}
    session.execute(update(orders).where(orders.c.user_id == user.id).values(papers))
    said = {"cancel_comment": "", "action_url": "", "provider_metadata": {}}
    session.execute(update(subscriptions).where(subscriptions.c.user_id == user.id).values(said))
    session.execute(update(logs).where(logs.c.user_id == user.id, logs.c.note != "").values(note=""))
    session.execute(delete(ReactionRow).where(col(ReactionRow.user_id) == user.id))
    handed = update(DeliveryRow).where(col(DeliveryRow.user_id) == user.id)
    session.execute(handed.values(result={}, error=""))
    top_ups = _tables[TopUpRow.__tablename__]
    stopped = {"enabled": False, "wanted_at": None, "action_url": ""}
    session.execute(update(top_ups).where(top_ups.c.user_id == user.id).values(stopped))
    customers = _tables[CustomerRow.__tablename__]
    live = customers.c.retired_at.is_(None)
    session.execute(update(customers).where(customers.c.user_id == user.id, live).values(retired_at=now))
    _empty_payloads(session, sorted(set(object_ids)))
    _blank(session, user.id, now)


def empty_payloads_naming(session: Session, words: Iterable[str]) -> None:
    """Empty every settled event in which one of these words stands, whatever it is about. Reads the whole inbox."""
    named = or_(*(events.c.payload.contains(word, autoescape=True) for word in sorted(set(words)) if word))
    session.execute(update(events).where(events.c.status.in_(_SETTLED), named).values(payload=""))


def _forget_browsers(session: Session, user_id: str) -> None:
    for table in (SessionRow, OneTimeTokenRow):
        session.execute(delete(table).where(col(table.user_id) == user_id))


def _empty_seats(session: Session, user: UserRow, now: datetime) -> None:
    """Seats that the person holds or was promised in somebody's subscription, and those they gave to others."""
    own = select(subscriptions.c.id).where(subscriptions.c.user_id == user.id)
    theirs = or_(
        col(SeatRow.user_id) == user.id, col(SeatRow.email) == user.email, col(SeatRow.subscription_id).in_(own)
    )
    for seat in session.scalars(select(SeatRow).where(theirs)):
        seat.email, seat.user_id, seat.token_hash = anonymous(seat.id), None, None
        seat.status, seat.revoked_at = REVOKED, seat.revoked_at or now


def _empty_payloads(session: Session, object_ids: list[str]) -> None:
    """What waits still needs its payload, and has it emptied by the time payloads are kept."""
    for start in range(0, len(object_ids), _AT_ONCE):
        about = events.c.object_id.in_(object_ids[start : start + _AT_ONCE])
        session.execute(update(events).where(about, events.c.status.in_(_SETTLED)).values(payload=""))


def _blank(session: Session, user_id: str, now: datetime) -> None:
    users = _tables[UserRow.__tablename__]
    blank = {
        "email": anonymous(user_id),
        "external_id": None,
        "name": "",
        "password_hash": "!",
        "role": "customer",
        "email_verified_at": None,
        "disabled_at": now,
        "deleted_at": now,
    }
    session.execute(update(users).where(users.c.id == user_id).values(blank))
