"""Workers are woken by name; a lost wake-up is a delay and never an error."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nestpay import queue
from tests.infra.ports import free_port

SOON = 10


@pytest.fixture
def done() -> Iterator[list[dict[str, Any]]]:
    """What the job `noted` was given, run after run; `failing` fails. Both are forgotten afterwards."""
    seen: list[dict[str, Any]] = []
    queue.job("noted")(lambda **given: seen.append(given))
    queue.job("failing")(lambda: 1 // 0)
    yield seen
    queue.disconnect()
    for name in ("noted", "failing"):
        del queue._jobs[name]


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path, done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The queue is open, on SQLite and on PostgreSQL, and two workers consume it."""
    url = request.getfixturevalue("postgresql_url") if request.param == "postgresql" else "sqlite:///unused"
    queue.connect(database_url=url, redis_url="", var_dir=tmp_path / "var")
    queue.consume_here()
    return done


def eventually(is_so: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(SOON * 100):
        if is_so():
            return
        pause.wait(0.01)
    raise AssertionError("it never came to that")


def test_a_job_is_run_by_name_with_what_it_was_given(opened: list[dict[str, Any]]) -> None:
    queue.enqueue("noted", subscription_id="sub_1")
    eventually(lambda: opened == [{"subscription_id": "sub_1"}])


def test_wake_ups_that_come_together_may_be_one_and_are_at_least_one(opened: list[dict[str, Any]]) -> None:
    for _ in range(50):
        queue.enqueue("noted")
    eventually(lambda: opened)
    assert 1 <= len(opened) <= 50


def test_a_later_wake_up_comes_later(opened: list[dict[str, Any]]) -> None:
    queue.enqueue_later("noted", 1.0)
    queue.enqueue("noted", first=True)
    eventually(lambda: len(opened) == 2)
    assert opened == [{"first": True}, {}]


def test_a_job_that_fails_stops_no_worker(opened: list[dict[str, Any]]) -> None:
    for _ in range(4):
        queue.enqueue("failing")
    queue.enqueue("noted", after=True)
    eventually(lambda: opened == [{"after": True}])


def test_what_was_enqueued_before_a_restart_is_run_after_it(tmp_path: Path, done: list[dict[str, Any]]) -> None:
    for consumes in (False, True):
        queue.connect(database_url="sqlite:///unused", redis_url="", var_dir=tmp_path)
        if consumes:
            queue.consume_here(workers=1)
            eventually(lambda: done == [{"number": 1}])
        else:
            queue.enqueue("noted", number=1)
        queue.disconnect()


def test_without_a_queue_a_wake_up_is_lost_without_a_word(done: list[dict[str, Any]]) -> None:
    queue.enqueue("noted")
    queue.enqueue("noted", number=1)
    queue.enqueue_later("noted", 1)
    with pytest.raises(RuntimeError, match="connect"):
        queue.consume_here()
    assert done == []


def test_a_queue_that_is_out_of_reach_fails_nobody_who_only_wanted_to_wake_a_worker(
    tmp_path: Path, done: list[dict[str, Any]]
) -> None:
    queue.connect(database_url="", redis_url=f"redis://127.0.0.1:{free_port()}/0", var_dir=tmp_path)
    queue.enqueue("noted")
    queue.enqueue("noted", number=1)
    queue.enqueue_later("noted", 1)
    assert done == []


def test_a_job_can_be_run_here_and_now(done: list[dict[str, Any]]) -> None:
    queue.run("noted", number=7)
    assert done == [{"number": 7}]
