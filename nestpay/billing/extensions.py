"""The packages that EXTENSIONS names: imported once by every process, so that what they listen to and add is there."""

import importlib
from importlib.util import find_spec
from pathlib import Path

from nestpay.settings import get_settings


def load() -> None:
    """Import each package. Raises ModuleNotFoundError for one that is not installed."""
    for name in get_settings().extensions:
        importlib.import_module(name)


def folders() -> dict[str, Path]:
    """Where each package lies, by its name. Raises ModuleNotFoundError for one that is not installed."""
    found = {}
    for name in get_settings().extensions:
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"EXTENSIONS names {name}, but there is no such package.", name=name)
        found[name] = Path(spec.origin).parent
    return found
