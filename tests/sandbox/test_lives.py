"""Subscriptions over time: renewals, failures and recovery, trials, ends, and two clocks side by side."""

import time
from typing import Any

import pytest

from tests.sandbox.timing import DAY, HOUR, Life, date, moment
from tests.sandbox.world import Served


def test_a_year_of_months_keeps_to_the_last_day_and_passes_in_a_moment(sandbox: Served) -> None:
    life = Life(sandbox, moment(2026, 1, 31))
    subscription = life.subscribe(sandbox.price(1000))
    began = time.monotonic()
    for month in (3, 5, 7, 9, 11):
        life.until(moment(2026, month, 30))
    life.until(moment(2027, 1, 30))
    assert time.monotonic() - began < 4
    ends = [date(int(invoice.lines.data[0].period.end)) for invoice in life.invoices()]
    assert ends == [
        "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-30", "2026-07-31", "2026-08-31", "2026-09-30",
        "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31",
    ]  # fmt: skip
    assert {(invoice.status, invoice.amount_paid) for invoice in life.invoices()} == {("paid", 1000)}
    assert life.now(subscription).status == "active"


def test_a_leap_day_comes_back_every_four_years(sandbox: Served) -> None:
    life = Life(sandbox, moment(2028, 2, 29))
    life.subscribe(sandbox.price(12000, interval="year"))
    life.until(moment(2030, 1, 1))
    life.until(moment(2031, 12, 1))
    life.until(moment(2032, 3, 15))
    renewed = [date(invoice.created) for invoice in life.invoices()]
    assert renewed == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_a_renewal_is_drafted_at_its_instant_and_paid_an_hour_later(sandbox: Served) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    before = len(sandbox.types())
    life.until(moment(2026, 2, 1, 10, 30))
    draft = life.invoices()[-1]
    assert (draft.status, draft.billing_reason, draft.auto_advance) == ("draft", "subscription_cycle", True)
    assert draft.automatically_finalizes_at == moment(2026, 2, 1, 11)
    assert life.now(subscription).latest_invoice == draft.id
    life.until(moment(2026, 2, 1, 12))
    events = list(reversed(life.client.events.list({"limit": 100}).data))[before:]
    told = [(event.type, event.created) for event in events if not event.type.startswith("test_helpers")]
    upcoming, start, end = moment(2026, 1, 25), moment(2026, 2, 1), moment(2026, 2, 1, 11)
    assert told == [
        ("invoice.upcoming", upcoming),
        ("invoice.created", start),
        ("customer.subscription.updated", start),
        ("invoice.finalized", end),
        ("payment_intent.created", end),
        ("charge.succeeded", end),
        ("payment_intent.succeeded", end),
        ("invoice.updated", end),
        ("invoice.paid", end),
        ("invoice.payment_succeeded", end),
        ("invoice_payment.paid", end),
    ]
    announced: Any = next(event for event in events if event.type == "invoice.upcoming").data.object
    assert ("id" in announced, announced["amount_due"]) == (False, 1000)
    renewed: Any = next(event for event in events if event.type == "customer.subscription.updated").data
    previous = renewed.previous_attributes.to_dict()
    assert set(previous) == {"items", "latest_invoice"}
    assert previous["items"]["data"][0]["current_period_end"] == start


def test_a_failing_card_recovers_on_the_third_try_with_another_card(sandbox: Served) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    life.pays_with("pm_card_chargeCustomerFail")
    life.until(moment(2026, 2, 1, 12))
    first = moment(2026, 2, 1, 11)
    late = life.invoices()[-1]
    assert (late.status, late.attempt_count, late.next_payment_attempt) == ("open", 1, first + 3 * DAY)
    assert life.now(subscription).status == "past_due"
    life.until(first + 3 * DAY + 60)
    late = life.invoices()[-1]
    assert (late.attempt_count, late.next_payment_attempt) == (2, first + 8 * DAY)
    life.pays_with("pm_card_visa")
    life.until(first + 8 * DAY + 60)
    paid = life.invoices()[-1]
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 3, None)
    assert life.now(subscription).status == "active"
    assert sandbox.types("invoice.payment_failed", "invoice.paid") == [
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.payment_failed",
        "invoice.paid",
    ]
    life.until(moment(2026, 3, 1, 12))
    assert life.invoices()[-1].status == "paid"


def test_a_card_that_never_recovers_costs_the_subscription(sandbox: Served) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    life.pays_with("pm_card_chargeCustomerFail")
    life.until(moment(2026, 2, 16, 12))
    ended = life.now(subscription)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert date(ended.ended_at) == "2026-02-16"
    late = life.invoices()[-1]
    assert (late.status, late.attempt_count, late.next_payment_attempt, late.auto_advance) == ("open", 4, None, False)
    failures = [kind for kind in sandbox.types() if kind == "invoice.payment_failed"]
    assert (len(failures), sandbox.types("customer.subscription")[-1]) == (4, "customer.subscription.deleted")
    life.until(moment(2026, 4, 1))
    assert len(life.invoices()) == 2


def test_what_follows_the_last_try_can_be_chosen(sandbox: Served) -> None:
    rules = sandbox.browser.post("/dunning", json={"retry_days": [1], "final_action": "unpaid"}).json()
    assert rules == sandbox.browser.get("/dunning").json() == {"retry_days": [1], "final_action": "unpaid"}
    assert sandbox.browser.post("/dunning", json={"final_action": "forget"}).status_code == 400
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    life.pays_with("pm_card_chargeCustomerFail")
    life.until(moment(2026, 2, 3))
    assert life.now(subscription).status == "unpaid"
    life.until(moment(2026, 3, 2))
    unpaid, draft = life.invoices()[-2:]
    assert (unpaid.status, draft.status, draft.auto_advance) == ("open", "draft", False)
    sandbox.browser.post("/time/rules", data={"retry_days": "2, 4", "final_action": "past_due"})
    assert sandbox.browser.get("/dunning").json() == {"retry_days": [2, 4], "final_action": "past_due"}


def test_a_renewal_that_needs_the_customer_is_approved_on_the_invoice_page(sandbox: Served) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    life.pays_with("pm_card_authenticationRequired")
    life.until(moment(2026, 2, 1, 12))
    waiting = life.invoices()[-1]
    assert (waiting.status, life.now(subscription).status) == ("open", "past_due")
    assert sandbox.types("invoice.payment_")[-2:] == ["invoice.payment_failed", "invoice.payment_action_required"]
    page = sandbox.browser.get(str(waiting.hosted_invoice_url)).text
    assert "Approve the payment at your bank" in page
    bank = page.partition('href="' + sandbox.site + "/stripe/authenticate/")[2].partition('"')[0]
    back = sandbox.browser.post(f"/stripe/authenticate/{bank}", data={"do": "approve"})
    assert back.headers["location"] == waiting.hosted_invoice_url
    paid = life.invoices()[-1]
    assert (paid.status, life.now(subscription).status) == ("paid", "active")
    assert date(int(paid.status_transitions.paid_at or 0)) == "2026-02-01"


def test_the_invoice_page_takes_another_card_and_keeps_it(sandbox: Served) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    life.pays_with("pm_card_chargeCustomerFail")
    life.until(moment(2026, 2, 1, 12))
    url = str(life.invoices()[-1].hosted_invoice_url)
    refused = sandbox.browser.post(url, data={"number": "4000000000000341"})
    assert "Your card was declined." in refused.text
    assert sandbox.browser.post(url, data={"number": "4242424242424242", "keep": "yes"}).status_code == 303
    assert (life.invoices()[-1].status, life.now(subscription).status) == ("paid", "active")
    life.until(moment(2026, 3, 1, 12))
    assert life.invoices()[-1].status == "paid"


def test_an_incomplete_subscription_expires_after_twenty_three_hours(sandbox: Served) -> None:
    life = Life(sandbox, card="pm_card_chargeCustomerFail")
    subscription = life.subscribe(sandbox.price(1000))
    life.until(life.start + 23 * HOUR - 1)
    assert life.now(subscription).status == "incomplete"
    life.until(life.start + 23 * HOUR)
    assert (life.now(subscription).status, life.invoices()[0].status) == ("incomplete_expired", "void")
    assert sandbox.types("customer.subscription", "invoice.voided")[-2:] == [
        "invoice.voided",
        "customer.subscription.updated",
    ]


def test_a_trial_is_announced_before_it_ends_and_then_paid(sandbox: Served) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000), trial_period_days=14)
    life.until(life.start + 12 * DAY)
    reminder: Any = life.client.events.list({"type": "customer.subscription.trial_will_end"}).data[0]
    assert reminder.created == life.start + 11 * DAY
    life.until(life.start + 14 * DAY + 2 * HOUR)
    paid = life.invoices()[-1]
    assert (life.now(subscription).status, paid.amount_paid, paid.billing_reason) == (
        "active",
        1000,
        "subscription_cycle",
    )
    assert len(sandbox.types("customer.subscription.trial_will_end")) == 1
    other = Life(sandbox)
    started = other.subscribe(sandbox.price(1000), trial_period_days=30)
    ended = other.client.subscriptions.update(started.id, {"trial_end": "now"})
    assert (ended.status, other.invoices()[-1].amount_paid) == ("active", 1000)


@pytest.mark.parametrize(
    ("behavior", "status", "bills"),
    [("cancel", "canceled", 1), ("pause", "paused", 1), ("create_invoice", "past_due", 2)],
)
def test_a_trial_without_a_card_ends_as_it_was_told_to(sandbox: Served, behavior: str, status: str, bills: int) -> None:
    life = Life(sandbox, card=None)
    settings = {"end_behavior": {"missing_payment_method": behavior}}
    subscription = life.subscribe(sandbox.price(1000), trial_period_days=7, trial_settings=settings)
    life.until(life.start + 7 * DAY + 2 * HOUR)
    assert (life.now(subscription).status, len(life.invoices())) == (status, bills)
    if status == "paused":
        life.pays_with("pm_card_visa")
        assert life.client.subscriptions.resume(subscription.id).status == "active"
        assert life.invoices()[-1].amount_paid == 1000


def test_subscriptions_end_on_the_day_that_was_set(sandbox: Served) -> None:
    life = Life(sandbox)
    at_end = life.subscribe(sandbox.price(1000), cancel_at_period_end=True)
    at_date = life.subscribe(sandbox.price(700))
    life.client.subscriptions.update(at_date.id, {"cancel_at": moment(2026, 2, 14)})
    life.until(moment(2026, 3, 1))
    ended = [life.now(one) for one in (at_end, at_date)]
    assert [(one.status, date(one.ended_at)) for one in ended] == [
        ("canceled", "2026-02-01"),
        ("canceled", "2026-02-14"),
    ]
    assert ended[0].cancellation_details.reason == "cancellation_requested"
    assert sorted(invoice.amount_paid for invoice in life.invoices()) == [700, 700, 1000]


@pytest.mark.parametrize(
    ("behavior", "status"), [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")]
)
def test_collection_can_be_paused_until_a_day(sandbox: Served, behavior: str, status: str) -> None:
    life = Life(sandbox)
    subscription = life.subscribe(sandbox.price(1000))
    pause = {"behavior": behavior, "resumes_at": moment(2026, 2, 15)}
    life.client.subscriptions.update(subscription.id, {"pause_collection": pause})
    life.until(moment(2026, 2, 20))
    now = life.now(subscription)
    assert (life.invoices()[-1].status, now.status, now.pause_collection) == (status, "active", None)
    life.until(moment(2026, 3, 2))
    assert life.invoices()[-1].status == "paid"


def test_two_clocks_and_the_world_do_not_disturb_each_other(sandbox: Served) -> None:
    one, other = Life(sandbox), Life(sandbox, moment(2030, 6, 1))
    price = sandbox.price(1000)
    mine, theirs = one.subscribe(price), other.subscribe(price)
    one.until(moment(2026, 3, 1))
    assert (len(one.invoices()), len(other.invoices())) == (3, 1)
    other.until(moment(2030, 7, 2))
    assert (len(one.invoices()), len(other.invoices())) == (3, 2)
    moved = sandbox.browser.post("/clock", json={"advance": 90 * DAY}).json()
    assert moved["fired"] == []
    assert (one.now(mine).status, len(one.invoices()), len(other.invoices())) == ("active", 3, 2)
    one.client.test_helpers.test_clocks.delete(one.clock.id)
    assert one.client.customers.retrieve(one.customer.id).deleted
    assert other.now(theirs).test_clock == other.clock.id
    assert [found.id for found in one.client.customers.list({"test_clock": other.clock.id}).data] == [other.customer.id]


def test_a_clock_only_moves_forward_and_not_too_far(sandbox: Served) -> None:
    life = Life(sandbox)
    life.subscribe(sandbox.price(1000))
    clocks = life.client.test_helpers.test_clocks
    for target, words in ((life.start - 1, "after the current"), (moment(2026, 4, 1), "more than 2 intervals")):
        with pytest.raises(Exception, match=words):
            clocks.advance(life.clock.id, {"frozen_time": target})
    assert clocks.list().data[0].status == "ready"
