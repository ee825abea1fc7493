"""One folder for a whole test run, shared by its workers, with what is made once in it and ends with it."""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

FAILED = pytest.StashKey[bool]()
VARIABLE = "NESTPAY_TEST_RUN"
PREFIX = "nestpay-test-"
SECONDS_TO_END = 5


def open_run() -> Path:
    """Make this run's folder; to be called by the first process. Sweeps what killed runs left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not _lives(int(left.name.removeprefix(PREFIX).split("-")[0])):
            close_run(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user and passes through
    os.environ[VARIABLE] = str(folder)
    return folder


def run_dir() -> Path:
    """This run's folder, from any of its processes."""
    return Path(os.environ[VARIABLE])


def close_run(folder: Path) -> None:
    """End every program that the run started and forget its files."""
    for pid_file in folder.glob("*.pid"):
        end_group(int(pid_file.read_text()))
    shutil.rmtree(folder, ignore_errors=True)


def remember(name: str, pid: int) -> None:
    """Let the run end this program, the leader of a process group, at the latest when it closes."""
    (run_dir() / f"{name}.pid").write_text(str(pid))


def end_group(pid: int) -> None:
    """Ask a process group to end, and make it end when it does not within a few seconds."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGTERM)
        deadline = time.monotonic() + SECONDS_TO_END
        while time.monotonic() < deadline and _lives(pid):
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)
        os.killpg(pid, signal.SIGKILL)


class Missing(RuntimeError):
    """Something that this machine does not have, such as a browser; the message says how to get it."""


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process of the run at a time into a block."""
    with (run_dir() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def once(name: str, make: Callable[[], str]) -> str:
    """What `make` returned in the first process that asked; what failed there fails everywhere, not tried again."""
    result, failure = run_dir() / f"{name}.result", run_dir() / f"{name}.failure"
    with locked(name):
        if failure.exists():
            kind, _, message = failure.read_text().partition(": ")
            raise Missing(message) if kind == "Missing" else RuntimeError(f"{kind}: {message}")
        if not result.exists():
            try:
                result.write_text(make())
            except Exception as error:
                failure.write_text(f"{type(error).__name__}: {error}")
                raise
        return result.read_text()


@contextmanager
def needed(what: str) -> Iterator[None]:
    """Around what may be missing: a failure in CI; elsewhere the test is left out and the summary says so loudly."""
    try:
        yield
    except Missing as reason:
        if os.environ.get("CI"):
            pytest.fail(f"{what} cannot run: {reason}", pytrace=False)
        (run_dir() / f"{what}.not-run").write_text(str(reason))
        pytest.skip(f"{what} cannot run: {reason}")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
