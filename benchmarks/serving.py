"""Starts the server and the load generator, each a process of its own, and brings their numbers back."""

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.cluster import free_port
from benchmarks.workbench import ROOT

_SECONDS_TO_START = 30


@dataclass(frozen=True)
class Seen:
    """What the load generator saw, and the CPU time that the server used meanwhile (0 where /proc is missing)."""

    answered: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms_each: float


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    pid: int

    def load(self, requests: list[bytes], *, connections: int, seconds: float) -> Seen:
        """Send requests over this many connections until they or the seconds are over. Raises when one is refused."""
        command = [sys.executable, "-m", "benchmarks.load", str(self.port), str(connections), str(seconds)]
        before = _cpu_seconds(self.pid)
        done = subprocess.run(
            command, input=pickle.dumps(requests), stdout=subprocess.PIPE, check=True, cwd=ROOT, timeout=seconds + 60
        )
        used = _cpu_seconds(self.pid) - before
        seen = json.loads(done.stdout)
        return Seen(**seen, cpu_ms_each=used * 1000 / max(seen["answered"], 1))


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Our routes on the database that the environment names, in a process of their own."""
    port = free_port()
    with (folder / "served.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.served", str(port)],
            cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_for(f"http://127.0.0.1:{port}/api/openapi.json", process, folder)
            yield Served(port, process.pid)
        finally:
            process.terminate()
            process.wait()


def _wait_for(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            httpx.get(url, timeout=5)
            return
        except httpx.TransportError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"no server:\n{(folder / 'served.log').read_text()}") from None
            time.sleep(0.1)


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
