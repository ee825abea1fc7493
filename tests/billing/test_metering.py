"""Features cost what the plan or the settings say, and count only when they were paid."""

import pytest

from nestpay.billing import credits, limits, metering
from nestpay.domain.errors import LimitReached, NotEnoughCredits, Refused
from nestpay.settings import reset_settings
from nestpay.store.session import transaction
from nestpay.store.tables import PlanRow
from tests import builders
from tests.billing.test_seats import add_subscription
from tests.shop import Shop


@pytest.fixture(autouse=True)
def _costs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEATURE_COSTS", '{"chat": 2, "image": 10}')
    reset_settings()


def set_benefits(plan_id: str, **benefits: object) -> None:
    with transaction() as session:
        plan = session.get_one(PlanRow, plan_id)
        plan.benefits = {**plan.benefits, **benefits}


def test_a_feature_costs_what_the_settings_say_unless_the_plan_has_a_price_of_its_own(shop: Shop) -> None:
    assert metering.cost_of(shop.user_id, "image", 3) == 30
    set_benefits(shop.pro.plan_id, costs={"image": 4})
    add_subscription(shop)
    assert metering.cost_of(shop.user_id, "image", 3) == 12
    assert metering.cost_of(shop.user_id, "chat") == 2
    with pytest.raises(Refused):
        metering.cost_of(shop.user_id, "teleport")


def test_a_use_is_paid_and_counted_once_per_key(shop: Shop) -> None:
    set_benefits(shop.pro.plan_id, limits={"chat_per_month": 2})
    add_subscription(shop)
    builders.give_credits(shop.user_id, 100)
    for _ in range(3):
        assert metering.use(shop.user_id, "chat", key="a").amount == 2
    assert limits.allowance(shop.user_id, "chat_per_month").used == 1
    metering.use(shop.user_id, "chat", key="b")
    with pytest.raises(LimitReached):
        metering.use(shop.user_id, "chat", key="c")
    assert credits.get_user_benefits(shop.user_id).one_time_credits_balance == 96


def test_a_use_that_cannot_be_paid_is_not_counted(shop: Shop) -> None:
    set_benefits(shop.pro.plan_id, limits={"chat_per_month": 5})
    add_subscription(shop)
    with pytest.raises(NotEnoughCredits):
        metering.use(shop.user_id, "chat", key="a")
    assert limits.allowance(shop.user_id, "chat_per_month").used == 0
    builders.give_credits(shop.user_id, 10)
    metering.use(shop.user_id, "chat", key="a")
    assert limits.allowance(shop.user_id, "chat_per_month").used == 1
