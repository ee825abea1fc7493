"""`python -m benchmarks [figure …]`: runs the measurements that are named, or all but the slow ones."""

import argparse
import signal
import sys
from collections.abc import Callable

from benchmarks import credits, webhooks, workbench
from benchmarks.workbench import KINDS, Bench

FIGURES: dict[str, Callable[[Bench], None]] = {
    "webhook_accept": webhooks.accept,
    "webhook_apply": webhooks.apply,
    "deduct_tps": credits.deduct,
}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "figures", nargs="*", metavar="figure", help=f"one of {', '.join(FIGURES)}; all when none is named"
    )
    parser.add_argument("--only", choices=KINDS, action="append", help="measure on one kind of database")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long one measurement takes, about")
    given = parser.parse_args()
    unknown = set(given.figures) - FIGURES.keys()
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # else the cluster would outlive the run
    with workbench.bench(tuple(given.only or KINDS), given.seconds) as bench:
        for name in given.figures or FIGURES:
            FIGURES[name](bench)


if __name__ == "__main__":
    main()
