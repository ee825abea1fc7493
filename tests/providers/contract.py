"""What every provider promises, as stories that are told with each of them.

A story asks the provider's capabilities where they differ: what a provider cannot do it must say, and nothing happens.
Who writes a provider writes a `Company` beside it and tells `STORIES`, or those that it claims.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, update

from nestpay.billing import change_options, changes, checkout, credits, inbox, reconcile, refunds, subscriptions
from nestpay.billing.clock import billing_now, real_now
from nestpay.domain.errors import BadSignature, NotOffered, WholeRefundsOnly
from nestpay.providers.base import Capability, ChargeRequest
from nestpay.store.session import transaction
from nestpay.store.tables import OrderRow, PlanRow
from tests import builders
from tests.providers.contract_shop import END_OF_JANUARY, Shop
from tests.scenarios import fingerprint
from tests.scenarios.merchant import run_jobs

HOUR = timedelta(hours=1)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


# Buying


def a_purchase_is_paid_once_and_brings_its_credits(shop: Shop) -> None:
    bought = shop.buy()
    shop.hear()
    (order,) = shop.orders("purchase")
    assert (order.id, order.amount_total, order.currency) == (bought.id, 900, "usd")
    assert shop.credits() == 500
    assert shop.mails("purchase_confirmation") == 1


def several_of_a_purchase_are_paid_together(shop: Shop) -> None:
    shop.buy(quantity=3)
    shop.hear()
    assert shop.orders("purchase")[0].amount_total == 2700
    assert shop.credits() == 1500


def a_payment_page_that_was_paid_proves_it_before_any_delivery(shop: Shop) -> None:
    bought = shop.buy()
    found = checkout.confirm(shop.user_id, bought.provider_session_id or "", ask_provider=True)
    assert (found.state, shop.credits()) == ("paid", 500)
    shop.hear()
    assert (len(shop.orders("purchase")), shop.credits()) == (1, 500)


def a_payment_page_is_found_again_by_the_second_click(shop: Shop) -> None:
    first, second = (checkout.start(shop.user_id, shop.prices["credits-500", "once"]) for _ in range(2))
    assert first == second


def a_forged_delivery_is_refused(shop: Shop) -> None:
    shop.buy()
    raw, headers = shop.company.deliveries()[-1]
    with pytest.raises(BadSignature):
        inbox.receive_and_wait(shop.name, raw.replace(b" ", b"  ", 1), headers)
    assert shop.credits() == 0


# Subscriptions


def a_subscription_begins_with_its_first_payment(shop: Shop) -> None:
    held = shop.subscribe()
    assert (held.status, held.price_id) == ("active", shop.prices["pro", "month"])
    (order,) = shop.orders("subscription_initial")
    assert (order.amount_total, order.subscription_id) == (1900, held.id)
    assert (shop.credits(), shop.opens(), shop.mails("subscription_started")) == (1000, True, 1)


def a_subscription_is_proved_by_its_page_too(shop: Shop) -> None:
    bought = shop.buy("pro", "month")
    checkout.confirm(shop.user_id, bought.provider_session_id or "", ask_provider=True)
    shop.hear()
    assert (len(shop.orders("subscription_initial")), shop.credits()) == (1, 1000)


def a_renewal_sets_the_credits_anew(shop: Shop) -> None:
    shop.subscribe()
    credits.spend(shop.user_id, 400, key="first month")
    first_end = shop.end_of_period()
    shop.live_until(first_end + 3 * HOUR)
    assert shop.end_of_period() > first_end
    (order,) = shop.orders("subscription_renewal")
    assert (order.amount_total, shop.credits(), shop.opens()) == (1900, 1000, True)


def a_year_is_paid_once_and_drips_each_month(shop: Shop) -> None:
    shop.subscribe("pro", "year")
    assert (shop.orders("subscription_initial")[0].amount_total, shop.credits()) == (19_000, 1000)
    shop.live(days=30)
    assert (shop.credits(), shop.orders("subscription_renewal")) == (1000, [])


def a_trial_takes_no_money_until_it_ends(shop: Shop) -> None:
    with transaction() as session:
        session.execute(update(PlanRow).where(col(PlanRow.key) == "pro").values(trial_days=7))
    held = shop.subscribe()
    assert (held.status, shop.opens()) == ("trialing", True)
    (order,) = shop.orders("subscription_initial")
    assert (order.amount_total, held.price_id) == (0, shop.prices["pro", "month"])
    shop.live(days=7, hours=4)
    assert shop.held().status == "active"
    (first,) = shop.orders("subscription_renewal")
    assert (first.amount_total, shop.credits()) == (1900, 1000)


def a_payment_that_fails_leaves_days_of_grace_and_can_be_mended(shop: Shop) -> None:
    shop.subscribe()
    shop.company.lose_card(shop.held())
    shop.live_until(shop.end_of_period() + 3 * HOUR)
    assert (shop.held().status, shop.opens()) == ("past_due", True)
    assert shop.mails("payment_failed") == 1
    shop.company.mend_card(shop.held())
    shop.hear()
    assert (shop.held().status, shop.opens(), shop.credits()) == ("active", True, 1000)
    assert len(shop.orders("subscription_renewal")) == 1


def a_payment_that_never_comes_ends_it(shop: Shop) -> None:
    shop.subscribe()
    shop.company.lose_card(shop.held())
    shop.live(days=75)
    assert (shop.held().status, shop.opens(), shop.credits()) == ("canceled", False, 0)
    assert shop.orders("subscription_renewal") == []


def a_cancellation_keeps_the_paid_period_and_can_be_taken_back(shop: Shop) -> None:
    shop.subscribe()
    subscriptions.cancel(shop.user_id, reason="unused")
    held = shop.held()
    assert (held.status, held.cancels_at, shop.opens()) == ("active", held.current_period_end, True)
    subscriptions.cancel(shop.user_id)
    subscriptions.resume(shop.user_id)
    assert shop.held().cancels_at is None
    subscriptions.cancel(shop.user_id)
    shop.hear()
    shop.live_until(shop.end_of_period() + 3 * HOUR)
    assert (shop.held().status, shop.opens(), shop.orders("subscription_renewal")) == ("canceled", False, [])
    assert shop.mails("subscription_ended") == 1


def an_admin_can_end_it_at_once(shop: Shop) -> None:
    shop.subscribe()
    subscriptions.cancel(shop.user_id, at_once=True, by="an-admin")
    shop.hear()
    shop.live(days=1)
    assert (shop.held().status, shop.opens(), shop.credits()) == ("canceled", False, 0)


def a_pause_charges_nothing_and_keeps_what_was_paid(shop: Shop) -> None:
    shop.subscribe()
    if not shop.can(Capability.PAUSE):
        with pytest.raises(NotOffered):
            subscriptions.pause(shop.user_id)
        return
    subscriptions.pause(shop.user_id)
    shop.hear()
    assert (shop.held().status, shop.opens()) == ("paused", True)
    subscriptions.unpause(shop.user_id)
    shop.hear()
    assert (shop.held().status, shop.orders("subscription_renewal")) == ("active", [])
    subscriptions.pause(shop.user_id)
    shop.hear()
    shop.live_until(shop.end_of_period() + 50 * HOUR)
    assert (shop.held().status, shop.opens(), shop.orders("subscription_renewal")) == ("paused", False, [])
    subscriptions.unpause(shop.user_id)
    shop.hear()
    assert (shop.held().status, shop.opens(), shop.credits()) == ("active", True, 1000)


def another_plan_costs_what_was_shown_or_says_that_it_is_an_estimate(shop: Shop) -> None:
    shop.subscribe()
    shop.live(days=10)
    quote = changes.quote(shop.user_id, shop.prices["business", "month"])
    assert quote.is_exact is shop.can(Capability.PREVIEW)
    assert changes.agree(shop.user_id, quote.id).state == "done"
    shop.hear()
    assert shop.held().price_id == shop.prices["business", "month"]
    paid = max(builders.rows_of(OrderRow, status="succeeded"), key=lambda order: order.paid_at or LONG_AGO)
    assert (paid.amount_total, paid.plan_id) == (quote.due_now_minor, shop.held().plan_id)
    assert shop.end_of_period().date() == (quote.next_at or LONG_AGO).date()
    if not shop.can(Capability.KEEP_PERIOD):
        assert (shop.end_of_period().date() - billing_now().date()).days >= 28
        assert shop.credits() == 5000


def a_step_down_waits_for_the_period_or_is_not_offered(shop: Shop) -> None:
    shop.subscribe("business")
    offered = {option.price_id for option in change_options.options(shop.user_id)}
    smaller = shop.prices["pro", "month"]
    if not shop.can(Capability.SCHEDULE):
        assert smaller not in offered
        with pytest.raises(NotOffered):
            changes.quote(shop.user_id, smaller)
        return
    assert smaller in offered
    assert changes.agree(shop.user_id, changes.quote(shop.user_id, smaller).id).state == "scheduled"
    shop.hear()
    shop.live_until(shop.end_of_period() + 3 * HOUR)
    assert (shop.held().price_id, shop.credits()) == (smaller, 1000)


def seats_can_be_added_or_are_not_offered(shop: Shop) -> None:
    shop.subscribe()
    if not shop.can(Capability.QUANTITY):
        with pytest.raises(NotOffered):
            changes.quote(shop.user_id, shop.held().price_id or "", quantity=3)
        return
    shop.live(days=3)
    quote = changes.quote(shop.user_id, shop.held().price_id or "", quantity=3)
    changes.agree(shop.user_id, quote.id)
    shop.hear()
    assert shop.held().quantity == 3
    shop.live_until(shop.end_of_period() + 3 * HOUR)
    assert shop.orders("subscription_renewal")[-1].amount_total == 5700
    assert shop.credits() == 3000


# Money that goes back


def a_refund_takes_back_what_it_granted(shop: Shop) -> None:
    shop.buy()
    shop.hear()
    (order,) = shop.orders("purchase")
    refunds.refund_order(order.id, by="an-admin")
    shop.hear()
    (after,) = builders.rows_of(OrderRow, id=order.id)
    assert (after.status, after.amount_refunded, shop.credits()) == ("refunded", 900, 0)
    assert len(builders.rows_of(OrderRow, type="refund")) == 1
    assert shop.mails("refund") == 1


def a_refund_of_a_subscriptions_payment_finds_it(shop: Shop) -> None:
    shop.subscribe()
    (order,) = shop.orders("subscription_initial")
    refunds.refund_order(order.id, by="an-admin")
    shop.hear()
    assert (len(shop.orders("subscription_initial", "refunded")), shop.credits()) == (1, 0)


def a_part_can_be_refunded_or_only_the_whole(shop: Shop) -> None:
    shop.buy()
    shop.hear()
    (order,) = shop.orders("purchase")
    if not shop.can(Capability.PARTIAL_REFUND):
        with pytest.raises(WholeRefundsOnly):
            refunds.refund_order(order.id, amount_minor=300, by="an-admin")
        assert shop.credits() == 500
        return
    refunds.refund_order(order.id, amount_minor=300, by="an-admin")
    shop.hear()
    (after,) = builders.rows_of(OrderRow, id=order.id)
    assert (after.status, after.amount_refunded, shop.credits()) == ("partially_refunded", 300, 333)


def a_dispute_takes_the_credits_while_it_lasts(shop: Shop) -> None:
    shop.buy()
    shop.hear()
    shop.company.dispute(shop.orders("purchase")[0])
    shop.hear()
    assert (len(shop.orders("purchase", "disputed")), shop.credits()) == (1, 0)


# Deliveries


def told_twice_nothing_changes(shop: Shop) -> None:
    _live_a_little(shop)
    before = fingerprint.state_of(shop.user_id)
    shop.deliver(shop.told)
    assert fingerprint.state_of(shop.user_id) == before


def told_backwards_it_ends_the_same(shop: Shop) -> None:
    shop.buy("pro", "month")
    shop.buy()
    shop.company.move_to(END_OF_JANUARY + timedelta(days=29))
    shop.hear(backwards=True)
    assert (len(shop.orders("subscription_initial")), len(shop.orders("subscription_renewal"))) == (1, 1)
    assert (shop.held().status, shop.credits(), shop.opens()) == ("active", 1500, True)


def what_was_never_delivered_is_found_by_looking(shop: Shop) -> None:
    shop.subscribe()
    shop.company.move_to(shop.end_of_period() + 3 * HOUR)
    shop.company.deliveries()
    reconcile.run(since=real_now() - timedelta(days=1))
    run_jobs()
    assert len(shop.orders("subscription_renewal")) == 1
    assert (shop.held().status, shop.credits(), shop.opens()) == ("active", 1000, True)
    before = fingerprint.state_of(shop.user_id)
    reconcile.run(since=real_now() - timedelta(days=1))
    assert fingerprint.state_of(shop.user_id) == before


def _live_a_little(shop: Shop) -> None:
    shop.subscribe()
    shop.live_until(shop.end_of_period() + 3 * HOUR)
    shop.buy()
    shop.hear()
    refunds.refund_order(shop.orders("purchase")[0].id, by="an-admin")
    subscriptions.cancel(shop.user_id)
    shop.hear()


# What not everybody can


def the_portal_is_the_companys_own_page_or_not_offered(shop: Shop) -> None:
    shop.subscribe()
    if not shop.can(Capability.PORTAL):
        with pytest.raises(NotOffered):
            subscriptions.portal_url(shop.user_id, "/dashboard/subscription")
        return
    assert subscriptions.portal_url(shop.user_id, "/dashboard/subscription").startswith("http")
    assert subscriptions.card_update_url(shop.user_id, "/dashboard/subscription").startswith("http")
    assert subscriptions.invoices(shop.user_id)[0].amount_text == "$19.00"


def a_second_page_closes_the_first_where_pages_can_be_closed(shop: Shop) -> None:
    shop.buy()
    shop.hear()
    first = checkout.start(shop.user_id, shop.prices["pro", "month"])
    checkout.start(shop.user_id, shop.prices["business", "month"])
    (order,) = builders.rows_of(OrderRow, id=first.order_id)
    assert order.status == ("canceled" if shop.can(Capability.CLOSE_CHECKOUT) else "pending")


def what_happened_can_be_listed_where_the_company_lists_it(shop: Shop) -> None:
    shop.buy()
    listed = list(shop.company.provider.list_events(real_now() - timedelta(days=400)))
    assert bool(listed) is shop.can(Capability.LIST_EVENTS)


def nobody_is_charged_without_being_there_unless_a_card_is_kept(shop: Shop) -> None:
    shop.buy()
    shop.hear()
    (order,) = shop.orders("purchase")
    request = ChargeRequest(
        order_id="top-up",
        customer_id=_customer(shop),
        currency="usd",
        amount_minor=900,
        description="A top-up",
        metadata={"order_id": "top-up", "user_id": shop.user_id, "price_id": order.price_id or ""},
    )
    result = shop.company.provider.charge_off_session(request, idempotency_key="top-up")
    assert result.is_paid is shop.can(Capability.OFF_SESSION)


def _customer(shop: Shop) -> str:
    provider = shop.company.provider
    return provider.ensure_customer(
        user_id=shop.user_id,
        email="ada@example.com",
        name="Ada",
        idempotency_key=f"customer:sandbox:{shop.user_id}",
    )


Story = Callable[[Shop], None]
STORIES: dict[str, tuple[Story, ...]] = {
    "buying": (
        a_purchase_is_paid_once_and_brings_its_credits,
        several_of_a_purchase_are_paid_together,
        a_payment_page_that_was_paid_proves_it_before_any_delivery,
        a_payment_page_is_found_again_by_the_second_click,
    ),
    "subscribing": (
        a_subscription_begins_with_its_first_payment,
        a_subscription_is_proved_by_its_page_too,
        a_renewal_sets_the_credits_anew,
        a_year_is_paid_once_and_drips_each_month,
        a_trial_takes_no_money_until_it_ends,
        a_payment_that_fails_leaves_days_of_grace_and_can_be_mended,
        a_payment_that_never_comes_ends_it,
        a_cancellation_keeps_the_paid_period_and_can_be_taken_back,
        an_admin_can_end_it_at_once,
        a_pause_charges_nothing_and_keeps_what_was_paid,
        another_plan_costs_what_was_shown_or_says_that_it_is_an_estimate,
        a_step_down_waits_for_the_period_or_is_not_offered,
        seats_can_be_added_or_are_not_offered,
        the_portal_is_the_companys_own_page_or_not_offered,
    ),
    "giving back": (
        a_refund_takes_back_what_it_granted,
        a_part_can_be_refunded_or_only_the_whole,
    ),
    "giving a subscription's payment back": (a_refund_of_a_subscriptions_payment_finds_it,),
    "disputes": (a_dispute_takes_the_credits_while_it_lasts,),
    "deliveries": (a_forged_delivery_is_refused,),
    "deliveries of a subscription": (
        told_twice_nothing_changes,
        told_backwards_it_ends_the_same,
        what_was_never_delivered_is_found_by_looking,
    ),
    "the rest": (
        a_second_page_closes_the_first_where_pages_can_be_closed,
        what_happened_can_be_listed_where_the_company_lists_it,
        nobody_is_charged_without_being_there_unless_a_card_is_kept,
    ),
}
