"""Changes of a subscription: what a preview says is what the update charges, to the cent."""

from typing import Any

import pytest
import stripe

from tests.sandbox.timing import DAY, HOUR, Life, amounts, date, moment
from tests.sandbox.world import Served

HALF_OF_JANUARY = moment(2026, 1, 1) + 31 * DAY // 2
CHARGED = ("amount_due", "subtotal", "total", "currency")


@pytest.fixture
def ada(sandbox: Served) -> Life:
    """A customer who begins on the first of January 2026 with a good card."""
    return Life(sandbox)


def same(preview: stripe.Invoice, invoice: Any) -> bool:
    """Both charge the same for the same lines."""
    lines = [[(line.description, line.amount) for line in one.lines.data] for one in (preview, invoice)]
    return lines[0] == lines[1] and all(preview[name] == invoice[name] for name in CHARGED)


def test_stripes_own_example_ten_to_twenty_dollars_at_half_time_costs_five(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    change = ada.change(subscription, sandbox.price(2000), proration_behavior="always_invoice")
    preview = ada.preview(subscription, **change)
    assert (amounts(preview), preview.amount_due, preview.billing_reason) == ([-500, 1000], 500, "upcoming")
    assert ada.invoices()[-1].billing_reason == "subscription_create"
    updated = ada.client.subscriptions.update(subscription.id, {**change, "expand": ["latest_invoice"]})
    assert same(preview, updated.latest_invoice)
    invoice: Any = updated.latest_invoice
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 500, "subscription_update")
    first, second = (line.parent.subscription_item_details for line in invoice.lines.data)
    assert (first.proration, second.proration, second.proration_details.credited_items) == (True, True, None)
    assert first.proration_details.credited_items.invoice == ada.invoices()[0].id


@pytest.mark.parametrize(("start", "end", "at", "price", "credit"), [
    (1487030400, 1489449600, 1488568488, 1000, 364),
    (1526482619, 1529161019, 1526487083, 1000, 998),
])  # fmt: skip
def test_prorations_that_stripe_really_made_come_out_the_same(
    sandbox: Served, start: int, end: int, at: int, price: int, credit: int
) -> None:
    life = Life(sandbox, start)
    subscription = life.subscribe(sandbox.price(price))
    assert subscription.items.data[0].current_period_end == end
    change = life.change(subscription, sandbox.price(2 * price), proration_behavior="always_invoice")
    life.until(at)
    assert amounts(life.preview(subscription, **change))[0] == -credit


def test_a_proration_date_makes_the_update_what_the_preview_was_however_late_it_comes(
    sandbox: Served, ada: Life
) -> None:
    subscription = ada.subscribe(sandbox.price(1900), quantity=3)
    quoted = moment(2026, 1, 12, 17, 31, 7)
    ada.until(quoted)
    change = ada.change(subscription, sandbox.price(4900), proration_behavior="always_invoice", proration_date=quoted)
    change["items"][0]["quantity"] = 5
    preview = ada.preview(subscription, **change)
    ada.until(quoted + HOUR)
    updated = ada.client.subscriptions.update(subscription.id, {**change, "expand": ["latest_invoice"]})
    assert same(preview, updated.latest_invoice)
    item = updated.items.data[0]
    assert (item.quantity, item.price.unit_amount, date(item.current_period_end)) == (5, 4900, "2026-02-01")


def test_a_downgrade_leaves_credit_that_the_next_invoice_uses(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(3000))
    ada.until(HALF_OF_JANUARY)
    change = ada.change(subscription, sandbox.price(1000), proration_behavior="always_invoice")
    preview = ada.preview(subscription, **change)
    updated = ada.client.subscriptions.update(subscription.id, {**change, "expand": ["latest_invoice"]})
    assert same(preview, updated.latest_invoice)
    assert (preview.total, preview.amount_due, ada.balance()) == (-1000, 0, -1000)
    assert (ada.preview(subscription).total, ada.preview(subscription).amount_due) == (1000, 0)
    ada.until(moment(2026, 3, 2))
    february, march = ada.invoices()[-2:]
    assert (february.total, february.amount_due, february.starting_balance, february.ending_balance) == (
        1000,
        0,
        -1000,
        0,
    )
    assert (march.amount_paid, ada.balance()) == (1000, 0)
    lines = ada.client.customers.balance_transactions.list(ada.customer.id).data
    assert [(line.amount, line.type) for line in lines] == [(1000, "applied_to_invoice"), (-1000, "applied_to_invoice")]


def test_prorations_that_are_not_invoiced_now_wait_for_the_renewal(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    change = ada.change(subscription, sandbox.price(2000))
    preview = ada.preview(subscription, **change)
    assert amounts(preview) == [-500, 1000, 2000]
    ada.client.subscriptions.update(subscription.id, change)
    pending = ada.client.invoice_items.list({"customer": ada.customer.id, "pending": True}).data
    assert sorted(item.amount for item in pending) == [-500, 1000]
    ada.until(moment(2026, 2, 1, 12))
    assert same(preview, ada.invoices()[-1])
    assert ada.client.invoice_items.list({"pending": True}).data == []


def test_more_seats_and_fewer_again_cost_only_the_time_they_were_there(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000), quantity=2)
    item = subscription.items.data[0].id
    ada.until(HALF_OF_JANUARY)
    more = {"items": [{"id": item, "quantity": 4}], "proration_behavior": "always_invoice"}
    assert amounts(ada.preview(subscription, **more)) == [-1000, 2000]
    ada.client.subscriptions.update(subscription.id, more)
    fewer = {"items": [{"id": item, "quantity": 2}], "proration_behavior": "always_invoice"}
    assert amounts(ada.preview(subscription, **fewer)) == [-2000, 1000]
    none = {"items": [{"id": item, "quantity": 1}], "proration_behavior": "none"}
    ada.client.subscriptions.update(subscription.id, none)
    assert amounts(ada.preview(subscription)) == [1000]
    assert len(ada.invoices()) == 2


def test_month_to_year_begins_a_new_cycle_with_credit_for_the_month(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    change = ada.change(subscription, sandbox.price(10000, interval="year"))
    preview = ada.preview(subscription, **change)
    updated = ada.client.subscriptions.update(subscription.id, {**change, "expand": ["latest_invoice"]})
    assert same(preview, updated.latest_invoice)
    assert amounts(preview) == [-500, 10000]
    assert updated.billing_cycle_anchor == HALF_OF_JANUARY
    assert date(updated.items.data[0].current_period_end) == "2027-01-16"
    back = ada.change(subscription, sandbox.price(1000), proration_behavior="always_invoice")
    ada.until(HALF_OF_JANUARY + 365 * DAY // 2)
    assert amounts(ada.preview(subscription, **back)) == [-5000, 1000]


def test_a_second_item_can_be_added_changed_and_taken_away(sandbox: Served, ada: Life) -> None:
    client = ada.client
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    extra = client.subscription_items.create(
        {"subscription": subscription.id, "price": sandbox.price(400).id, "proration_behavior": "always_invoice"}
    )
    assert amounts(ada.invoices()[-1]) == [200]
    client.subscription_items.update(extra.id, {"quantity": 2, "proration_behavior": "always_invoice"})
    assert amounts(ada.invoices()[-1]) == [-200, 400]
    client.subscription_items.delete(extra.id, {"proration_behavior": "none"})
    assert [item.price.unit_amount for item in ada.now(subscription).items.data] == [1000]
    with pytest.raises(stripe.InvalidRequestError, match=r"same `recurring\.interval`"):
        client.subscriptions.update(subscription.id, {"items": [{"price": sandbox.price(interval="year").id}]})
    only = subscription.items.data[0].id
    with pytest.raises(stripe.InvalidRequestError, match="at least one active plan"):
        client.subscriptions.update(subscription.id, {"items": [{"id": only, "deleted": True}]})


def test_credit_is_what_was_really_billed_discount_included(sandbox: Served, ada: Life) -> None:
    ada.client.coupons.create({"id": "HALF", "percent_off": 50, "duration": "once"})
    subscription = ada.subscribe(sandbox.price(1000), discounts=[{"coupon": "HALF"}])
    ada.until(HALF_OF_JANUARY)
    change = ada.change(subscription, sandbox.price(2000), proration_behavior="always_invoice")
    assert amounts(ada.preview(subscription, **change)) == [-250, 1000]
    ada.until(moment(2026, 2, 1, 12))
    assert (ada.invoices()[-1].total, ada.now(subscription).discounts) == (1000, [])
    cut = {"discounts": [{"coupon": "HALF"}]}
    assert len(ada.client.subscriptions.update(subscription.id, cut).discounts) == 1
    assert ada.preview(subscription).total == 500


def test_an_upgrade_that_is_not_paid_follows_its_payment_behavior(sandbox: Served, ada: Life) -> None:
    client = ada.client
    subscription, dear = ada.subscribe(sandbox.price(1000)), sandbox.price(2000)
    ada.until(HALF_OF_JANUARY)
    ada.pays_with("pm_card_chargeCustomerFail")
    change = ada.change(subscription, dear, proration_behavior="always_invoice")
    with pytest.raises(stripe.CardError):
        client.subscriptions.update(subscription.id, {**change, "payment_behavior": "error_if_incomplete"})
    assert (len(ada.invoices()), ada.now(subscription).status) == (1, "active")
    held = client.subscriptions.update(subscription.id, {**change, "payment_behavior": "pending_if_incomplete"})
    assert (held.status, held.items.data[0].price.unit_amount) == ("active", 1000)
    assert held.pending_update
    assert held.pending_update.subscription_items
    assert held.pending_update.subscription_items[0].price.id == dear.id
    ada.until(HALF_OF_JANUARY + 24 * HOUR)
    expired = ada.now(subscription, "latest_invoice")
    assert (expired.pending_update, expired.latest_invoice.status) == (None, "void")
    assert "customer.subscription.pending_update_expired" in sandbox.types()
    client.subscriptions.update(subscription.id, {**change, "payment_behavior": "pending_if_incomplete"})
    ada.pays_with("pm_card_visa")
    client.invoices.pay(str(ada.now(subscription).latest_invoice))
    applied = ada.now(subscription)
    assert (applied.pending_update, applied.items.data[0].price.id) == (None, dear.id)
    assert "customer.subscription.pending_update_applied" in sandbox.types()
    ada.pays_with("pm_card_chargeCustomerFail")
    dearer = ada.change(subscription, sandbox.price(9000), proration_behavior="always_invoice")
    assert client.subscriptions.update(subscription.id, dearer).status == "past_due"


def test_default_incomplete_leaves_the_upgrade_to_be_paid_by_its_customer(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    change = ada.change(subscription, sandbox.price(2000), proration_behavior="always_invoice")
    updated = ada.client.subscriptions.update(
        subscription.id,
        {**change, "payment_behavior": "default_incomplete", "expand": ["latest_invoice.payments"]},
    )
    invoice: Any = updated.latest_invoice
    assert (updated.status, invoice.status) == ("past_due", "open")
    intent = invoice.payments.data[0].payment.payment_intent
    ada.client.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert ada.now(subscription).status == "active"


def test_the_event_of_a_change_tells_what_was_before(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000))
    change = ada.change(
        subscription, sandbox.price(2000), proration_behavior="always_invoice", metadata={"plan": "pro"}
    )
    ada.client.subscriptions.update(subscription.id, change)
    events = ada.client.events.list({"type": "customer.subscription.updated"}).data
    previous = events[0].data.previous_attributes.to_dict()
    assert previous["items"]["data"][0]["price"]["unit_amount"] == 1000
    assert (previous["metadata"], previous["latest_invoice"]) == ({"plan": None}, ada.invoices()[0].id)
    assert len(events) == 1


def test_cancelling_now_can_credit_the_unused_time(sandbox: Served, ada: Life) -> None:
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    assert amounts(ada.preview(subscription, cancel_now=True)) == [-500]
    ended = ada.client.subscriptions.cancel(subscription.id, {"prorate": True, "invoice_now": True})
    assert (ended.status, ada.balance()) == ("canceled", -500)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        ada.preview(subscription)
    assert caught.value.code == "invoice_upcoming_none"


def test_a_schedule_changes_the_price_at_its_instant(sandbox: Served, ada: Life) -> None:
    client = ada.client.subscription_schedules
    cheap, dear = sandbox.price(1000), sandbox.price(2000)
    subscription = ada.subscribe(dear)
    schedule = client.create({"from_subscription": subscription.id})
    now = schedule.phases[0]
    first = {"items": [{"price": dear.id}], "start_date": now.start_date, "end_date": now.end_date}
    then = {"items": [{"price": cheap.id}], "proration_behavior": "none", "duration": {"interval": "month"}}
    client.update(schedule.id, {"phases": [first, then], "end_behavior": "release"})
    preview = ada.client.invoices.create_preview({"schedule": schedule.id})
    assert (amounts(preview), ada.now(subscription).schedule) == ([1000], schedule.id)
    ada.until(moment(2026, 2, 1, 12))
    assert same(preview, ada.invoices()[-1])
    assert ada.now(subscription).items.data[0].price.id == cheap.id
    ada.until(moment(2026, 3, 1, 12))
    assert client.retrieve(schedule.id).status == "released"
    assert (ada.now(subscription).schedule, ada.now(subscription).status) == (None, "active")
    assert amounts(ada.invoices()[-1]) == [1000]
    types = sandbox.types("subscription_schedule")
    assert (types[0], types[-1]) == ("subscription_schedule.created", "subscription_schedule.released")


def test_a_schedule_can_be_released_or_ends_its_subscription(sandbox: Served, ada: Life) -> None:
    client = ada.client.subscription_schedules
    subscription = ada.subscribe(sandbox.price(1000))
    released = client.release(client.create({"from_subscription": subscription.id}).id)
    assert (released.status, released.released_subscription) == ("released", subscription.id)
    kept = client.create({"from_subscription": subscription.id})
    client.update(kept.id, {"end_behavior": "cancel"})
    ada.until(moment(2026, 2, 1, 12))
    assert (client.retrieve(kept.id).status, ada.now(subscription).status) == ("completed", "canceled")
    bought = client.create(
        {
            "customer": ada.customer.id,
            "phases": [
                {"items": [{"price": sandbox.price(700).id}], "duration": {"interval": "month", "interval_count": 2}}
            ],
        }
    )
    started = ada.client.subscriptions.retrieve(str(bought.subscription))
    assert (started.status, ada.invoices()[-1].amount_paid) == ("active", 700)
    assert client.cancel(bought.id).status == "canceled"
    assert ada.now(started).status == "canceled"


def test_a_pause_credits_the_rest_and_resuming_begins_anew(sandbox: Served, ada: Life) -> None:
    client = ada.client.subscriptions
    subscription = ada.subscribe(sandbox.price(1000))
    ada.until(HALF_OF_JANUARY)
    paused = client.pause(subscription.id, {"invoicing_behavior": "invoice"})
    assert paused.status_details
    assert (paused.status, paused.status_details.paused.subscription.type) == ("paused", "pause_requested")
    assert ada.balance() == -500
    ada.until(moment(2026, 3, 10))
    assert len(ada.invoices()) == 2
    resumed = client.resume(subscription.id)
    item = resumed.items.data[0]
    assert (resumed.status, date(item.current_period_start), date(item.current_period_end)) == (
        "active",
        "2026-03-10",
        "2026-04-10",
    )
    assert (ada.invoices()[-1].total, ada.invoices()[-1].amount_paid) == (1000, 500)
    types = sandbox.types("customer.subscription")
    assert "customer.subscription.paused" in types
    assert types[-1] == "customer.subscription.resumed"
    with pytest.raises(stripe.InvalidRequestError, match="not paused"):
        client.resume(subscription.id)


def test_resuming_can_wait_for_its_payment(sandbox: Served, ada: Life) -> None:
    client = ada.client.subscriptions
    subscription = ada.subscribe(sandbox.price(1000))
    client.pause(subscription.id, {"bill_for": {"unused_time_from": {"type": "none"}}})
    ada.pays_with("pm_card_chargeCustomerFail")
    still = client.resume(subscription.id, {"payment_behavior": "resume_on_payment_success"})
    assert still.status == "paused"
    ada.pays_with("pm_card_visa")
    ada.client.invoices.pay(str(ada.now(subscription).latest_invoice))
    assert ada.now(subscription).status == "active"


def test_a_hand_made_invoice_takes_up_what_waits(sandbox: Served, ada: Life) -> None:
    client = ada.client
    client.invoice_items.create(
        {"customer": ada.customer.id, "amount": 1500, "currency": "usd", "description": "Setup"}
    )
    gone = client.invoice_items.create({"customer": ada.customer.id, "amount": 700, "currency": "usd"})
    client.invoice_items.delete(gone.id)
    draft = client.invoices.create({"customer": ada.customer.id, "pending_invoice_items_behavior": "include"})
    assert (draft.status, draft.total, draft.auto_advance) == ("draft", 1500, False)
    assert client.invoices.finalize_invoice(draft.id).status == "open"
    assert client.invoices.send_invoice(draft.id).status == "open"
    assert client.invoices.mark_uncollectible(draft.id).status == "uncollectible"
    assert client.invoices.pay(draft.id).status == "paid"
    other = client.invoices.create({"customer": ada.customer.id})
    client.invoices.delete(other.id)
    assert [one.id for one in ada.invoices()] == [draft.id]


def test_an_off_session_payment_says_when_the_customer_is_needed(sandbox: Served, ada: Life) -> None:
    params: Any = {"amount": 2000, "currency": "usd", "customer": ada.customer.id, "off_session": True, "confirm": True}
    good = ada.pays_with("pm_card_visa")
    assert ada.client.payment_intents.create({**params, "payment_method": good}).status == "succeeded"
    asks = ada.pays_with("pm_card_authenticationRequired")
    with pytest.raises(stripe.CardError) as caught:
        ada.client.payment_intents.create({**params, "payment_method": asks})
    assert caught.value.code == "authentication_required"
