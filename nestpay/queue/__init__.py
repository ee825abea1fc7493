"""Wakes workers by name, over Huey. It knows no job: what must not get lost lies in the database, never in here."""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.api import TaskWrapper
from huey.consumer import Consumer

_SCHEDULE_SECONDS = 60
_QUIET_HOUR = crontab(minute="17", hour="3")
_PAUSE_SECONDS = 0.05

log = structlog.get_logger(__name__)

_jobs: dict[str, Callable[..., object]] = {}
_every_minute: set[str] = set()
_every_day: set[str] = set()
_wake: TaskWrapper | None = None
_huey: Huey | None = None
_consumer: Consumer | None = None
_bell: "_Bell | None" = None


class _EmbeddedConsumer(Consumer):
    """A consumer on threads of the web process, which keeps its own signal handlers."""

    def _set_signal_handlers(self) -> None:
        """The web server handles Ctrl-C; signal handlers can only be set on the main thread anyway."""


class _Bell:
    """Passes wake-ups on, on a thread of its own: storing one for each commit would cost as much as the commit."""

    def __init__(self, wake: Callable[[str], object]) -> None:
        self._wake = wake
        self._names: set[str] = set()
        self._changed = threading.Condition()
        self._is_open = True
        self._thread = threading.Thread(target=self._pass_on, name="nestpay-bell", daemon=True)
        self._thread.start()

    def ring(self, name: str) -> None:
        with self._changed:
            self._names.add(name)
            self._changed.notify()

    def stop(self) -> None:
        """Pass on what was rung and end the thread."""
        with self._changed:
            self._is_open = False
            self._changed.notify()
        self._thread.join()

    def _pass_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._names or not self._is_open)
                names, self._names = self._names, set()
                if not names:
                    return
            for name in sorted(names):
                _try(name, functools.partial(self._wake, name))
            with self._changed:
                self._changed.wait_for(lambda: not self._is_open, timeout=_PAUSE_SECONDS)


def connect(*, database_url: str, redis_url: str, var_dir: Path) -> None:
    """Open the queue: Redis when there is one, else PostgreSQL when that is the database, else a SQLite file."""
    global _huey, _wake, _bell
    if redis_url:
        _huey = RedisHuey("nestpay", url=redis_url, results=False)
    elif database_url.startswith("postgres"):
        plain = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
        _huey = PostgresHuey("nestpay", dsn=plain, results=False)
    else:
        var_dir.mkdir(parents=True, exist_ok=True)
        _huey = SqliteHuey("nestpay", filename=str(var_dir / "queue.sqlite"), results=False)
    _wake = _huey.task(name="run")(run)
    _bell = _Bell(_wake)
    _huey.periodic_task(crontab(minute="*"), name="run_what_is_due")(_run_what_is_due)
    _huey.periodic_task(_QUIET_HOUR, name="run_what_is_daily")(_run_what_is_daily)


def disconnect() -> None:
    """Stop consuming and close the queue; what is enqueued from now on waits for the schedule's look."""
    global _huey, _wake, _consumer, _bell
    if _bell is not None:
        _bell.stop()
    if _consumer is not None:
        _consumer.stop(graceful=True)
    if _huey is not None:
        _huey.storage.close()
    _huey = _wake = _consumer = _bell = None


def job(
    name: str, *, every_minute: bool = False, every_day: bool = False
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Register a function as the job of this name; `every_minute` makes a lost wake-up cost a minute and nothing else.

    What is marked `every_day` runs in the small hours, UTC.
    """

    def register(function: Callable[..., object]) -> Callable[..., object]:
        _jobs[name] = function
        if every_minute:
            _every_minute.add(name)
        if every_day:
            _every_day.add(name)
        return function

    return register


def run(name: str, **arguments: Any) -> None:
    """Run a job here and now."""
    _jobs[name](**arguments)


def run_due_here() -> None:
    """Run every job that looks by itself, once, in this thread: for tests and scripts without a worker."""
    for name in sorted(_every_minute):
        run(name)


def enqueue(name: str, **arguments: Any) -> None:
    """Wake a worker for the job of this name. Without a queue nothing happens: the schedule looks by itself.

    A wake-up without arguments may be passed on a moment later, on another thread, and stand for several.
    """
    if _wake is not None and arguments:
        _try(name, functools.partial(_wake, name, **arguments))
    elif _bell is not None:
        _bell.ring(name)


def enqueue_later(name: str, delay_seconds: float) -> None:
    """Wake a worker after a while. Further away than the schedule's next look there is nothing to gain."""
    if _wake is not None and delay_seconds < _SCHEDULE_SECONDS:
        _try(name, functools.partial(_wake.schedule, (name,), delay=delay_seconds))


def _try(name: str, wake: Callable[[], object]) -> None:
    """Pass a wake-up on. Whoever sends it has committed already, so a queue out of reach must not fail them."""
    try:
        wake()
    except Exception as error:  # noqa: BLE001  the wake-up is lost, the schedule's next look is not
        log.warning("queue.wake_up_lost", job=name, error=repr(error))


def consume_here(*, workers: int = 2) -> None:
    """Run jobs on threads of this process, until `disconnect`."""
    global _consumer
    _consumer = _EmbeddedConsumer(_opened(), workers=workers, initial_delay=0.02, backoff=1.15, max_delay=0.1)
    _consumer.start()


def consume(*, workers: int) -> None:
    """Be a worker process: run jobs until a signal ends it."""
    _opened().create_consumer(workers=workers, initial_delay=0.02, max_delay=0.2).run()


def _opened() -> Huey:
    if _huey is None:
        raise RuntimeError("nestpay.queue.connect() was not called")
    return _huey


def _run_what_is_daily() -> None:
    for name in sorted(_every_day):
        enqueue(name)


def _run_what_is_due() -> None:
    for name in sorted(_every_minute):
        enqueue(name)
