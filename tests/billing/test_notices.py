"""What failures, reminders and warnings lead to, in whatever order they come."""

import json
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from nestpay.billing import inbox
from nestpay.providers import registry
from nestpay.store import subscriptions
from nestpay.store.session import reading
from nestpay.store.tables import CreditGrantRow, CustomerRow, EmailRow, OrderRow, SubscriptionRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.billing.conftest import Shop
from tests.stripe_objects import FEBRUARY, MARCH

OPEN = {"status": "open", "billing_reason": "subscription_cycle", "attempt_count": 1, "next_payment_attempt": MARCH}


def deliver(*bodies: dict[str, Any]) -> None:
    for body in bodies:
        inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))
    while inbox.work():
        pass


def invoice(shop: Shop, kind: str, **fields: Any) -> dict[str, Any]:
    """An event about the invoice of the subscription's second period."""
    thing = stripe_objects.paid_invoice(
        "in_2",
        customer=shop.customer_id,
        subscription="sub_1",
        price=shop.pro.provider_price_id or "",
        metadata=shop.metadata(shop.pro),
        start=FEBRUARY,
        end=MARCH,
        **{**OPEN, **fields},
    )
    return stripe_objects.event(kind, thing)


def paid(shop: Shop) -> dict[str, Any]:
    return invoice(shop, "invoice.paid", status="paid")


def orders() -> list[tuple[str, str, int, bool]]:
    return [(row.type, row.status, row.amount_total, row.paid_at is not None) for row in builders.rows_of(OrderRow)]


def mails(template: str) -> list[dict[str, Any]]:
    return [row.context for row in builders.rows_of(EmailRow, template=template)]


def test_a_failed_renewal_is_a_failed_order_that_its_later_payment_turns_into_a_paid_one(shop: Shop) -> None:
    deliver(invoice(shop, "invoice.payment_failed"))
    assert orders() == [("subscription_renewal", "failed", 1900, False)]
    assert builders.counts(CreditGrantRow) == (0,)
    deliver(paid(shop))
    assert orders() == [("subscription_renewal", "succeeded", 1900, True)]
    assert builders.counts(CreditGrantRow) == (1,)
    deliver(invoice(shop, "invoice.payment_failed"), invoice(shop, "invoice.marked_uncollectible"))
    assert orders() == [("subscription_renewal", "succeeded", 1900, True)]


@pytest.mark.parametrize(
    ("kinds", "status"),
    [
        (("invoice.payment_failed", "invoice.voided", "invoice.finalized"), "canceled"),
        (("invoice.payment_failed", "invoice.marked_uncollectible", "invoice.payment_action_required"), "failed"),
        (("invoice.payment_failed", "invoice.marked_uncollectible", "invoice.paid"), "succeeded"),
    ],
)
def test_whatever_the_order_of_its_events_an_invoice_ends_the_same(
    shop: Shop, kinds: tuple[str, ...], status: str
) -> None:
    ends = set()
    for number, order in enumerate(permutations(kinds)):
        events = [invoice(shop, kind, id=f"in_{number}") for kind in (*order, order[0])]
        deliver(*events)
        (row,) = builders.rows_of(OrderRow, provider_invoice_id=f"in_{number}")
        ends.add((row.type, row.status, row.amount_total, row.price_id, row.subscription_id, row.invoice_url != ""))
        assert row.status == status
    assert len(ends) == 1


def test_a_failure_that_comes_before_the_subscription_is_known_keeps_its_place(shop: Shop) -> None:
    deliver(invoice(shop, "invoice.payment_failed"))
    (row,) = builders.rows_of(SubscriptionRow)
    assert (row.status, row.provider_subscription_id) == ("pending", "sub_1")
    assert builders.rows_of(OrderRow)[0].subscription_id == row.id


def test_each_failed_attempt_is_mailed_once_with_the_way_to_pay(shop: Shop) -> None:
    deliver(*[invoice(shop, "invoice.payment_failed", attempt_count=number) for number in (1, 1, 2)])
    sent = mails("payment_failed")
    assert [mail["plan"] for mail in sent] == ["Pro", "Pro"]
    assert sent[0]["url"] == "https://invoice.example/in_2"
    assert sent[0]["next_try"].startswith("2027-03-31")
    deliver(paid(shop), invoice(shop, "invoice.payment_failed", attempt_count=3))
    assert len(mails("payment_failed")) == 2


def test_who_must_confirm_a_payment_is_told_once_and_not_after_it_is_paid(shop: Shop) -> None:
    asks = [invoice(shop, "invoice.payment_action_required") for _ in range(2)]
    deliver(*asks)
    (mail,) = mails("action_required")
    assert mail["url"] == "https://invoice.example/in_2"
    deliver(paid(shop), invoice(shop, "invoice.payment_action_required"))
    assert len(mails("action_required")) == 1


@pytest.mark.parametrize("is_backwards", [False, True])
def test_a_payment_that_only_waits_for_the_customers_word_is_not_also_called_refused(
    shop: Shop, is_backwards: bool
) -> None:
    kinds = ["invoice.payment_failed", "invoice.payment_action_required"]
    deliver(*[invoice(shop, kind) for kind in (reversed(kinds) if is_backwards else kinds)])
    assert (len(mails("payment_failed")), len(mails("action_required"))) == (0, 1)
    (row,) = builders.rows_of(EmailRow)
    assert row.next_attempt_at <= datetime.now(UTC)


def test_two_events_of_one_attempt_that_are_worked_on_together_make_one_mail(shop: Shop) -> None:
    kinds = ["invoice.payment_failed", "invoice.payment_action_required"]
    stripe = registry.get("stripe")
    events = [stripe.parse_event(json.dumps(invoice(shop, kind))) for kind in kinds]
    inbox.apply([fact for event in events for fact in stripe.translate(event)])
    assert (len(mails("payment_failed")), len(mails("action_required"))) == (0, 1)


def test_the_mail_about_a_refused_card_waits_for_the_other_event(shop: Shop) -> None:
    deliver(invoice(shop, "invoice.payment_failed"))
    (row,) = builders.rows_of(EmailRow)
    assert row.next_attempt_at > datetime.now(UTC)


def test_a_first_payment_that_fails_is_the_checkouts_business(shop: Shop) -> None:
    order = builders.add_order(shop.user_id, shop.pro, type="subscription_initial")
    for kind in ("invoice.payment_failed", "invoice.payment_action_required", "invoice.voided"):
        deliver(invoice(shop, kind, billing_reason="subscription_create"))
    assert [(row.id, row.status) for row in builders.rows_of(OrderRow)] == [(order.id, "pending")]
    assert builders.counts(EmailRow) == (0,)


def test_a_renewal_is_thanked_for_as_a_renewal(shop: Shop) -> None:
    deliver(paid(shop))
    (mail,) = mails("subscription_renewed")
    assert (mail["total"], mail["next_date"][:10]) == (1900, "2027-03-31")
    assert mails("purchase_confirmation") == []


def upcoming(shop: Shop, **fields: Any) -> dict[str, Any]:
    body = invoice(shop, "invoice.upcoming", status="draft", next_payment_attempt=MARCH, **fields)
    del body["data"]["object"]["id"]
    return body


def test_a_renewal_to_come_is_announced_once_though_its_invoice_has_no_id(shop: Shop) -> None:
    deliver(upcoming(shop), upcoming(shop))
    (mail,) = mails("upcoming_renewal")
    assert (mail["amount"], mail["interval"], mail["next_date"][:10]) == (1900, "month", "2027-03-31")
    assert builders.counts(OrderRow) == (0,)


def test_a_renewal_of_nothing_is_not_announced(shop: Shop) -> None:
    deliver(upcoming(shop, subtotal=0, total=0))
    assert mails("upcoming_renewal") == []


def trial(shop: Shop, **fields: Any) -> dict[str, Any]:
    thing = stripe_objects.subscription(
        "sub_1",
        customer=shop.customer_id,
        price=shop.pro.provider_price_id or "",
        metadata=shop.metadata(shop.pro),
        status="trialing",
        trial_end=FEBRUARY,
        **fields,
    )
    return stripe_objects.event("customer.subscription.trial_will_end", thing)


def test_a_trial_that_ends_is_announced_with_the_price_unless_it_was_canceled(shop: Shop) -> None:
    deliver(trial(shop, cancel_at=FEBRUARY))
    assert mails("trial_ending") == []
    deliver(trial(shop), trial(shop))
    (mail,) = mails("trial_ending")
    assert (mail["amount"], mail["trial_end"][:10]) == (shop.pro.amount_minor, "2027-02-28")


def customer_event(kind: str, **fields: Any) -> dict[str, Any]:
    return stripe_objects.event(kind, {"id": "cus_ada", "object": "customer", "currency": None, **fields})


def live_customers(user_id: str) -> tuple[str, str] | None:
    with reading() as session:
        return subscriptions.customer_of(session, user_id, "stripe")


def test_a_customer_that_stripe_forgot_makes_room_and_still_owns_late_events(shop: Shop) -> None:
    deliver(customer_event("customer.deleted"), customer_event("customer.deleted"))
    assert live_customers(shop.user_id) is None
    with reading() as session:
        assert subscriptions.owner_of(session, "stripe", "cus_ada") == shop.user_id
    builders.add_customer(shop.user_id, "cus_new")
    deliver(customer_event("customer.deleted"))
    assert live_customers(shop.user_id) == ("cus_new", "")


def test_a_customers_currency_is_remembered_once_and_another_address_changes_nobody(shop: Shop) -> None:
    bob = builders.add_user("bob")
    deliver(customer_event("customer.updated", currency="eur", email="bob@example.com"))
    deliver(customer_event("customer.updated", currency="usd"), customer_event("customer.updated"))
    assert live_customers(shop.user_id) == ("cus_ada", "eur")
    assert live_customers(bob) is None
    assert builders.counts(CustomerRow) == (1,)


def test_a_card_and_things_of_strangers_are_taken_without_a_complaint(shop: Shop) -> None:
    card = {"id": "pm_1", "object": "payment_method", "type": "card", "customer": "cus_stranger", "card": {}}
    deliver(
        stripe_objects.event("payment_method.attached", card),
        stripe_objects.event("customer.deleted", {"id": "cus_stranger", "object": "customer"}),
        stripe_objects.event("price.updated", {"id": "price_stranger", "object": "price"}),
    )
    assert [row.status for row in builders.rows_of(WebhookEventRow)] == ["done", "done", "done"]
