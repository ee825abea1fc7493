"""Fixtures: what lies around the program. A mail server, time, and the program itself as a process."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from tests.infra.mail import Mailbox
from tests.infra.server import Server, shared_server
from tests.infra.server import own_server as make_server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A real SMTP server; `mailbox.messages` holds what it was sent."""
    box = Mailbox()
    box.start()
    yield box
    box.stop()


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Time that the test may move: `clock.move_to(an instant)`, `clock.shift(seconds)`. It starts now and runs on."""
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield traveller


@pytest.fixture(scope="session")
def server() -> Server:
    """The program as an operator runs it, pages built, shared by the whole run: use accounts of your own."""
    return shared_server()


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    """Starts servers for one test, without pages: `start_server(NAME="value", …)` adds to their environment."""
    started: list[Server] = []

    def start(**environment: str) -> Server:
        started.append(make_server(environment))
        started[-1].start()
        return started[-1]

    yield start
    for each in started:
        each.stop()


@pytest.fixture
def own_server(start_server: Callable[..., Server]) -> Server:
    """A server for this test alone, on SQLite, without pages: it may be killed and started again."""
    return start_server()
