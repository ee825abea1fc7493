"""How figures leave a run: one JSON line each on standard output. What is going on goes to standard error."""

import json
import sys
from collections.abc import Sequence

_FINE = 3


def figure(name: str, value: float, unit: str) -> None:
    """Print one figure; values above 100 without digits behind the point."""
    rounded = round(value) if abs(value) >= 100 else round(value, _FINE)
    print(json.dumps({"name": name, "value": rounded, "unit": unit}), flush=True)


def progress(text: str) -> None:
    """Say what is measured now."""
    print(f"# {text}", file=sys.stderr, flush=True)


def percentile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0 to 1) of all samples do not exceed; 0 of nothing."""
    if not samples:
        return 0.0
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
