"""What needs an admin: only what is there, what waits longest first, and figures of each currency by itself."""

from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import attention, checkup, refused
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.store.session import transaction
from nestpay.store.tables import (
    DisputeRow,
    FraudWarningRow,
    PriceRecord,
    SubscriptionChangeRow,
    SubscriptionRow,
    UsageRow,
)
from tests import builders
from tests.billing.test_replay import purchase_of_a_stranger
from tests.shop import FIRST_OF_FEBRUARY, Shop


def kinds() -> list[str]:
    return [each.kind for each in attention.concerns()]


def add(*rows: object) -> None:
    with transaction() as session:
        for row in rows:
            session.add(row)
            session.flush()


def subscription(shop: Shop, **fields: object) -> SubscriptionRow:
    known = {
        "id": "sub",
        "user_id": shop.user_id,
        "provider": "stripe",
        "provider_subscription_id": "sub_1",
        "status": "active",
        "created_at": FIRST_OF_FEBRUARY,
        "updated_at": FIRST_OF_FEBRUARY,
    }
    return SubscriptionRow(**{**known, **fields})


def test_a_shop_where_all_is_well_asks_for_nobody(shop: Shop) -> None:
    assert attention.concerns() == ()


def test_each_kind_of_trouble_is_seen_with_its_age_and_its_thing(shop: Shop) -> None:
    order = builders.add_order(shop.user_id, shop.pack)
    long_ago = FIRST_OF_FEBRUARY - timedelta(days=3)
    money = {"provider": "stripe", "order_id": order.id, "created_at": long_ago}
    add(
        DisputeRow(
            **money,
            provider_dispute_id="dp_1",
            amount_minor=900,
            currency="usd",
            status="needs_response",
            watermark=long_ago,
            updated_at=long_ago,
        ),
        FraudWarningRow(**money, provider_warning_id="fw_1"),
        subscription(shop, status="past_due", past_due_at=FIRST_OF_FEBRUARY - timedelta(days=1)),
    )
    with transaction() as session:
        price = session.get(PriceRecord, shop.pro.id)
        assert price
        price.provider_state = "amount"
        session.add(price)
    event = purchase_of_a_stranger(shop)
    found = {each.kind: each for each in attention.concerns()}
    assert set(found) == {"dispute", "fraud", "past_due", "drift", "events"}
    assert (found["dispute"].one, found["dispute"].since, found["dispute"].count) == (order.id, long_ago, 1)
    assert (found["past_due"].one, found["drift"].one) == ("sub", shop.pro.plan_id)
    assert found["events"].since == event.received_at
    ages = [each.since for each in attention.concerns() if each.since]
    assert ages == sorted(ages)


def test_a_wrong_secret_is_seen_for_a_day(shop: Shop, clock: time_machine.Traveller) -> None:
    refused.note("stripe")
    refused.write_down()
    assert kinds() == ["refused"]
    clock.shift(timedelta(days=1, seconds=1))
    assert kinds() == []


def test_what_the_doctor_found_last_stays_until_the_next_look(shop: Shop) -> None:
    assert checkup.last() is None
    assert checkup.run().count == 0
    with transaction() as session:
        account = session.get(UsageRow, shop.user_id)
        if account is None:
            account = UsageRow(user_id=shop.user_id, updated_at=FIRST_OF_FEBRUARY)
        account.one_time_credits_balance = 7
        session.add(account)
    assert kinds() == []
    assert checkup.run().count == 1
    (concern,) = attention.concerns()
    assert (concern.kind, concern.count, shop.user_id in concern.detail) == ("doctor", 1, True)


def test_figures_are_of_one_currency_each(shop: Shop) -> None:
    at = FIRST_OF_FEBRUARY
    add(
        subscription(shop),
        SubscriptionChangeRow(
            subscription_id="sub",
            user_id=shop.user_id,
            at=at,
            reason="started",
            currency="usd",
            status_after="active",
            mrr_minor_after=1900,
        ),
    )
    for kind, amount, days in (("purchase", 5000, 0), ("purchase", 700, 3), ("refund", 200, 0)):
        builders.add_order(
            shop.user_id,
            type=OrderType(kind),
            status=OrderStatus.SUCCEEDED,
            amount_total=amount,
            paid_at=at - timedelta(days=days),
        )
    builders.add_order(shop.user_id, currency="jpy", status=OrderStatus.SUCCEEDED, amount_total=99, paid_at=at)
    (own,) = attention.figures()
    assert (own.currency, own.mrr, own.mrr_before, own.active) == ("usd", 1900, 0, 1)
    assert (own.today, own.month) == (4800, 5500)


@pytest.mark.usefixtures("sqlite_database")
def test_a_new_shop_has_figures_too() -> None:
    (own,) = attention.figures()
    assert (own.currency, own.mrr, own.today) == ("usd", 0, 0)
