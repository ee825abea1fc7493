"""`convergence_lives_per_s`: made-up lives of a subscription, each told in order and in disorder, with crashes.

`python -m benchmarks.convergence --lives 500` is the long run; it ends with 1 when a life came to two different ends.
"""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from benchmarks import workbench
from benchmarks.report import figure, progress
from benchmarks.workbench import Bench
from tests.scenarios import convergence


def measure(bench: Bench) -> None:
    """A handful of lives, as a figure among the others."""
    if "sqlite" in bench.kinds:
        run(bench, range(20), shuffles=2)


def run(bench: Bench, seeds: range, *, shuffles: int) -> int:
    """Judge the lives of these seeds and print how many there were a second. Returns how many disagreed."""
    bench.database("sqlite", "convergence")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    started, bad = time.perf_counter(), 0
    for done, seed in enumerate(seeds, 1):
        with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
            verdict = convergence.judge(seed, Path(folder), shuffles=shuffles)
        if verdict.disagreements:
            bad += 1
            progress(str(verdict))
        if done % 25 == 0:
            progress(f"{done} lives, {bad} of them disagree")
    figure("convergence_lives_per_s", len(seeds) / (time.perf_counter() - started), "lives/s")
    figure("convergence_disagreements", bad, f"of {len(seeds)} lives")
    return bad


def main() -> None:
    """Read the command line and judge."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.convergence", description=__doc__)
    parser.add_argument("--lives", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--shuffles", type=int, default=2, help="how often each life is told in disorder")
    given = parser.parse_args()
    with workbench.bench(("sqlite",), 0) as bench:
        sys.exit(1 if run(bench, range(given.first, given.first + given.lives), shuffles=given.shuffles) else 0)


if __name__ == "__main__":
    main()
