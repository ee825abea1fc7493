"""Which subscription opens what, and when it counts as live."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from nestpay.domain import access
from nestpay.domain.subscriptions import ENDED, LIVE, Subscription, SubscriptionStatus

NOW = datetime(2027, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
opens = partial(access.opens, grace=7 * DAY)
active_subscription = partial(access.active_subscription, grace=7 * DAY)


def subscription(status: SubscriptionStatus, **details: Any) -> Subscription:
    known = {"id": "sub", "user_id": "ada", "provider": "stripe", "provider_subscription_id": "sub_1"}
    return Subscription(status=status, **{**known, "created_at": NOW - 60 * DAY, "updated_at": NOW, **details})


@pytest.mark.parametrize("status", [SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING])
def test_a_running_subscription_opens(status: SubscriptionStatus) -> None:
    assert opens(subscription(status), NOW)


@pytest.mark.parametrize(
    "status",
    [
        SubscriptionStatus.PENDING,
        SubscriptionStatus.INCOMPLETE,
        SubscriptionStatus.INCOMPLETE_EXPIRED,
        SubscriptionStatus.UNPAID,
        SubscriptionStatus.PAUSED,
    ],
)
def test_what_was_never_paid_or_rests_opens_nothing(status: SubscriptionStatus) -> None:
    assert not opens(subscription(status), NOW)


def test_who_is_past_due_has_seven_days_of_grace() -> None:
    late = subscription(SubscriptionStatus.PAST_DUE, current_period_start=NOW)
    assert opens(late, NOW + 7 * DAY - timedelta(microseconds=1))
    assert not opens(late, NOW + 7 * DAY)
    assert not opens(late, NOW + 2 * DAY, grace=2 * DAY)


def test_grace_counts_from_when_the_payment_was_due_whatever_the_period_says() -> None:
    late = subscription(SubscriptionStatus.PAST_DUE, current_period_start=NOW - 20 * DAY, past_due_at=NOW)
    assert opens(late, NOW + 6 * DAY)
    assert not opens(late, NOW + 7 * DAY)
    assert not opens(late, NOW, grace=timedelta(0))


def test_without_grace_left_another_open_subscription_decides() -> None:
    late = subscription(SubscriptionStatus.PAST_DUE, id="late", past_due_at=NOW - 8 * DAY, created_at=NOW)
    seat = subscription(SubscriptionStatus.ACTIVE, id="seat", user_id="bob")
    assert active_subscription([late, seat], NOW) == seat
    assert active_subscription([late], NOW) == late


def test_a_canceled_subscription_opens_until_it_ends() -> None:
    ending = subscription(SubscriptionStatus.CANCELED, ended_at=NOW)
    assert opens(ending, NOW - DAY)
    assert not opens(ending, NOW)
    assert not opens(subscription(SubscriptionStatus.CANCELED), NOW)


def test_deleting_an_old_subscription_does_not_downgrade_the_payer() -> None:
    old = subscription(SubscriptionStatus.CANCELED, id="old", ended_at=NOW - DAY, updated_at=NOW)
    new = subscription(SubscriptionStatus.ACTIVE, id="new", created_at=NOW - 5 * DAY)
    for held in ([old, new], [new, old]):
        assert active_subscription(held, NOW) == new


def test_one_that_opens_goes_before_a_newer_one_that_does_not() -> None:
    open_one = subscription(SubscriptionStatus.ACTIVE, id="open")
    unpaid = subscription(SubscriptionStatus.UNPAID, id="unpaid", created_at=NOW)
    assert active_subscription([unpaid, open_one], NOW) == open_one
    assert active_subscription([unpaid], NOW) == unpaid


def test_what_ended_or_never_began_is_nobodys_plan() -> None:
    ended = [subscription(status) for status in (*ENDED, SubscriptionStatus.INCOMPLETE, SubscriptionStatus.PENDING)]
    assert active_subscription(ended, NOW) is None
    assert active_subscription([], NOW) is None


def test_nothing_is_both_live_and_ended() -> None:
    assert not LIVE & ENDED
    assert {status for status in SubscriptionStatus if subscription(status).is_live} == LIVE
