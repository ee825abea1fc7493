"""The load generator, a process of its own: writes ready-made requests over keep-alive connections, one at a time each.

    python -m benchmarks.load PORT CONNECTIONS SECONDS < pickled requests > JSON

It parses no more of an answer than its status and length: what it spends on the two cores the server does not have.
"""

import asyncio
import json
import pickle
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.report import percentile

_HEAD_END = b"\r\n\r\n"


class _Connection(asyncio.Protocol):
    """Sends the next request when the last one is answered; `done` resolves when there are none left."""

    def __init__(self, requests: Iterator[bytes], until: float, times: list[float], refused: list[bytes]) -> None:
        self._requests, self._until, self._times, self._refused = requests, until, times, refused
        self._buffer, self._sent_at = b"", 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head_end = self._buffer.find(_HEAD_END)
        if head_end < 0:
            return
        head = self._buffer[:head_end].lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        if len(self._buffer) < head_end + len(_HEAD_END) + length:
            return
        self._times.append(time.perf_counter() - self._sent_at)
        if not head.startswith(b"http/1.1 200"):
            self._refused.append(self._buffer)
        self._buffer = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        request = next(self._requests, None) if time.perf_counter() < self._until else None
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


async def _run(port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    times: list[float] = []
    refused: list[bytes] = []
    began = time.perf_counter()
    shared = iter(requests)
    opened = [
        await loop.create_connection(lambda: _Connection(shared, began + seconds, times, refused), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in opened))
    took = time.perf_counter() - began
    if refused:
        raise RuntimeError(f"{len(refused)} requests were refused, first: {refused[0][:500]!r}")
    return {
        "answered": len(times),
        "per_second": len(times) / took,
        "p50_ms": percentile(times, 0.5) * 1000,
        "p99_ms": percentile(times, 0.99) * 1000,
    }


def main(port: int, connections: int, seconds: float) -> None:
    """Send what comes pickled on standard input and print what was seen as JSON."""
    requests = pickle.load(sys.stdin.buffer)
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        print(json.dumps(runner.run(_run(port, connections, seconds, requests))))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop

    return uvloop.new_event_loop


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
