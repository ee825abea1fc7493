"""A fresh Creem for every test, with and without somebody who hears its webhooks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.creem.world import Receiver, Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop that hears nothing."""
    made = Shop(tmp_path)
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who listens for webhooks."""
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture
def heard(tmp_path: Path, receiver: Receiver) -> Iterator[Shop]:
    """A shop whose webhooks go to `receiver`."""
    made = Shop(tmp_path, receiver.url)
    yield made
    made.close()
