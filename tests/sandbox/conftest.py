"""A fresh sandbox for every test, with and without a webhook receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.world import Receiver, Served


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Served]:
    """A sandbox that sends no webhooks."""
    served = Served(tmp_path)
    yield served
    served.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who listens for webhooks."""
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture
def heard(tmp_path: Path, receiver: Receiver) -> Iterator[Served]:
    """A sandbox that sends its webhooks to `receiver`."""
    served = Served(tmp_path, webhook_url=receiver.url)
    yield served
    served.close()
