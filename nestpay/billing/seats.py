"""Seats: the owner of a subscription with several of them invites people, who then have the plan's access.

The owner holds the first seat. What a holder gets is access; the credits are the owner's, to be shared, unless the plan
gives each holder their own.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from nestpay import queue, signals
from nestpay.billing import links, seat_credits, throttle
from nestpay.billing.clock import billing_now, real_now
from nestpay.billing.subscriptions import held_by
from nestpay.domain import emails
from nestpay.domain.errors import AlreadySeated, NoSeatLeft, NoSubscription, NotFound, StaleLink
from nestpay.domain.letters import Letter
from nestpay.domain.subscriptions import Subscription
from nestpay.store import audit, ledger, plans, sessions, users
from nestpay.store import emails as mails
from nestpay.store import seats as store
from nestpay.store.columns import new_id
from nestpay.store.session import reading, transaction
from nestpay.store.tables import SeatRow, UserRow


@dataclass(frozen=True, slots=True)
class Holder:
    """One seat that is taken: by its owner, by somebody who accepted (`active`), or promised to an address (`invited`)."""

    seat_id: str
    email: str
    name: str
    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Seats:
    """Who holds the seats of a subscription, and how many are paid for."""

    total: int
    free: int
    holders: tuple[Holder, ...]


def holders(user_id: str) -> Seats:
    """Who holds the seats of the user's own subscription, the owner first. Raises NoSubscription."""
    held = held_by(user_id)
    with reading() as session:
        owner = users.by_id(session, user_id)
        taken = [_holder(session, seat) for seat in store.of_subscription(session, held.id)]
    assert owner is not None
    everyone = (Holder("", owner.email, owner.name, "owner", held.created_at), *taken)
    return Seats(held.quantity, max(0, held.quantity - len(everyone)), everyone)


def invite(user_id: str, email: str) -> str:
    """Promise a seat to an address, which gets a mail with a link. Returns the seat's id.

    Raises NoSubscription, InvalidEmail, NoSeatLeft, AlreadySeated, RateLimited.
    """
    throttle.check("seat_invitation", user_id)
    held = held_by(user_id)
    address, now, token_id = emails.clean(email), real_now(), new_id()
    with transaction() as session:
        current = store.lock_subscription(session, held.id)
        owner = users.by_id(session, user_id)
        if current is None or owner is None:
            raise NoSubscription
        if address == owner.email:
            raise AlreadySeated
        if store.in_use(session, held.id) >= current.quantity:
            raise NoSeatLeft(seats=current.quantity)
        seat = SeatRow(
            subscription_id=held.id,
            email=address,
            token_hash=links.token_hash("seat", token_id),
            invited_at=now,
        )
        if not store.invite(session, seat):
            raise AlreadySeated
        mails.enqueue(session, [_invitation(session, owner, current, address, token_id, now)], now)
        audit.append(session, actor_id=user_id, action="seat.invite", subject=f"subscription:{held.id}", at=now)
        promised = next(each for each in store.of_subscription(session, held.id) if each.email == address)
    queue.enqueue("outbox")
    return promised.id


def accept(user_id: str, token: str) -> None:
    """Take the seat that an invitation's link gives, whatever address the account has: the link proves the mailbox.

    Raises StaleLink (used, revoked or too old), AlreadySeated.
    """
    now = real_now()
    with transaction() as session:
        seat = store.by_token(session, sessions.hash_of(token))
        if seat is None or now >= seat.invited_at + links.LIFETIMES["seat"]:
            raise StaleLink
        subscription = store.lock_subscription(session, seat.subscription_id)
        if subscription is None or not subscription.is_live:
            raise StaleLink
        others = store.of_subscription(session, seat.subscription_id)
        if subscription.user_id == user_id or any(each.user_id == user_id for each in others):
            raise AlreadySeated
        if not store.accept(session, seat.id, user_id, now):
            raise StaleLink
        audit.append(session, actor_id=user_id, action="seat.accept", subject=seat.subscription_id, at=now)
    seat_credits.give(subscription.id)
    signals.publish([user_id, subscription.user_id])


def revoke(user_id: str, seat_id: str) -> None:
    """Take a seat back, or give one's own back. Raises NotFound for a seat that is neither."""
    now = real_now()
    with transaction() as session:
        seat = store.by_id(session, seat_id)
        holder = {seat.user_id} if seat and seat.user_id else set()
        ledger.lock_all(session, holder)  # before the subscription's row, as everybody else
        subscription = store.lock_subscription(session, seat.subscription_id) if seat else None
        if seat is None or subscription is None or user_id not in (subscription.user_id, seat.user_id):
            raise NotFound
        concerned = {subscription.user_id, seat.user_id} - {None}
        seat_credits.end(session, subscription.id, holder, billing_now())
        store.free(session, seat.id, now)
        audit.append(session, actor_id=user_id, action="seat.revoke", subject=seat.subscription_id, at=now)
    signals.publish([each for each in concerned if each])


def _holder(session: Session, seat: SeatRow) -> Holder:
    user = users.by_id(session, seat.user_id) if seat.user_id else None
    since = seat.accepted_at or seat.invited_at
    return Holder(seat.id, user.email if user else seat.email, user.name if user else "", seat.status, since)


def _invitation(
    session: Session, owner: UserRow, subscription: Subscription, address: str, token_id: str, now: datetime
) -> Letter:
    price = next(iter(plans.price_rows(session, [subscription.price_id or ""])), None)
    return Letter(
        dedupe_key=f"seat_invitation:{token_id}",
        recipient=address,
        template="seat_invitation",
        locale=owner.locale,
        context={
            "owner": owner.email,
            "plan": price.title_in(owner.locale) if price else "",
            "token_id": token_id,
            "good_until": (now + links.LIFETIMES["seat"]).isoformat(),
        },
    )
