"""Creem's error answers: trace id, status, its name, and a list of sentences."""

from http import HTTPStatus
from typing import Any
from uuid import uuid4


class CreemError(Exception):
    """An answer that is not 200; `keep` says that the work done so far stays."""

    def __init__(self, status: int, *messages: str, keep: bool = False) -> None:
        super().__init__("; ".join(messages))
        self.status, self.messages, self.keep = status, list(messages), keep


REFUSALS = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Resource not found",
    409: "Conflict",
    429: "ThrottlerException: Too Many Requests",
    500: "Internal server error",
}


def body(status: int, messages: list[str], now: float) -> dict[str, Any]:
    """The error as it is sent; `now` in seconds."""
    return {
        "trace_id": str(uuid4()),
        "status": status,
        "error": HTTPStatus(status).phrase,
        "message": messages,
        "timestamp": int(now * 1000),
    }


def not_found(what: str) -> CreemError:
    """There is no such object (404)."""
    return CreemError(404, f"{what} not found")


def bad(*messages: str) -> CreemError:
    """A request that is refused (400)."""
    return CreemError(400, *messages)
