"""What a subscription is worth by the month, and what its steps are called."""

from datetime import UTC, datetime
from typing import Any

import pytest

from nestpay.domain.metrics import ChangeReason, Standing, happened_at, mrr_minor, reason, standing
from nestpay.domain.periods import Interval
from nestpay.domain.plans import Benefits, PriceRow, PriceType
from nestpay.domain.subscriptions import Subscription, SubscriptionStatus

NOW = datetime(2027, 3, 10, tzinfo=UTC)


def price(amount_minor: int, interval: Interval = Interval.MONTH, **fields: Any) -> PriceRow:
    texts = ("id", "plan_id", "plan_key", "plan_title", "sales_group", "provider", "coupon_id", "currency")
    known: dict[str, Any] = dict.fromkeys(texts, "")
    known |= {"provider_price_id": None, "provider_product_id": None, "type": PriceType.RECURRING, "interval_count": 1}
    known |= {"trial_days": 0, "allow_codes": True, "active": True, "benefits": Benefits()}
    return PriceRow(**{**known, "interval": interval, "amount_minor": amount_minor, **fields})


def subscription(status: SubscriptionStatus, quantity: int = 1, **fields: Any) -> Subscription:
    known = {"id": "s", "user_id": "ada", "provider": "stripe", "provider_subscription_id": "sub_1"}
    return Subscription(status=status, quantity=quantity, **{**known, "created_at": NOW, "updated_at": NOW, **fields})


@pytest.mark.parametrize(
    ("amount", "interval", "count", "quantity", "monthly"),
    [
        (1900, Interval.MONTH, 1, 1, 1900),
        (1900, Interval.MONTH, 1, 3, 5700),
        (19000, Interval.YEAR, 1, 1, 1583),
        (18990, Interval.YEAR, 1, 1, 1583),
        (6, Interval.YEAR, 1, 1, 1),
        (5, Interval.YEAR, 1, 1, 0),
        (5700, Interval.MONTH, 3, 2, 3800),
        (900, Interval.ONCE, 1, 1, 0),
    ],
)
def test_a_month_is_worth_its_share_of_the_list_price_rounded_half_up(
    amount: int, interval: Interval, count: int, quantity: int, monthly: int
) -> None:
    held = subscription(SubscriptionStatus.ACTIVE, quantity)
    assert mrr_minor(held, price(amount, interval, interval_count=count)) == monthly


@pytest.mark.parametrize("status", SubscriptionStatus)
def test_only_who_pays_or_is_being_asked_to_counts(status: SubscriptionStatus) -> None:
    counts = status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)
    assert mrr_minor(subscription(status), price(1900)) == (1900 if counts else 0)
    assert mrr_minor(subscription(status), None) == 0


def test_what_was_never_paid_or_tried_stands_nowhere() -> None:
    for status in (SubscriptionStatus.PENDING, SubscriptionStatus.INCOMPLETE, SubscriptionStatus.INCOMPLETE_EXPIRED):
        assert standing(subscription(status, plan_id="pro"), price(1900)) == Standing()


ACTIVE = Standing("active", "pro", "pro_month", 1, 1900, "usd")


@pytest.mark.parametrize(
    ("before", "after", "because", "word"),
    [
        (Standing(), ACTIVE, "", ChangeReason.STARTED),
        (Standing(), Standing("trialing"), "", ChangeReason.TRIAL_STARTED),
        (Standing("trialing"), ACTIVE, "", ChangeReason.TRIAL_CONVERTED),
        (Standing("trialing"), Standing("past_due"), "", ChangeReason.PAST_DUE),
        (ACTIVE, Standing("active", "max", "max_month", 1, 4900), "", ChangeReason.UPGRADED),
        (ACTIVE, Standing("active", "basic", "basic_month", 1, 900), "", ChangeReason.DOWNGRADED),
        (ACTIVE, Standing("active", "other", "other_month", 1, 1900), "", ChangeReason.SWITCHED),
        (ACTIVE, Standing("active", "pro", "pro_month", 2, 3800), "", ChangeReason.SEATS_ADDED),
        (Standing("active", "pro", "pro_month", 2, 3800), ACTIVE, "", ChangeReason.SEATS_REMOVED),
        (ACTIVE, Standing("past_due"), "", ChangeReason.PAST_DUE),
        (Standing("past_due"), Standing("unpaid"), "", ChangeReason.UNPAID),
        (Standing("unpaid"), ACTIVE, "", ChangeReason.RECOVERED),
        (ACTIVE, Standing("paused"), "", ChangeReason.PAUSED),
        (Standing("paused"), ACTIVE, "", ChangeReason.RESUMED),
        (ACTIVE, Standing("canceled"), "cancellation_requested", ChangeReason.ENDED),
        (ACTIVE, Standing("canceled"), "payment_failed", ChangeReason.ENDED_UNPAID),
        (Standing("past_due"), Standing("canceled"), "", ChangeReason.ENDED_UNPAID),
        (Standing("past_due"), Standing("canceled"), "cancellation_requested", ChangeReason.ENDED),
    ],
)
def test_each_step_has_its_word(before: Standing, after: Standing, because: str, word: ChangeReason) -> None:
    assert reason(before, after, because) is word


def test_a_step_is_dated_by_the_provider_where_it_can_and_never_later_than_now() -> None:
    ended = subscription(SubscriptionStatus.CANCELED, ended_at=datetime(2027, 3, 1, tzinfo=UTC))
    assert happened_at(ChangeReason.ENDED, ended, NOW, NOW) == ended.ended_at
    future = subscription(SubscriptionStatus.CANCELED, ended_at=datetime(2027, 4, 1, tzinfo=UTC))
    assert happened_at(ChangeReason.ENDED, future, NOW, NOW) == NOW
    assert happened_at(ChangeReason.UPGRADED, ended, NOW, NOW) == NOW
