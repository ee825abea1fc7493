"""The packages that EXTENSIONS names: imported once by every process, so that what they listen to and add is there."""

import importlib
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

from nestpay.mail import added
from nestpay.settings import DangerousSettings, get_settings


def load() -> None:
    """Import each package and take up its mails. Raises DangerousSettings for one that is not there."""
    for name in get_settings().extensions:
        _found(name)
        importlib.import_module(name)
    for name, folder in folders().items():
        added.add(name, folder)


def folders() -> dict[str, Path]:
    """Where each package lies, by its name. Raises DangerousSettings for one that is not there."""
    specs = {name: _found(name) for name in get_settings().extensions}
    # A single file has no folder of its own: it brings code, but no pages, texts or migrations.
    return {
        name: Path(spec.origin).parent
        for name, spec in specs.items()
        if spec.origin and spec.submodule_search_locations
    }


def _found(name: str) -> ModuleSpec:
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:  # of a name with dots: its parent
        spec = None
    if spec is None or spec.origin is None:
        raise DangerousSettings(
            f"nestpay does not start:\n  - EXTENSIONS names {name!r}, but there is no such package. It is a folder of that "
            "name with an __init__.py, in the folder where you start, on PYTHONPATH, or installed."
        )
    return spec
