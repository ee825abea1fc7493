"""What a person at a terminal sees while the program gets ready: one line a step, with its time."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    """Write one line to the terminal at once, also when the output is a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def step(title: str) -> Iterator[None]:
    """Run a block as one step and say afterwards how long it took (wall clock, seconds)."""
    started = time.monotonic()
    yield
    say(f"  {title:<28} {time.monotonic() - started:6.1f} s")


def stop(message: str) -> SystemExit:
    """An exit with one plain line on the error output and status 1; raise what it returns."""
    sys.stderr.write(f"{message}\n")
    return SystemExit(1)
