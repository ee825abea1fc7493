"""Fixtures: a house that is open for business, to which the sandbox really delivers over HTTP."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.scenarios.merchant import Merchant, open_door, open_for_business

END_OF_JANUARY = datetime(2027, 1, 31, 10, 17, tzinfo=UTC)


@pytest.fixture
def door(sqlite_database: str) -> Iterator[str]:
    """Our webhooks' address on a port of its own."""
    with open_door() as address:
        yield address


@pytest.fixture
def ada(door: str, tmp_path: Path) -> Iterator[Merchant]:
    """It is the last of January 2027, and Ada has an account."""
    with open_for_business(tmp_path, END_OF_JANUARY, door) as merchant:
        yield merchant
