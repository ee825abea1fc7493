"""Which running subscription stands in the way of another one."""

from datetime import UTC, datetime

import pytest

from nestpay.domain.subscriptions import Subscription, SubscriptionStatus
from nestpay.store import subscriptions

NOW = datetime(2027, 2, 1, tzinfo=UTC)


def running(price_id: str | None, **fields: str) -> Subscription:
    known = {"id": "s", "user_id": "ada", "provider": "stripe", "provider_subscription_id": "sub_1", **fields}
    return Subscription(**known, price_id=price_id, status=SubscriptionStatus.ACTIVE, created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize(
    ("held", "is_in_the_way"),
    [
        (running("price", sales_group="plans"), True),
        (running("price", sales_group="spaces"), False),
        (running(None, sales_group="spaces"), True),
        (running("price", sales_group="plans", provider="none"), False),
    ],
)
def test_one_of_the_same_group_or_to_a_price_that_we_do_not_know_is_in_the_way(
    held: Subscription, is_in_the_way: bool
) -> None:
    assert (subscriptions.live_in_group([held], "plans") is held) is is_in_the_way
