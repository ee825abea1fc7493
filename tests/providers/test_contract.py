"""The contract, told with each provider at the sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.providers import contract
from tests.providers.companies import COMPANIES
from tests.providers.contract import Story
from tests.providers.contract_shop import Shop, open_shop
from tests.sandbox.world import Served


@pytest.fixture(params=COMPANIES)
def shop(request: pytest.FixtureRequest, sqlite_database: str, tmp_path: Path) -> Iterator[Shop]:
    served = Served(tmp_path)
    with open_shop(COMPANIES[request.param](served)) as opened:
        yield opened
    served.close()


@pytest.mark.parametrize(
    "story", [story for stories in contract.STORIES.values() for story in stories], ids=lambda story: story.__name__
)
def test_every_provider_keeps_the_contract(story: Story, shop: Shop) -> None:
    story(shop)
