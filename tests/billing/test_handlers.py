"""What each event changes: the same rows, in whatever order and however often the events of a purchase come."""

from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from nestpay.billing import credits, inbox
from nestpay.billing.clock import real_now
from nestpay.domain.orders import Order, OrderType
from nestpay.providers import registry
from nestpay.store.session import transaction
from nestpay.store.tables import (
    CreditGrantRow,
    CreditLogRow,
    EmailRow,
    OrderRow,
    SubscriptionRow,
    UsageRow,
    WebhookEventRow,
)
from tests import builders, stripe_objects
from tests.shop import Shop
from tests.stripe_objects import FEBRUARY, JANUARY, MARCH

_numbers = count(1)
ORDER_FIELDS = (
    "type",
    "status",
    "amount_total",
    "currency",
    "price_id",
    "granted",
    "provider_order_id",
    "provider_session_id",
    "provider_invoice_id",
    "provider_payment_intent_id",
    "provider_subscription_id",
)
MANY_ORDERS = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@dataclass(frozen=True)
class Customer:
    """Somebody of their own for one story, so that many stories fit one database. `tag` ends all their ids."""

    shop: Shop
    tag: str
    user_id: str
    customer_id: str

    def metadata(self, key: tuple[str, str], order: Order | None) -> dict[str, str]:
        price = self.shop.prices[key]
        known = {"user_id": self.user_id, "price_id": price.id, "plan_id": price.plan_id}
        return known | ({"order_id": order.id} if order else {})


def new_customer(shop: Shop) -> Customer:
    tag = f"{next(_numbers):05}"
    user_id = builders.add_user(f"user-{tag}")
    return Customer(shop, tag, user_id, builders.add_customer(user_id, f"cus_{tag}"))


def deliver(groups: list[list[dict[str, Any]]]) -> None:
    """Deliver group after group, and work on what is left as often as it takes."""
    stripe = registry.get("stripe")
    for group in groups:
        inbox._store_group([stripe.verify_event(*stripe_objects.delivery(body), real_now()) for body in group])
    work_until_done()


def work_until_done() -> None:
    while builders.rows_of(WebhookEventRow, status="received") or builders.rows_of(WebhookEventRow, status="failed"):
        with transaction() as session:
            session.execute(text("update webhook_events set next_attempt_at = received_at where status = 'failed'"))
        assert inbox.work()


def state(customer: Customer) -> dict[str, Any]:
    """Everything that matters of a customer, without ids of ours and instants of arrival."""

    def plain(value: Any) -> str:
        return str(value).replace(customer.tag, "…")

    (usage,) = builders.rows_of(UsageRow, user_id=customer.user_id)
    orders = builders.rows_of(OrderRow, user_id=customer.user_id)
    order_names = {order.id: f"{order.type} {plain(order.provider_order_id)}" for order in orders}
    subscriptions = builders.rows_of(SubscriptionRow, user_id=customer.user_id)
    return {
        "balances": (usage.subscription_credits_balance, usage.one_time_credits_balance),
        "orders": sorted(
            plain([getattr(order, name) for name in ORDER_FIELDS]) + str(order.subscription_id is None)
            for order in orders
        ),
        "lots": sorted(
            (plain(lot.key), lot.pool, lot.amount, lot.remaining, str(lot.expires_at), order_names[lot.order_id])
            for lot in builders.rows_of(CreditGrantRow, user_id=customer.user_id)
        ),
        "subscriptions": [
            plain((each.provider_subscription_id, each.status, each.price_id, each.current_period_start, each.quantity))
            for each in subscriptions
        ],
        "mails": sorted(row.template for row in builders.rows_of(EmailRow, user_id=customer.user_id)),
    }


def purchase_story(customer: Customer, *, has_order: bool) -> list[dict[str, Any]]:
    """A pack paid by bank debit: completed but unpaid, then the money, and an expiry that comes late for nothing."""
    order = builders.add_order(customer.user_id, customer.shop.pack) if has_order else None
    session_id = f"cs_{customer.tag}"
    hints = {"customer": customer.customer_id, "metadata": customer.metadata(("credits-500", "once"), order)}
    waiting = stripe_objects.checkout_session(session_id, payment_status="unpaid", **hints)
    paid = stripe_objects.checkout_session(session_id, **hints)
    return [
        stripe_objects.event("checkout.session.completed", waiting),
        stripe_objects.event("checkout.session.async_payment_succeeded", paid),
        stripe_objects.event("checkout.session.async_payment_failed", waiting),
        stripe_objects.event("payment_intent.succeeded", {"id": f"pi_of_{session_id}", "object": "payment_intent"}),
    ]


def subscription_story(customer: Customer, *, has_order: bool) -> list[dict[str, Any]]:
    """A first subscription and its first renewal, as Stripe tells it."""
    key, tag = ("pro", "month"), customer.tag
    price = customer.shop.prices[key].provider_price_id or ""
    initial = OrderType.SUBSCRIPTION_INITIAL
    order = builders.add_order(customer.user_id, customer.shop.pro, type=initial) if has_order else None
    hints = {"customer": customer.customer_id, "metadata": customer.metadata(key, order)}
    session = stripe_objects.subscription_session(f"cs_{tag}", f"sub_{tag}", **hints)
    first = stripe_objects.subscription(f"sub_{tag}", price=price, **hints)
    now = stripe_objects.subscription(f"sub_{tag}", price=price, start=FEBRUARY, end=MARCH, **hints)
    customer.shop.edge.things[f"/v1/subscriptions/sub_{tag}"] = now
    invoice = stripe_objects.paid_invoice(f"in_{tag}_a", subscription=f"sub_{tag}", price=price, **hints)
    renewal = stripe_objects.paid_invoice(
        f"in_{tag}_b",
        subscription=f"sub_{tag}",
        price=price,
        billing_reason="subscription_cycle",
        start=FEBRUARY,
        end=MARCH,
        **hints,
    )
    return [
        stripe_objects.event("checkout.session.completed", session),
        stripe_objects.event("customer.subscription.created", first),
        stripe_objects.event("invoice.paid", invoice),
        stripe_objects.event("invoice.payment_succeeded", invoice),
        stripe_objects.event("customer.subscription.updated", now),
        stripe_objects.event("invoice.paid", renewal),
    ]


@st.composite
def told(draw: st.DrawFn, length: int) -> list[list[int]]:
    """The numbers of a story's events in any order, some twice, cut into groups that arrive together."""
    order = draw(st.permutations(range(length)))
    repeated = draw(st.lists(st.sampled_from(range(length)), max_size=3))
    sequence = draw(st.permutations([*order, *repeated]))
    groups: list[list[int]] = [[]]
    for number in sequence:
        groups[-1].append(number)
        if draw(st.booleans()):
            groups.append([])
    return [group for group in groups if group]


STORIES = {"purchase": (purchase_story, 4), "subscription": (subscription_story, 6)}


@pytest.mark.parametrize("has_order", [True, False], ids=["with our order", "without"])
@pytest.mark.parametrize("story", STORIES)
def test_any_order_and_repetition_of_the_events_leads_to_the_same_rows(shop: Shop, story: str, has_order: bool) -> None:
    tell, length = STORIES[story]
    straight = new_customer(shop)
    deliver([[body] for body in tell(straight, has_order=has_order)])
    expected = state(straight)

    @MANY_ORDERS
    @given(told(length))
    def check(groups: list[list[int]]) -> None:
        customer = new_customer(shop)
        bodies = tell(customer, has_order=has_order)
        deliver([[bodies[number] for number in group] for group in groups])
        assert state(customer) == expected

    check()


def test_a_first_subscription_and_its_renewal_end_with_one_periods_credits(shop: Shop) -> None:
    customer = new_customer(shop)
    deliver([subscription_story(customer, has_order=True)])
    found = state(customer)
    assert found["balances"] == (1000, 0)
    assert [(lot[1], lot[2], lot[3]) for lot in found["lots"]] == [
        ("subscription", 1000, 0),
        ("subscription", 1000, 1000),
    ]
    assert len(found["orders"]) == 2
    assert found["mails"] == ["subscription_renewed", "subscription_started"]
    assert "active" in found["subscriptions"][0]


def test_the_first_invoice_that_comes_late_gives_nothing_back_that_was_spent(shop: Shop) -> None:
    customer = new_customer(shop)
    events = subscription_story(customer, has_order=True)
    deliver([[events[5]]])
    assert spend_all(customer) == 1000
    deliver([[events[2]]])
    assert state(customer)["balances"] == (0, 0)


def spend_all(customer: Customer) -> int:
    held = credits.get_user_benefits(customer.user_id).total_available_credits
    return credits.spend(customer.user_id, held, key=f"all-{customer.tag}").amount


# One event at a time


def only_order(customer: Customer) -> OrderRow:
    (row,) = builders.rows_of(OrderRow, user_id=customer.user_id)
    return row


def deliver_session(customer: Customer, kind: str = "completed", **fields: Any) -> None:
    hints = {"customer": customer.customer_id, "metadata": customer.metadata(("credits-500", "once"), None)}
    session = stripe_objects.checkout_session(f"cs_{customer.tag}", **{**hints, **fields})
    deliver([[stripe_objects.event(f"checkout.session.{kind}", session)]])


def test_order_and_credits_come_together(shop: Shop) -> None:
    customer = new_customer(shop)
    deliver_session(customer)
    order = only_order(customer)
    assert (order.status, order.amount_total, order.provider_order_id) == ("succeeded", 900, f"cs_{customer.tag}")
    assert order.granted == {"one_time_credits": 500, "credits": 500}
    (line,) = builders.rows_of(CreditLogRow, user_id=customer.user_id)
    assert (line.amount, line.one_time_balance_after, line.order_id) == (500, 500, order.id)


def test_a_session_that_is_not_paid_yet_grants_nothing(shop: Shop) -> None:
    customer = new_customer(shop)
    deliver_session(customer, payment_status="unpaid")
    assert only_order(customer).status == "pending"
    assert state(customer)["balances"] == (0, 0)


def test_an_order_of_zero_dollars_counts_as_paid_without_a_payment_intent(shop: Shop) -> None:
    customer = new_customer(shop)
    free = {"payment_status": "no_payment_required", "amount_total": 0, "payment_intent": None}
    deliver_session(customer, **free, total_details={"amount_discount": 900, "amount_tax": 0})
    order = only_order(customer)
    assert (order.status, order.amount_total, order.amount_discount) == ("succeeded", 0, 900)
    assert order.provider_payment_intent_id is None
    assert state(customer)["balances"] == (0, 500)


def test_one_time_credits_accumulate(shop: Shop) -> None:
    customer = new_customer(shop)
    for number in range(3):
        hints = {"customer": customer.customer_id, "metadata": customer.metadata(("credits-500", "once"), None)}
        session = stripe_objects.checkout_session(f"cs_{customer.tag}_{number}", **hints)
        deliver([[stripe_objects.event("checkout.session.completed", session)]])
    assert state(customer)["balances"] == (0, 1500)


@pytest.mark.parametrize(("kind", "status"), [("async_payment_failed", "failed"), ("expired", "canceled")])
def test_what_was_never_paid_ends_and_grants_nothing(shop: Shop, kind: str, status: str) -> None:
    customer = new_customer(shop)
    deliver_session(customer, kind, payment_status="unpaid")
    assert only_order(customer).status == status
    assert state(customer)["balances"] == (0, 0)


def test_a_subscriptions_checkout_alone_grants_nothing(shop: Shop) -> None:
    customer = new_customer(shop)
    events = subscription_story(customer, has_order=True)
    deliver([[events[0]]])
    assert only_order(customer).status == "pending"
    assert state(customer)["balances"] == (0, 0)


@pytest.mark.parametrize("is_backwards", [False, True])
def test_a_subscription_that_we_did_not_sell_is_one_order_and_nothing_stays_pending(
    shop: Shop, is_backwards: bool
) -> None:
    customer = new_customer(shop)
    events = subscription_story(customer, has_order=False)
    deliver([[event] for event in (reversed(events) if is_backwards else events)])
    found = builders.rows_of(OrderRow, user_id=customer.user_id)
    assert {row.status for row in found} == {"succeeded"}
    assert [row.type for row in found].count("subscription_initial") == 1


def test_a_proration_invoice_is_an_order_and_no_grant(shop: Shop) -> None:
    customer = new_customer(shop)
    deliver([[*subscription_story(customer, has_order=True)]])
    before = state(customer)["balances"]
    price = shop.pro.provider_price_id or ""
    change = stripe_objects.paid_invoice(
        f"in_{customer.tag}_c",
        customer=customer.customer_id,
        subscription=f"sub_{customer.tag}",
        billing_reason="subscription_update",
        lines={"data": [stripe_objects.invoice_line(price, proration=True, amount=500)]},
        subtotal=500,
        total=500,
    )
    deliver([[stripe_objects.event("invoice.paid", change)]])
    assert state(customer)["balances"] == before
    assert [row.amount_total for row in builders.rows_of(OrderRow, type="subscription_update")] == [500]


def test_an_invoice_without_a_subscription_changes_nothing(shop: Shop) -> None:
    customer = new_customer(shop)
    invoice = stripe_objects.paid_invoice("in_single", customer=customer.customer_id, subscription=None)
    deliver([[stripe_objects.event("invoice.paid", {**invoice, "billing_reason": "manual"})]])
    assert builders.rows_of(OrderRow, user_id=customer.user_id) == []


def test_the_price_on_the_invoice_decides_and_not_what_metadata_says(shop: Shop) -> None:
    customer = new_customer(shop)
    hints = {"customer": customer.customer_id, "metadata": customer.metadata(("pro", "month"), None)}
    business = shop.prices["business", "month"].provider_price_id or ""
    shop.edge.things["/v1/subscriptions/sub_x"] = stripe_objects.subscription("sub_x", price=business, **hints)
    invoice = stripe_objects.paid_invoice("in_x", subscription="sub_x", price=business, start=JANUARY, **hints)
    deliver([[stripe_objects.event("invoice.paid", invoice)]])
    assert state(customer)["balances"] == (5000, 0)
    assert only_order(customer).plan_id == shop.prices["business", "month"].plan_id


def test_the_customer_map_goes_before_the_metadata(shop: Shop) -> None:
    customer, eve = new_customer(shop), new_customer(shop)
    deliver_session(customer, metadata=eve.metadata(("credits-500", "once"), None))
    assert (state(customer)["balances"], state(eve)["balances"]) == ((0, 500), (0, 0))


def test_the_receipt_is_queued_once_in_the_buyers_language(shop: Shop) -> None:
    customer = new_customer(shop)
    with transaction() as session:
        session.execute(text("update users set locale = 'fr' where id = :id"), {"id": customer.user_id})
    deliver_session(customer)
    deliver_session(customer)
    (mail,) = builders.rows_of(EmailRow, user_id=customer.user_id)
    assert (mail.template, mail.locale, mail.recipient) == (
        "purchase_confirmation",
        "fr",
        f"user-{customer.tag}@example.com",
    )
    assert (mail.context["total"], mail.context["currency"], mail.context["credits"]) == (900, "usd", 500)
