"""Seats: the owner invites, people accept, and nobody takes more seats than are paid for."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import col, update

from nestpay.billing import credits, links, seats
from nestpay.domain.errors import (
    AlreadySeated,
    InvalidEmail,
    NestpayError,
    NoSeatLeft,
    NoSubscription,
    NotFound,
    StaleLink,
)
from nestpay.mail import messages
from nestpay.store.session import transaction
from nestpay.store.tables import EmailRow, SubscriptionRow
from tests import builders
from tests.shop import Shop


def add_subscription(shop: Shop, quantity: int = 3, **fields: Any) -> str:
    """Ada's subscription to Pro with so many seats. Gives its id."""
    now = datetime.now(UTC)
    known: dict[str, Any] = {
        "user_id": shop.user_id,
        "provider": "stripe",
        "provider_subscription_id": "sub_1",
        "status": "active",
        "plan_id": shop.pro.plan_id,
        "price_id": shop.pro.id,
        "quantity": quantity,
        "current_period_start": now,
        "current_period_end": now + timedelta(days=28),
        "created_at": now,
        "updated_at": now,
    }
    row = SubscriptionRow(**{**known, **fields})
    with transaction() as session:
        session.add(row)
    return row.id


def token_for(email: str) -> str:
    """The token in the newest invitation to this address, as the mail carries it."""
    mail = [row for row in builders.rows_of(EmailRow, recipient=email) if row.template == "seat_invitation"][-1]
    path = links.path_in(mail)
    assert path is not None
    message = messages.render(mail.template, mail.locale, {**mail.context, "path": path})
    assert path in message.text
    return parse_qs(urlsplit(path).query)["token"][0]


def plan_of(user_id: str) -> str:
    return credits.get_user_benefits(user_id).plan_title


def test_somebody_who_accepts_has_the_plan_and_no_credits_of_their_own(shop: Shop) -> None:
    add_subscription(shop)
    bob = builders.add_user("bob")
    seats.invite(shop.user_id, "bob@example.com")
    assert plan_of(bob) == ""
    seats.accept(bob, token_for("bob@example.com"))
    assert plan_of(bob) == "Pro"
    assert credits.get_user_benefits(bob).total_available_credits == 0


def test_the_holders_are_the_owner_those_who_accepted_and_those_who_are_invited(shop: Shop) -> None:
    add_subscription(shop)
    bob = builders.add_user("bob")
    seats.invite(shop.user_id, "bob@example.com")
    seats.accept(bob, token_for("bob@example.com"))
    seats.invite(shop.user_id, " Carol@Example.com ")
    found = seats.holders(shop.user_id)
    assert (found.total, found.free) == (3, 0)
    assert [(each.email, each.status) for each in found.holders] == [
        ("ada@example.com", "owner"),
        ("bob@example.com", "active"),
        ("carol@example.com", "invited"),
    ]


def test_no_more_seats_are_promised_than_are_paid_for(shop: Shop) -> None:
    add_subscription(shop, quantity=2)
    seats.invite(shop.user_id, "bob@example.com")
    with pytest.raises(NoSeatLeft):
        seats.invite(shop.user_id, "carol@example.com")


def test_the_last_seat_goes_to_one_of_many_invitations_at_once(shop: Shop) -> None:
    add_subscription(shop, quantity=2)

    def invite(number: int) -> bool:
        try:
            seats.invite(shop.user_id, f"guest{number}@example.com")
        except NestpayError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(invite, range(6))).count(True) == 1
    assert len(seats.holders(shop.user_id).holders) == 2


def test_an_address_gets_one_seat(shop: Shop) -> None:
    add_subscription(shop)
    seats.invite(shop.user_id, "bob@example.com")
    for address in ("bob@example.com", "BOB@example.com", "ada@example.com"):
        with pytest.raises(AlreadySeated):
            seats.invite(shop.user_id, address)
    with pytest.raises(InvalidEmail):
        seats.invite(shop.user_id, "nobody")


def test_a_seat_that_was_revoked_ends_access_and_can_be_given_again(shop: Shop) -> None:
    add_subscription(shop, quantity=2)
    bob = builders.add_user("bob")
    seat = seats.invite(shop.user_id, "bob@example.com")
    seats.accept(bob, token_for("bob@example.com"))
    seats.revoke(shop.user_id, seat)
    assert plan_of(bob) == ""
    again = seats.invite(shop.user_id, "bob@example.com")
    seats.accept(bob, token_for("bob@example.com"))
    assert plan_of(bob) == "Pro"
    seats.revoke(bob, again)
    assert plan_of(bob) == ""


def test_a_link_opens_one_seat_once_and_not_for_ever(shop: Shop, clock: Any) -> None:
    add_subscription(shop, quantity=4)
    bob, carol = builders.add_user("bob"), builders.add_user("carol")
    seat = seats.invite(shop.user_id, "bob@example.com")
    token = token_for("bob@example.com")
    seats.accept(bob, token)
    with pytest.raises(StaleLink):
        seats.accept(carol, token)
    seats.revoke(shop.user_id, seat)
    with pytest.raises(StaleLink):
        seats.accept(carol, token)
    seats.invite(shop.user_id, "carol@example.com")
    clock.shift(links.LIFETIMES["seat"])
    for late in (token_for("carol@example.com"), "nonsense", ""):
        with pytest.raises(StaleLink):
            seats.accept(carol, late)


def test_nobody_holds_two_seats_of_one_subscription(shop: Shop) -> None:
    add_subscription(shop)
    bob = builders.add_user("bob")
    seats.invite(shop.user_id, "bob@example.com")
    seats.accept(bob, token_for("bob@example.com"))
    seats.invite(shop.user_id, "bob@work.example")
    for user_id in (bob, shop.user_id):
        with pytest.raises(AlreadySeated):
            seats.accept(user_id, token_for("bob@work.example"))


def test_only_the_owner_and_the_holder_can_free_a_seat(shop: Shop) -> None:
    add_subscription(shop)
    eve = builders.add_user("eve")
    seat = seats.invite(shop.user_id, "bob@example.com")
    for user_id, wanted in ((eve, seat), (shop.user_id, "nonsense")):
        with pytest.raises(NotFound):
            seats.revoke(user_id, wanted)
    with pytest.raises(NoSubscription):
        seats.invite(eve, "carol@example.com")
    with pytest.raises(NoSubscription):
        seats.holders(eve)


def test_a_seat_ends_with_its_subscription(shop: Shop) -> None:
    row_id = add_subscription(shop)
    bob = builders.add_user("bob")
    seats.invite(shop.user_id, "bob@example.com")
    token = token_for("bob@example.com")
    seats.accept(bob, token)
    ended = {"status": "canceled", "ended_at": datetime.now(UTC)}
    with transaction() as session:
        session.execute(update(SubscriptionRow).where(col(SubscriptionRow.id) == row_id).values(**ended))
    assert plan_of(bob) == ""


def test_when_fewer_seats_are_paid_for_the_newest_holders_rest(shop: Shop, clock: Any) -> None:
    row_id = add_subscription(shop, quantity=3)
    people = [builders.add_user(name) for name in ("bob", "carol")]
    for name, user_id in zip(("bob", "carol"), people, strict=True):
        seats.invite(shop.user_id, f"{name}@example.com")
        seats.accept(user_id, token_for(f"{name}@example.com"))
        clock.shift(60)
    with transaction() as session:
        session.execute(update(SubscriptionRow).where(col(SubscriptionRow.id) == row_id).values(quantity=2))
    assert [plan_of(user_id) for user_id in people] == ["Pro", ""]
