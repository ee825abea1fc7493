"""A Redis of a test's own: it can be stopped in the middle, and leaves nothing behind."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.infra import rundir
from tests.infra.ports import free_port
from tests.infra.rundir import Missing, remember

SECONDS_TO_START = 10


class RedisServer:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("there is no redis-server: install Redis")
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        self._process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        remember(f"redis-{port}", self._process.pid)
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._answers():
            if time.monotonic() > deadline:
                raise RuntimeError("redis-server did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, as a crash would."""
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A fresh, empty Redis."""
    with rundir.needed("Redis"):
        server = RedisServer(tmp_path)
    yield server
    server.stop()
