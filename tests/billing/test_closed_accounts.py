"""Whose account was disabled spends nothing any more, whoever asks in their name; what was answered before stays so."""

from datetime import timedelta

import pytest

from nestpay.billing import credits, holds
from nestpay.domain.errors import AccountDisabled
from nestpay.store.tables import UserRow
from tests import builders
from tests.shop import FIRST_OF_FEBRUARY, Shop


@pytest.fixture
def closed(shop: Shop) -> str:
    """Ada has 100 credits, spent 10 of them, set 20 aside, and was disabled."""
    builders.give_credits(shop.user_id, 100)
    credits.spend(shop.user_id, 10, key="before")
    holds.hold(shop.user_id, 20, key="work", life=timedelta(hours=1))
    builders.set_columns(UserRow, "id", shop.user_id, disabled_at=FIRST_OF_FEBRUARY)
    return shop.user_id


def test_a_spend_is_refused_and_takes_nothing(closed: str) -> None:
    with pytest.raises(AccountDisabled, match="closed"):
        credits.spend(closed, 1, key="after")
    assert credits.get_user_benefits(closed).total_available_credits == 70
    assert credits.spend(closed, 10, key="before").replayed


def test_a_hold_is_refused_and_one_that_is_there_still_ends(closed: str) -> None:
    with pytest.raises(AccountDisabled):
        holds.hold(closed, 1, key="after")
    held = holds.hold(closed, 20, key="work")
    assert held.replayed
    assert holds.settle(closed, held.id, 5).settled_amount == 5
