"""The network edge of Stripe: a small HTTP server that answers what a test scripted and keeps what it was asked."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Answer = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One request: its form or query as flat names (`metadata[order_id]`) to values."""

    method: str
    path: str
    params: dict[str, str]
    key: str
    headers: dict[str, str]


@dataclass
class StripeEdge:
    """`things` are found by GET, `makers` answer POSTs (once per idempotency key, errors aside), `troubles` come before both."""

    things: dict[str, Answer] = field(default_factory=dict)
    makers: dict[str, Callable[[Asked], "Answer | tuple[int, Answer]"]] = field(default_factory=dict)
    troubles: dict[str, tuple[int, Answer]] = field(default_factory=dict)
    interruptions: dict[str, Callable[[], None]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    delay: float = 0.0
    url: str = ""
    _made: dict[str, Answer] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Begin to listen on a free loopback port."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def calls(self, method: str, path: str) -> list[Asked]:
        """What was asked of one path."""
        return [each for each in self.asked if (each.method, each.path) == (method, path)]

    def refuse(self, path: str, status: int, **error: Any) -> None:
        """Answer everything at this path with an error in Stripe's shape."""
        self.troubles[path] = status, {"error": {"type": "invalid_request_error", **error}}

    def answer(self, asked: Asked) -> tuple[int, Answer]:
        """The status and body for one request; what a test wants to happen meanwhile happens first."""
        if interrupt := self.interruptions.pop(asked.path, None):
            interrupt()
        with self._guard:
            self.asked.append(asked)
            if asked.path in self.troubles:
                return self.troubles[asked.path]
            if asked.method == "GET" and asked.path in self.things:
                return 200, self.things[asked.path]
            if asked.method == "POST" and asked.path in self.makers:
                if asked.key not in self._made:
                    made = self.makers[asked.path](asked)
                    if isinstance(made, tuple):
                        return made
                    self._made[asked.key] = made
                return 200, self._made[asked.key]
        return 404, missing()


def missing(param: str = "id") -> Answer:
    """What Stripe says of something that it does not know."""
    error = {"type": "invalid_request_error", "code": "resource_missing", "param": param, "message": "No such thing"}
    return {"error": error}


def _handler_of(edge: StripeEdge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, format: str, *args: Any) -> None:
            """Tests read `asked` instead."""

        def _reply(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            params = dict(parse_qsl(parts.query or body, keep_blank_values=True))
            key = self.headers.get("idempotency-key") or ""
            status, answer = edge.answer(Asked(self.command, parts.path, params, key, dict(self.headers)))
            if edge.delay:
                time.sleep(edge.delay)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_DELETE = _reply  # noqa: N815  the names http.server looks for

    return Handler
