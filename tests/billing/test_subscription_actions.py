"""What customers do with a subscription: cancel, resume, pause, look at invoices, each through the real sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from nestpay.billing import credits, subscriptions
from nestpay.domain.errors import (
    NoSubscription,
    NotAllowed,
    NotFound,
    NotInThisState,
    Refused,
    SubscriptionEnding,
)
from nestpay.domain.subscriptions import CancelReason
from nestpay.providers import registry
from nestpay.settings import get_settings, reset_settings
from nestpay.store.tables import AuditRow
from tests import builders
from tests.billing.sandbox_house import House

END = datetime(2027, 5, 1, 12, tzinfo=UTC)


def has_access(house: House) -> bool:
    return credits.get_user_benefits(house.user_id).active_plan_id is not None


# Cancelling


def test_cancelling_keeps_the_plan_until_the_paid_period_ends_and_says_why(house: House) -> None:
    house.subscribe()
    subscriptions.cancel(house.user_id, reason=CancelReason.TOO_EXPENSIVE, comment="  a bit much ")
    row = house.held()
    assert (row.status, row.cancel_reason, row.cancel_comment) == ("active", "too_expensive", "a bit much")
    assert abs(row.cancels_at - END) < timedelta(minutes=1)
    details = house.at_stripe().cancellation_details
    assert (details.feedback, details.comment) == ("too_expensive", "a bit much")
    assert has_access(house)
    assert [line.action for line in builders.rows_of(AuditRow)] == ["subscription.cancel"]


def test_cancelling_twice_is_one_cancellation(house: House) -> None:
    house.subscribe()
    subscriptions.cancel(house.user_id)
    updates = house.served.types("customer.subscription.updated")
    subscriptions.cancel(house.user_id)
    assert house.served.types("customer.subscription.updated") == updates


def test_a_cancellation_can_be_taken_back_and_made_again(house: House) -> None:
    house.subscribe()
    subscriptions.cancel(house.user_id, reason="unused")
    subscriptions.resume(house.user_id)
    assert (house.held().cancels_at, house.held().cancel_reason) == (None, "")
    assert house.at_stripe().cancel_at is None
    subscriptions.cancel(house.user_id, reason="unused")
    assert house.at_stripe().cancel_at is not None
    assert house.held().cancels_at is not None


def test_there_is_nothing_to_resume_when_nothing_was_cancelled(house: House) -> None:
    house.subscribe()
    with pytest.raises(NotInThisState):
        subscriptions.resume(house.user_id)


def test_only_an_admin_ends_a_subscription_at_once(house: House) -> None:
    house.subscribe()
    with pytest.raises(NotAllowed):
        subscriptions.cancel(house.user_id, at_once=True)
    subscriptions.cancel(house.user_id, at_once=True, by="an-admin")
    assert (house.held().status, house.at_stripe().status) == ("canceled", "canceled")
    assert not has_access(house)
    assert builders.rows_of(AuditRow)[-1].actor_id == "an-admin"


def test_nobody_ends_somebody_elses_subscription(house: House) -> None:
    house.subscribe()
    eve = builders.add_user("eve")
    for act in (subscriptions.cancel, subscriptions.resume, subscriptions.pause, subscriptions.unpause):
        with pytest.raises(NoSubscription):
            act(eve)
    assert house.at_stripe().cancel_at is None


def test_a_reason_that_is_none_of_the_eight_is_refused_before_anything_happens(house: House) -> None:
    house.subscribe()
    with pytest.raises(ValueError, match="nonsense"):
        subscriptions.cancel(house.user_id, reason="nonsense")
    assert house.held().cancels_at is None


# Pausing


def test_a_pause_charges_nothing_more_and_keeps_what_is_paid_for(house: House) -> None:
    house.subscribe()
    subscriptions.pause(house.user_id)
    row = house.held()
    assert row.status == "paused"
    assert row.paused_at is not None
    assert house.at_stripe().status == "paused"
    assert has_access(house)
    assert house.credits() == 1000
    house.clock.move_to(END + timedelta(days=1))
    assert house.held().status == "paused"
    invoices = house.served.client.invoices.list({"limit": 10}).data
    assert [invoice.billing_reason for invoice in invoices] == ["subscription_create"]


def test_unpausing_inside_the_paid_period_charges_nothing(house: House) -> None:
    house.subscribe()
    subscriptions.pause(house.user_id)
    house.clock.shift(timedelta(days=3))
    assert subscriptions.unpause(house.user_id).state == "done"
    row = house.held()
    assert (row.status, row.paused_at, row.resumes_at) == ("active", None, None)
    assert abs(row.current_period_end - END) < timedelta(minutes=1)
    assert len(house.served.client.invoices.list({"limit": 10}).data) == 1


def test_a_pause_ends_by_itself_when_its_time_is_over(house: House) -> None:
    house.subscribe()
    subscriptions.pause(house.user_id, resumes_at=house.held().current_period_start + timedelta(days=10))
    assert subscriptions.unpause_due() == 0
    house.clock.shift(timedelta(days=11))
    assert subscriptions.unpause_due() == 1
    assert house.held().status == "active"
    assert subscriptions.unpause_due() == 0


def test_a_pause_cannot_end_in_the_past_nor_begin_before_an_end(house: House) -> None:
    house.subscribe()
    with pytest.raises(Refused):
        subscriptions.pause(house.user_id, resumes_at=house.held().current_period_start - timedelta(days=1))
    subscriptions.cancel(house.user_id)
    with pytest.raises(SubscriptionEnding):
        subscriptions.pause(house.user_id)
    with pytest.raises(NotInThisState):
        subscriptions.unpause(house.user_id)


# The provider's own pages


def test_the_portal_leads_back_to_one_of_our_pages_only(house: House) -> None:
    house.subscribe()
    assert subscriptions.portal_url(house.user_id, "/dashboard/subscription").startswith(house.served.site)
    assert subscriptions.card_update_url(house.user_id, "/dashboard/subscription").startswith(house.served.site)
    for path in ("https://evil.example", "//evil.example", "/\\evil.example", ""):
        with pytest.raises(Refused):
            subscriptions.portal_url(house.user_id, path)


def test_a_portal_address_of_the_settings_wins_when_it_is_a_full_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.subscribe()
    monkeypatch.setenv("STRIPE_CUSTOMER_PORTAL_URL", "https://billing.stripe.example/p/login/abc")
    reset_settings()
    registry.switch_on(get_settings())
    assert subscriptions.portal_url(house.user_id, "/dashboard") == "https://billing.stripe.example/p/login/abc"


def test_somebody_who_never_paid_has_no_portal_and_no_invoices(house: House) -> None:
    with pytest.raises(NotFound):
        subscriptions.portal_url(house.user_id, "/dashboard")
    assert subscriptions.invoices(house.user_id) == ()


def test_invoices_are_listed_in_the_readers_language(house: House) -> None:
    house.subscribe()
    (invoice,) = subscriptions.invoices(house.user_id, "fr")
    assert (invoice.status, invoice.amount_text.replace("\u202f", " ").replace("\xa0", " ")) == ("paid", "19,00 $US")
    assert invoice.number
    assert invoice.url.startswith(house.served.site)
