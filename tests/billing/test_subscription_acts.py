"""What an admin does with one subscription is done at the provider, and written down with what was before."""

from datetime import timedelta

import pytest

from nestpay.billing import subscription_acts, subscription_desk
from nestpay.billing.subscription_desk import SubscriptionQuery
from nestpay.domain.errors import NotFound, NotInThisState, StaleQuote, TrialEndOutOfReach, Unreadable
from nestpay.domain.subscriptions import SubscriptionStatus
from nestpay.store.tables import AuditRow, PlanRow, SubscriptionRow
from tests import builders
from tests.billing.sandbox_house import FIRST_OF_APRIL, House
from tests.scenarios.merchant import edit

BOSS, FROM = "boss", "203.0.113.9"


def acts() -> list[str]:
    return [row.action for row in builders.rows_of(AuditRow, actor_id=BOSS)]


def test_an_end_can_be_scheduled_taken_back_and_made_at_once(house: House) -> None:
    held = house.subscribe()
    assert subscription_acts.cancel(held.id, "period_end", by=BOSS, ip=FROM).cancels_at == held.current_period_end
    assert subscription_acts.cancel(held.id, "period_end", by=BOSS).cancels_at
    assert subscription_acts.resume(held.id, by=BOSS).cancels_at is None
    assert subscription_acts.cancel(held.id, "now", by=BOSS).status is SubscriptionStatus.CANCELED
    assert acts() == ["subscription.cancel", "subscription.resume", "subscription.cancel"]
    line = builders.rows_of(AuditRow, action="subscription.cancel")[0]
    assert (line.subject, line.ip, line.after["when"]) == (f"subscription:{held.id}", FROM, "period_end")
    with pytest.raises(NotInThisState):
        subscription_acts.cancel(held.id, "now", by=BOSS)
    assert house.credits() == 0


def test_an_admin_may_step_a_plan_down_now_and_sees_the_price_first(house: House) -> None:
    held = house.subscribe("business")
    quote = subscription_acts.quote(held.id, house.price("pro"), quantity=None, timing="now", by=BOSS)
    assert (quote.plan_title, quote.timing, quote.due_now_minor) == ("Pro", "now", 0)
    assert subscription_acts.agree(held.id, quote.id, by=BOSS, ip=FROM).state == "done"
    house.hear()
    assert house.held().price_id == house.price("pro")
    (line,) = builders.rows_of(AuditRow, action="subscription.change")
    assert (line.before["price_id"], line.after["price_id"]) == (held.price_id, house.price("pro"))
    later = subscription_acts.quote(held.id, house.price("business"), quantity=None, timing=None, by=BOSS)
    house.clock.shift(timedelta(hours=1))
    with pytest.raises(StaleQuote):
        subscription_acts.agree(held.id, later.id, by=BOSS)


def test_an_admin_pauses_until_a_day_and_lets_it_run_again(house: House) -> None:
    held = house.subscribe()
    until = FIRST_OF_APRIL + timedelta(days=60)
    paused = subscription_acts.pause(held.id, resumes_at=until, by=BOSS, ip=FROM)
    assert (paused.status, paused.resumes_at) == (SubscriptionStatus.PAUSED, until)
    assert {"unpause", "cancel_now"} <= subscription_desk.subscription_file(held.id).can
    with pytest.raises(NotInThisState):
        subscription_acts.pause(held.id, by=BOSS)
    assert subscription_acts.unpause(held.id, by=BOSS).state == "done"
    assert house.held().status == "active"
    assert acts() == ["subscription.pause", "subscription.unpause"]
    (line,) = builders.rows_of(AuditRow, action="subscription.pause")
    assert (line.subject, line.ip, line.after["resumes_at"]) == (f"subscription:{held.id}", FROM, until.isoformat())
    with pytest.raises(NotInThisState):
        subscription_acts.unpause(held.id, by=BOSS)


def test_an_admin_takes_a_scheduled_change_back(house: House) -> None:
    held = house.subscribe("business")
    quote = subscription_acts.quote(held.id, house.price("pro"), quantity=None, timing="period_end", by=BOSS)
    assert subscription_acts.agree(held.id, quote.id, by=BOSS).state == "scheduled"
    possible = subscription_desk.subscription_file(held.id).can
    assert "unschedule" in possible
    assert not {"pause", "change"} & possible
    assert subscription_acts.unschedule(held.id, by=BOSS).scheduled_price_id is None
    (line,) = builders.rows_of(AuditRow, action="subscription.unschedule")
    assert (line.before["scheduled_price_id"], line.actor_id) == (house.price("pro"), BOSS)
    with pytest.raises(NotInThisState):
        subscription_acts.unschedule(held.id, by=BOSS)


def test_a_trial_is_extended_at_the_provider_within_reason(house: House) -> None:
    for plan in builders.rows_of(PlanRow, key="pro"):
        edit(PlanRow, plan.id, trial_days=7)
    held = house.subscribe()
    assert held.status == "trialing"
    ends_at = FIRST_OF_APRIL + timedelta(days=20)
    assert subscription_acts.extend_trial(held.id, ends_at, by=BOSS).trial_end == ends_at
    assert house.at_stripe().trial_end == int(ends_at.timestamp())
    for wrong in (FIRST_OF_APRIL - timedelta(days=1), FIRST_OF_APRIL + timedelta(days=800)):
        with pytest.raises(TrialEndOutOfReach):
            subscription_acts.extend_trial(held.id, wrong, by=BOSS)
    running = builders.rows_of(SubscriptionRow)[-1]
    edit(SubscriptionRow, running.id, status="active")
    with pytest.raises(NotInThisState):
        subscription_acts.extend_trial(held.id, ends_at, by=BOSS)


def test_a_sync_reads_what_was_changed_elsewhere(house: House) -> None:
    held = house.subscribe()
    house.served.client.subscriptions.update(held.provider_subscription_id, {"cancel_at_period_end": True})
    assert subscription_acts.sync(held.id, by=BOSS).cancels_at is not None
    assert acts() == ["subscription.sync"]


def test_one_page_tells_its_life_and_what_is_possible(house: House) -> None:
    held = house.subscribe()
    found = subscription_desk.subscription_file(held.id)
    assert [(step.reason, step.plan_after, step.mrr_text) for step in found.steps] == [("started", "Pro", "+$19")]
    assert found.can == {"sync", "cancel_now", "cancel_later", "change", "pause"}
    assert (found.opens, found.mrr_text, found.provider_url) == (True, "$19.00", "")
    subscription_acts.cancel(held.id, "period_end", by=BOSS)
    assert subscription_desk.subscription_file(held.id).can == {"sync", "cancel_now", "resume"}
    with pytest.raises(NotFound):
        subscription_desk.subscription_file("nothing")


def test_subscriptions_are_found_and_counted(house: House) -> None:
    held = house.subscribe()

    def found(**query: str) -> list[str]:
        return [line.id for line in subscription_desk.search(SubscriptionQuery(**query)).rows]

    for text in (held.id, held.provider_subscription_id, held.provider_customer_id or "", "ada@", "Ada"):
        assert found(text=text) == [held.id]
    assert found(text="bob") == []
    assert found(status="active", plan_id=held.plan_id or "", provider="stripe", sort="oldest") == [held.id]
    assert found(status="canceled") == []
    assert subscription_desk.count_by_status(SubscriptionQuery()) == {"active": 1}
    with pytest.raises(Unreadable):
        found(status="nice")
