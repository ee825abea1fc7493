"""What time and changes bring about has every documented field of the documented type as well."""

from typing import Any

from tests.sandbox import shapes
from tests.sandbox.timing import DAY, Life, moment
from tests.sandbox.world import Served

KINDS = {
    "customer_balance_transaction", "invoice", "invoiceitem", "subscription", "subscription_schedule",
    "test_helpers.test_clock",
}  # fmt: skip


def a_busy_quarter(sandbox: Served) -> Life:
    """Changes up and down, a change that waits, a pause, a schedule, a failing renewal, a paused collection."""
    life = Life(sandbox)
    cheap, dear = sandbox.price(1000), sandbox.price(2000)
    first, second, third = (
        life.subscribe(cheap, default_payment_method=life.pays_with("pm_card_visa")) for _ in range(3)
    )
    life.until(moment(2026, 1, 11))
    update = life.client.subscriptions.update
    update(first.id, life.change(first, dear, proration_behavior="always_invoice"))
    update(first.id, life.change(first, cheap, proration_behavior="always_invoice"))
    update(second.id, life.change(second, dear))
    bad = life.client.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": life.customer.id})
    update(third.id, {"default_payment_method": bad.id})
    waiting = life.change(third, dear, proration_behavior="always_invoice", payment_behavior="pending_if_incomplete")
    update(third.id, waiting)
    paused = life.subscribe(cheap)
    life.client.subscriptions.pause(paused.id)
    scheduled = life.subscribe(cheap, trial_period_days=5)
    life.client.subscription_schedules.create({"from_subscription": scheduled.id, "metadata": {"why": "test"}})
    update(first.id, {"pause_collection": {"behavior": "void"}})
    life.client.invoice_items.create({"customer": life.customer.id, "amount": 500, "currency": "usd"})
    life.until(moment(2026, 2, 8))
    return life


def test_every_object_that_time_makes_has_every_documented_field(sandbox: Served) -> None:
    life = a_busy_quarter(sandbox)
    found: list[dict[str, Any]] = []
    for path in (
        "/subscriptions?status=all&expand[]=data.latest_invoice.payments&expand[]=data.schedule&expand[]=data.test_clock",
        "/invoices?expand[]=data.customer",
        "/invoiceitems?customer=" + life.customer.id,
        "/subscription_schedules?expand[]=data.phases.items.price",
        "/test_helpers/test_clocks?",
        f"/customers/{life.customer.id}/balance_transactions?",
        "/events?",
    ):
        answer = sandbox.call("GET", f"{path}&limit=100")
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
    carried = [one["data"]["object"] for one in found if one["object"] == "event" and one["type"] != "invoice.upcoming"]
    form = {"subscription": found[0]["id"]}
    found.append(sandbox.call("POST", "/invoices/create_preview", data=form).json())
    assert KINDS - {one["object"] for one in found} == set()
    wrong = {fault for one in found + carried for fault in shapes.faults(one)}
    assert not wrong, "\n".join(sorted(wrong))


def test_an_object_lives_in_the_time_of_its_clock(sandbox: Served) -> None:
    life = Life(sandbox)
    life.until(life.start + 3 * DAY)
    session = sandbox.session(sandbox.price(), customer=life.customer.id)
    assert (session.created, session.expires_at) == (life.start + 3 * DAY, life.start + 4 * DAY)
    sandbox.press(session)
    bought = life.client.subscriptions.list({"customer": life.customer.id}).data[0]
    assert (bought.created, bought.test_clock) == (life.start + 3 * DAY, life.clock.id)
    left = sandbox.session(sandbox.price(), customer=life.customer.id)
    life.until(life.start + 5 * DAY)
    assert sandbox.reread(left).status == "expired"
