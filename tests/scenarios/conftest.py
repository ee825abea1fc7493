"""Fixtures: a house that is open for business, to which the sandbox really delivers over HTTP."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from nestpay.api.app import build_api
from tests.sandbox.world import eventually
from tests.scenarios.merchant import Merchant, open_for_business

END_OF_JANUARY = datetime(2027, 1, 31, 10, 17, tzinfo=UTC)


@pytest.fixture
def door(sqlite_database: str) -> Iterator[str]:
    """Our webhooks' address on a port of its own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_api(), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/webhooks/stripe"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def ada(door: str, tmp_path: Path) -> Iterator[Merchant]:
    """It is the last of January 2027, and Ada has an account."""
    with open_for_business(tmp_path, END_OF_JANUARY, door) as merchant:
        yield merchant
