"""Moving a subscription from one payment company to another, at a sandbox that plays both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nestpay.billing import (
    catalog,
    checkout,
    credits,
    inbox,
    moves,
    subscription_acts,
    subscription_desk,
    subscriptions,
    throttle,
)
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain.errors import NotFound, NotInThisState, NotOffered, SubscriptionEnding, TooLateToMove
from nestpay.providers import registry
from nestpay.settings import reset_settings
from nestpay.store import plans
from nestpay.store.session import transaction
from nestpay.store.tables import AuditRow, EmailRow, OrderRow, SubscriptionRow
from tests import builders
from tests.providers.companies import AtCreem, AtStripe, Company
from tests.providers.contract_shop import END_OF_JANUARY
from tests.sandbox.world import Served
from tests.scenarios import fingerprint
from tests.scenarios.merchant import run_jobs

HOUR = timedelta(hours=1)


@dataclass
class Street:
    """Two companies that sell the same plans, and Ada."""

    companies: dict[str, Company]
    user_id: str
    prices: dict[tuple[str, str, str], str]

    def pay(self, order_id: str) -> None:
        """Pay an order where its page is, and hear of it."""
        (order,) = builders.rows_of(OrderRow, id=order_id)
        self.companies[order.provider].pay(order)
        self.hear()

    def hear(self) -> None:
        for name, company in self.companies.items():
            for raw, headers in company.deliveries():
                inbox.receive_and_wait(name, raw, headers)
        run_jobs()
        moves.finish_due()

    def live_until(self, moment: datetime) -> None:
        while billing_now() < moment - timedelta(seconds=30):
            for company in self.companies.values():
                company.move_to(min(moment, billing_now() + timedelta(days=8)))
            self.hear()

    def period(self, provider: str) -> tuple[datetime, datetime]:
        row = self.held(provider)
        assert row.current_period_start
        assert row.current_period_end
        return row.current_period_start, row.current_period_end

    def held(self, provider: str) -> SubscriptionRow:
        (row,) = builders.rows_of(SubscriptionRow, provider=provider)
        return row

    def paid(self) -> list[int]:
        """What was paid so far, in the order of the payments, nothing left out."""
        rows = [row for row in builders.rows_of(OrderRow, status="succeeded") if row.amount_total]
        return [row.amount_total for row in sorted(rows, key=lambda row: row.paid_at or row.created_at)]

    def credits(self) -> int:
        return credits.get_user_benefits(self.user_id).total_available_credits


@pytest.fixture
def street(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.setenv("CREEM_API_KEY", "creem_test_moves")
    reset_settings()
    throttle.forget_everything()
    served = Served(tmp_path)
    companies: dict[str, Company] = {"stripe": AtStripe(served), "creem": AtCreem(served)}
    for company in companies.values():
        registry.register(company.provider)
    catalog.seed()
    catalog.provision_prices()
    with transaction() as session:
        keys = {row.id: row.key for row in plans.all_plans(session, "test")}
        prices = {
            (price.provider, keys[price.plan_id or ""], str(price.interval)): price.id
            for price in plans.prices_of(session, keys)
        }
    opened = Street(companies, builders.add_user(email_verified_at=real_now()), prices)
    companies["stripe"].move_to(END_OF_JANUARY)
    for company in companies.values():
        company.deliveries()
    yield opened
    registry.clear()
    inbox.stop()
    credits.stop()
    served.close()


@pytest.mark.parametrize(("before", "after"), [("stripe", "creem"), ("creem", "stripe")])
def test_a_move_pays_no_day_twice_keeps_access_and_credits_and_the_day_of_the_month(
    street: Street, before: str, after: str
) -> None:
    street.pay(checkout.start(street.user_id, street.prices[before, "pro", "month"]).order_id)
    street.live_until(END_OF_JANUARY + timedelta(days=10))
    credits.spend(street.user_id, 300, key="before")
    old_end = street.period(before)[1]
    (way,) = moves.ways(street.user_id)
    assert way.price_id == street.prices[after, "pro", "month"]

    street.pay(moves.start(street.user_id, way.price_id).order_id)
    old, new = street.held(before), street.held(after)
    assert (old.successor_id, old.cancels_at, new.status) == (new.id, old_end, "trialing")
    assert (street.paid(), street.credits()) == ([1900], 700)
    move = moves.under_way(street.user_id)
    assert move is not None
    assert abs(move.at - old_end) < timedelta(days=1)

    for hours in range(-26, 40, 4):
        street.live_until(old_end + hours * HOUR)
        assert fingerprint.opens(street.user_id), f"{hours} hours from the end of the old period"
        assert street.credits() in (700, 1000)
    assert (street.held(before).status, street.held(after).status) == ("canceled", "active")
    assert (street.paid(), street.credits()) == ([1900, 1900], 1000)
    assert abs(street.period(after)[0] - old_end) < timedelta(days=1)
    assert moves.under_way(street.user_id) is None
    assert moves.ways(street.user_id)[0].price_id == street.prices[before, "pro", "month"]
    unwanted = {"cancellation_scheduled", "subscription_ended"}
    assert not unwanted & {row.template for row in builders.rows_of(EmailRow)}


def test_a_page_that_is_left_changes_nothing(street: Street) -> None:
    street.pay(checkout.start(street.user_id, street.prices["stripe", "pro", "month"]).order_id)
    moves.start(street.user_id, street.prices["creem", "pro", "month"])
    street.live_until(street.period("stripe")[1] + 3 * HOUR)
    assert (street.held("stripe").status, street.paid()) == ("active", [1900, 1900])


def test_an_admin_makes_the_address_and_only_the_owner_can_agree_there(street: Street) -> None:
    street.pay(checkout.start(street.user_id, street.prices["stripe", "pro", "month"]).order_id)
    (held,) = builders.rows_of(SubscriptionRow, user_id=street.user_id, provider="stripe")
    (way,) = moves.payment_for(held.id).ways
    started = moves.start_for(held.id, way.price_id, by="admin_1", ip="203.0.113.9")
    (line,) = builders.rows_of(AuditRow, action="subscription.move")
    assert (line.actor_id, line.subject, line.ip) == ("admin_1", f"subscription:{held.id}", "203.0.113.9")
    assert moves.under_way(street.user_id) is None
    street.pay(started.order_id)
    assert moves.payment_for(held.id).move is not None
    assert "resume" not in subscription_desk.subscription_file(held.id).can
    with pytest.raises(NotInThisState):
        subscription_acts.resume(held.id, by="admin_1")
    with pytest.raises(NotFound):
        moves.start_for("nobody's", way.price_id, by="admin_1")


def test_who_changes_their_mind_before_anything_was_paid_there_stays_where_they_were(street: Street) -> None:
    street.pay(checkout.start(street.user_id, street.prices["stripe", "pro", "month"]).order_id)
    order_id = moves.start(street.user_id, street.prices["creem", "pro", "month"]).order_id
    (order,) = builders.rows_of(OrderRow, id=order_id)
    street.companies["creem"].pay(order)
    for raw, headers in street.companies["creem"].deliveries():
        inbox.receive_and_wait("creem", raw, headers)
    inbox.work()
    new = street.held("creem")
    registry.get("creem").cancel(
        new.provider_subscription_id, at_once=True, reason="", comment="", idempotency_key="mind"
    )
    for raw, headers in street.companies["creem"].deliveries():
        inbox.receive_and_wait("creem", raw, headers)
    inbox.work()
    street.hear()
    assert (street.held("stripe").successor_id, street.held("stripe").cancels_at) == (None, None)


def test_a_move_needs_a_subscription_that_runs_undisturbed_and_time_to_agree(street: Street) -> None:
    elsewhere = street.prices["creem", "pro", "month"]
    assert moves.ways(street.user_id) == ()
    street.pay(checkout.start(street.user_id, street.prices["stripe", "pro", "month"]).order_id)
    for wrong in (street.prices["creem", "business", "month"], street.prices["stripe", "pro", "month"], "nothing"):
        with pytest.raises(NotOffered):
            moves.start(street.user_id, wrong)
    subscriptions.cancel(street.user_id)
    with pytest.raises(SubscriptionEnding):
        moves.start(street.user_id, elsewhere)
    subscriptions.resume(street.user_id)
    street.live_until(street.period("stripe")[1] - 47 * HOUR)
    with pytest.raises(TooLateToMove):
        moves.start(street.user_id, elsewhere)
    subscriptions.pause(street.user_id)
    with pytest.raises(NotInThisState):
        moves.start(street.user_id, elsewhere)
