"""Stories of what customers choose: up, down, away, and through two doors at once."""

import pytest

from nestpay.billing import changes, checkout, subscriptions
from nestpay.domain.errors import AlreadySubscribed
from tests.scenarios.merchant import Merchant


def agree(ada: Merchant, plan: str, interval: str = "month") -> changes.QuoteView:
    """Ask what a change costs, agree to it and hear of it."""
    quote = changes.quote(ada.user_id, ada.price(plan, interval))
    changes.agree(ada.user_id, quote.id)
    ada.hear()
    return quote


def pay(ada: Merchant, session_id: str | None) -> int:
    """Fill in a payment page that is open in some tab."""
    form = {"do": "pay", "email": "ada@example.com", "name": "Ada", "country": "US", "number": "4242424242424242"}
    return ada.served.browser.post(f"/stripe/checkout/{session_id}", data=form).status_code


def test_up_at_once_then_spending_then_down_with_the_next_period(ada: Merchant) -> None:
    ada.subscribe()
    ada.live(days=14)
    up = agree(ada, "business")
    assert (up.timing, ada.credits()) == ("now", 1000 + up.credits_now)
    assert ada.orders("subscription_update")[0].amount_total == up.due_now_minor
    assert ada.spend(2500, "spend") == "spent"
    down = agree(ada, "pro")
    assert (down.timing, down.due_now_minor) == ("period_end", 0)
    assert ada.credits() == 1000 + up.credits_now - 2500
    assert ada.held().plan_id == ada.prices["business", "month"].plan_id
    ada.live_until(ada.held().current_period_end)
    ada.live(hours=2)
    assert ada.held().plan_id == ada.prices["pro", "month"].plan_id
    assert (ada.credits(), ada.orders()[-1].amount_total) == (1000, 1900)
    assert ada.mails()["plan_changed"] == 2


def test_two_tabs_cannot_end_in_two_subscriptions(ada: Merchant) -> None:
    one = checkout.start(ada.user_id, ada.price("pro"))
    other = checkout.start(ada.user_id, ada.price("business"))
    sessions = [ada.order(started.order_id).provider_session_id for started in (one, other)]
    for session_id in sessions:
        pay(ada, session_id)
    with pytest.raises(AlreadySubscribed):  # the webhooks may be on their way: the provider is asked
        checkout.start(ada.user_id, ada.price("pro", "year"))
    ada.hear()
    assert len(ada.served.client.subscriptions.list({"status": "all"}).data) == 1
    assert sorted(order.status for order in ada.orders()) == ["canceled", "canceled", "succeeded"]
    assert ada.credits() == 5000


def test_who_cancels_on_the_providers_page_keeps_what_is_paid_for(ada: Merchant) -> None:
    held = ada.subscribe()
    visit = subscriptions.portal_url(ada.user_id, "/dashboard/subscription")
    answer = ada.served.browser.post(f"{visit}/cancel", data={"subscription": held.provider_subscription_id})
    assert answer.status_code == 303, answer.text
    ada.hear()
    assert (ada.held().status, ada.held().cancels_at) == ("active", held.current_period_end)
    assert (ada.has_access(), ada.mails()["cancellation_scheduled"]) == (True, 1)
    ada.live_until(held.current_period_end)
    ada.live(hours=1)
    assert (ada.held().status, ada.has_access(), ada.credits()) == ("canceled", False, 0)
    assert ada.mails()["subscription_ended"] == 1
