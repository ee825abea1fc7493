"""A deleted account: nothing personal is left anywhere, nothing goes on, and the money rows still add up."""

from typing import Any

import pytest
from sqlmodel import SQLModel

from nestpay.billing import accounts, checkout, credits, customer_desk, doctor, explain, farewell, order_desk, refunds
from nestpay.billing.order_desk import OrderQuery
from nestpay.domain.errors import (
    LastAdmin,
    NotFound,
    NotYourself,
    ProviderTrouble,
    WrongCredentials,
)
from nestpay.domain.orders import OrderType
from nestpay.store import tables
from nestpay.store.tables import AuditRow, CreditLogRow, EmailRow, OrderRow, SessionRow, SubscriptionRow, UserRow
from tests import builders
from tests.billing.people import PASSWORD, enter, token_in_mail
from tests.billing.sandbox_house import House

EMAIL, NAME = "grace.hopper@example.com", "Grace Brewster"


def traces_of(*words: str) -> dict[str, list[str]]:
    """Every table in which one of these words still stands, with what stands there."""
    found: dict[str, list[str]] = {}
    kinds: dict[str, type[SQLModel]] = {name: getattr(tables, name) for name in tables.__all__}
    for name, kind in kinds.items():
        if not hasattr(kind, "__table__"):
            continue
        hits = [
            line for row in builders.rows_of(kind) if any(word in (line := repr(row.model_dump())) for word in words)
        ]
        if hits:
            found[name] = hits
    return found


def grace_who_pays(house: House) -> tuple[str, str]:
    user, token = enter(EMAIL, name=NAME)
    accounts.verify_email(token_in_mail(EMAIL, "verify"))
    house.subscribe(user_id=user.id, email=EMAIL, name=NAME)
    credits.spend(user.id, 7, key="k1", feature="chat", note=f"for {EMAIL}")
    return user.id, token


def test_nothing_personal_is_left_and_nothing_goes_on(house: House) -> None:
    user_id, token = grace_who_pays(house)
    assert traces_of(EMAIL, NAME)
    before = order_desk.totals(OrderQuery())
    farewell.delete_account(user_id, by="boss", ip="203.0.113.9")
    assert traces_of(EMAIL, NAME) == {}
    assert accounts.current_user(token) is None
    assert builders.rows_of(EmailRow, user_id=user_id) + builders.rows_of(SessionRow, user_id=user_id) == []
    assert {row.status for row in builders.rows_of(SubscriptionRow, user_id=user_id)} == {"canceled"}
    assert order_desk.totals(OrderQuery()) == before
    (order,) = builders.rows_of(OrderRow, user_id=user_id)
    assert (order.amount_total, order.invoice_url, order.receipt_url) == (1900, "", "")
    assert [row.note for row in builders.rows_of(CreditLogRow, user_id=user_id) if row.note] == []
    assert list(doctor.examine()) == []
    assert explain.explain(user_id)
    (line,) = builders.rows_of(AuditRow, action="account.delete")
    assert (line.actor_id, line.ip, line.after) == ("boss", "203.0.113.9", {"subscriptions_ended": 1})


def test_what_comes_later_is_written_to_nobody_and_a_late_refund_still_works(house: House) -> None:
    user_id, _ = grace_who_pays(house)
    farewell.delete_account(user_id, by="boss")
    house.hear()
    order = next(row for row in builders.rows_of(OrderRow, user_id=user_id) if row.type != OrderType.REFUND)
    refunds.refund_order(order.id, by="boss")
    house.hear()
    assert builders.rows_of(OrderRow, id=order.id)[0].status == "refunded"
    assert builders.rows_of(EmailRow, user_id=user_id) == []
    assert customer_desk.customer_file(user_id).line.is_deleted


def test_the_address_is_free_again_but_its_welcome_credits_are_not(house: House) -> None:
    user_id, _ = grace_who_pays(house)
    farewell.delete_account(user_id, by="boss")
    again, _ = enter(EMAIL)
    accounts.verify_email(token_in_mail(EMAIL, "verify"))
    assert again.id != user_id
    assert house.credits(again.id) == 0


def test_an_open_payment_page_is_closed(house: House) -> None:
    user, _ = enter(EMAIL)
    started = checkout.start(user.id, house.price("pro"))
    session_id = builders.rows_of(OrderRow, id=started.order_id)[0].provider_session_id
    farewell.delete_account(user.id, by="boss")
    assert house.served.client.checkout.sessions.retrieve(session_id).status == "expired"
    assert builders.rows_of(OrderRow, id=started.order_id)[0].status == "canceled"


def test_nothing_is_deleted_while_a_subscription_cannot_be_ended(house: House) -> None:
    user_id, token = grace_who_pays(house)
    house.served.close()
    with pytest.raises(ProviderTrouble):
        farewell.delete_account(user_id, by="boss")
    assert accounts.current_user(token) is not None


def sure(user_id: str, password: str) -> Any:
    return farewell.delete_own_account(user_id, password)


@pytest.mark.usefixtures("shop")
def test_ones_own_account_goes_on_its_password_only() -> None:
    user, token = enter(EMAIL)
    with pytest.raises(WrongCredentials):
        sure(user.id, "not my password")
    assert accounts.current_user(token)
    sure(user.id, PASSWORD)
    assert accounts.current_user(token) is None
    with pytest.raises(WrongCredentials):
        accounts.sign_in(user.email, PASSWORD)
    with pytest.raises(NotFound):
        sure(user.id, PASSWORD)


@pytest.mark.usefixtures("shop")
def test_the_last_admin_and_oneself_from_the_desk_are_refused() -> None:
    boss = builders.add_user("boss", role="admin")
    with pytest.raises(NotYourself):
        farewell.delete_account(boss, by=boss)
    with pytest.raises(LastAdmin):
        farewell.delete_account(boss, by="cli")
    assert builders.rows_of(UserRow, id=boss)[0].deleted_at is None
