"""The steps of a subscription's life, each beginning where the last ended, and the mails that go with them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from nestpay.billing import credits, entitled, inbox, mirror
from nestpay.billing.clock import real_now
from nestpay.settings import reset_settings
from nestpay.store.session import reading, transaction
from nestpay.store.tables import EmailRow, SeatRow, SubscriptionChangeRow, SubscriptionRow
from tests import builders, stripe_objects
from tests.billing.conftest import Shop
from tests.stripe_objects import FEBRUARY, JANUARY, MARCH

DAY = timedelta(days=1)


def read(shop: Shop, plan: str = "pro", interval: str = "month", quantity: int = 1, **fields: Any) -> SubscriptionRow:
    """Let Stripe say this of the subscription, and read it."""
    price = shop.prices[plan, interval].provider_price_id or ""
    thing = stripe_objects.subscription("sub_1", customer=shop.customer_id, price=price, **fields)
    thing["items"]["data"][0]["quantity"] = quantity
    shop.edge.things["/v1/subscriptions/sub_1"] = thing
    mirror.sync("stripe", "sub_1", asked_at=real_now() + timedelta(seconds=1))
    (row,) = builders.rows_of(SubscriptionRow)
    return row


def steps() -> list[tuple[str, int, int]]:
    rows = builders.rows_of(SubscriptionChangeRow)
    for earlier, later in pairwise(rows):
        for name in ("status", "plan_id", "price_id", "quantity", "mrr_minor"):
            assert getattr(later, f"{name}_before") == getattr(earlier, f"{name}_after")
    return [(row.reason, row.mrr_minor_before, row.mrr_minor_after) for row in rows]


def mails(template: str) -> list[dict[str, Any]]:
    return [row.context for row in builders.rows_of(EmailRow, template=template)]


def owed(status: str = "open") -> dict[str, Any]:
    """The newest invoice as Stripe sends it along."""
    times = {"finalized_at": FEBRUARY + 3600}
    return {
        "id": "in_2",
        "object": "invoice",
        "status": status,
        "hosted_invoice_url": "https://pay.example/in_2",
        "status_transitions": times,
    }


def test_a_life_is_written_down_step_by_step(shop: Shop) -> None:
    monthly = shop.prices["pro", "month"].amount_minor
    bigger = shop.prices["business", "month"].amount_minor
    read(shop, status="trialing", trial_start=JANUARY, trial_end=FEBRUARY)
    read(shop)
    read(shop)
    read(shop, quantity=3)
    read(shop, "business")
    read(shop, "business", status="past_due", latest_invoice=owed())
    read(shop, "business")
    read(shop, "business", status="canceled", ended_at=JANUARY, cancellation_details={"reason": "payment_failed"})
    assert steps() == [
        ("trial_started", 0, 0),
        ("trial_converted", 0, monthly),
        ("seats_added", monthly, 3 * monthly),
        ("upgraded" if bigger > 3 * monthly else "downgraded", 3 * monthly, bigger),
        ("past_due", bigger, bigger),
        ("recovered", bigger, bigger),
        ("ended_unpaid", bigger, 0),
    ]


def test_steps_are_dated_by_what_stripe_says_and_never_in_the_future(shop: Shop) -> None:
    read(shop)
    read(shop, status="canceled", ended_at=MARCH)
    first, last = builders.rows_of(SubscriptionChangeRow)
    assert first.at == datetime.fromtimestamp(JANUARY, UTC)
    assert last.at <= real_now()


def test_a_paid_invoice_whose_subscription_was_not_read_yet_is_no_step(shop: Shop) -> None:
    thing = stripe_objects.paid_invoice(
        "in_1", customer=shop.customer_id, subscription="sub_1", price=shop.pro.provider_price_id or ""
    )
    inbox.receive_and_wait("stripe", *stripe_objects.delivery(stripe_objects.event("invoice.paid", thing)))
    assert steps() == []
    read(shop)
    assert steps() == [("started", 0, shop.pro.amount_minor)]


def test_what_never_began_is_no_step(shop: Shop) -> None:
    read(shop, status="incomplete")
    read(shop, status="incomplete_expired")
    assert steps() == []


def test_a_yearly_price_counts_a_twelfth_a_month(shop: Shop) -> None:
    read(shop, interval="year")
    assert steps() == [("started", 0, round(shop.prices["pro", "year"].amount_minor / 12))]


def test_a_change_of_plan_is_mailed_with_both_plans(shop: Shop) -> None:
    read(shop)
    read(shop, "business")
    read(shop, "business")
    (mail,) = mails("plan_changed")
    assert (mail["previous_plan"], mail["plan"]) == ("Pro", "Business")
    assert (mail["amount"], mail["next_date"][:10]) == (shop.prices["business", "month"].amount_minor, "2027-02-28")


@pytest.mark.parametrize("scheduled", [{"cancel_at": FEBRUARY}, {"cancel_at_period_end": True}])
def test_a_cancellation_to_come_is_mailed_each_time_it_is_asked_for(shop: Shop, scheduled: dict[str, Any]) -> None:
    read(shop)
    read(shop, **scheduled, canceled_at=JANUARY + 60)
    read(shop, **scheduled, canceled_at=JANUARY + 60)
    assert [mail["ends_on"][:10] for mail in mails("cancellation_scheduled")] == ["2027-02-28"]
    read(shop)
    read(shop, **scheduled, canceled_at=JANUARY + 120)
    assert len(mails("cancellation_scheduled")) == 2


def test_the_end_is_mailed_once_and_says_when_it_came_for_want_of_money(shop: Shop) -> None:
    read(shop)
    read(shop, status="unpaid")
    for _ in range(2):
        read(shop, status="canceled", ended_at=JANUARY + 60)
    assert [mail["unpaid"] for mail in mails("subscription_ended")] == [True]


def test_a_missing_payment_is_dated_by_its_invoice_until_it_arrives(shop: Shop) -> None:
    late = read(shop, status="past_due", latest_invoice=owed())
    assert late.past_due_at == datetime.fromtimestamp(FEBRUARY + 3600, UTC)
    assert late.action_url == "https://pay.example/in_2"
    later = {**owed(), "id": "in_3", "status_transitions": {"finalized_at": MARCH}}
    assert read(shop, status="unpaid", latest_invoice=later).past_due_at == late.past_due_at
    well = read(shop, latest_invoice=owed("paid"))
    assert (well.past_due_at, well.action_url) == (None, "")


def test_grace_is_what_the_operator_says_and_ends_by_itself(
    shop: Shop, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRACE_DAYS", "3")
    reset_settings()
    read(shop, status="past_due", latest_invoice=owed())
    due = datetime.fromtimestamp(FEBRUARY + 3600, UTC)
    with reading() as session:
        held = entitled.held(session, shop.user_id, due)
    assert held is not None
    assert entitled.opens(held, due + 3 * DAY - timedelta(seconds=1))
    assert not entitled.opens(held, due + 3 * DAY)


def test_who_holds_a_seat_has_the_plan_and_shares_the_owners_credits(shop: Shop) -> None:
    row = read(shop, "business", quantity=2)
    bob = builders.add_user("bob")
    builders.give_credits(shop.user_id, 50)
    for user_id, status in ((bob, "active"), (builders.add_user("eve"), "revoked")):
        with transaction() as session:
            session.add(
                SeatRow(
                    subscription_id=row.id,
                    user_id=user_id,
                    email=f"{user_id}@x.example",
                    status=status,
                    invited_at=real_now(),
                )
            )
    benefits = credits.get_user_benefits(bob)
    assert (benefits.plan_title, benefits.one_time_credits_balance, benefits.shared_credits) == ("Business", 0, 50)
    assert credits.get_user_benefits(builders.add_user("carol")).plan_title == ""
    eve = next(seat.user_id for seat in builders.rows_of(SeatRow, status="revoked"))
    assert credits.get_user_benefits(eve).plan_title == ""
