"""Fixtures: the shop and Stripe's network edge, a house with a sandbox, and programs that call with a key."""

from collections.abc import Iterator

import pytest

from nestpay.billing import api_keys, throttle
from tests.api.program import Program
from tests.billing.sandbox_house import House, house
from tests.shop import shop, stripe_edge

__all__ = ["house", "shop", "stripe_edge"]


@pytest.fixture
def program(house: House) -> Iterator[Program]:
    """Ada's program, whose key may do everything of hers."""
    yield Program(api_keys.create(house.user_id, "laptop", api_keys.SCOPES).key)
    throttle.forget_everything()


@pytest.fixture
def server_program(house: House) -> Iterator[Program]:
    """A server of the operator's."""
    yield Program(api_keys.create_for_server("backend").key)
    throttle.forget_everything()
