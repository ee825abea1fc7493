"""`python -m benchmarks [figure …]`: runs the measurements that are named, or all but the slow ones."""

import argparse
import signal
import sys
from collections.abc import Callable

from benchmarks import (
    api,
    convergence,
    credits,
    desk,
    growth,
    launches,
    lifecycle,
    providers,
    reports,
    webhooks,
    workbench,
)
from benchmarks.workbench import KINDS, Bench

FIGURES: dict[str, Callable[[Bench], None]] = {
    "webhook_accept": webhooks.accept,
    "webhook_apply": webhooks.apply,
    "creem_webhook_apply": providers.apply,
    "lines_of_provider_code": providers.lines,
    "deduct_tps": credits.deduct,
    "entitlement_check": api.entitlement_check,
    "deduct_http": credits.deduct_over_http,
    "warm_start": launches.warm,
    "idle_memory": launches.warm,
    "pricing_bytes": launches.warm,
    "webhook_to_page": launches.warm,
}
SLOW = {
    "cold_start": launches.cold,
    "growth": growth.growth,
    "provider_calls": lifecycle.provider_calls,
    "sync_1000_subscriptions": lifecycle.sync,
    "renewals_per_s": lifecycle.renewals,
    "convergence_lives_per_s": convergence.measure,
    "reports": reports.desk,
    "desk": desk.searches,
}


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("figures", nargs="*", metavar="figure", help=f"{', '.join(FIGURES)}; all when none is named")
    parser.add_argument("--only", choices=KINDS, action="append", help="measure on one kind of database")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long one measurement takes, about")
    parser.add_argument("--cold", action="store_true", help="measure cold_start too: some minutes")
    given = parser.parse_args()
    every = FIGURES | SLOW
    wanted = given.figures or [*FIGURES]
    wanted += ["cold_start"] if given.cold and "cold_start" not in wanted else []
    unknown = set(wanted) - every.keys()
    if unknown:
        parser.error(f"no such figure: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # else the cluster would outlive the run
    with workbench.bench(tuple(given.only or KINDS), given.seconds) as bench:
        for measure in dict.fromkeys(every[name] for name in wanted):
            measure(bench)


if __name__ == "__main__":
    main()
