"""The house stands: imports go down only, and the lower floors never load Reflex."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEVER_LOADS_REFLEX = ["nestpay.billing", "nestpay.api", "nestpay.jobs", "nestpay.sandbox", "nestpay.cli"]


def test_the_import_floors_of_pyproject_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("room", NEVER_LOADS_REFLEX)
def test_a_room_and_everything_in_it_never_loads_reflex(room: str) -> None:
    program = f"""
import importlib, pkgutil, sys
room = importlib.import_module({room!r})
for module in pkgutil.walk_packages(getattr(room, "__path__", []), {room + "."!r}):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sorted(name for name in sys.modules if name.split(".")[0].startswith("reflex")))
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_help_of_the_command_line_loads_no_framework() -> None:
    program = """
import sys
sys.argv = ["nestpay", "--help"]
try:
    import nestpay.__main__
except SystemExit:
    pass
heavy = {"reflex", "sqlalchemy", "fastapi", "stripe"} & set(sys.modules)
sys.exit(f"loaded {heavy}" if heavy else 0)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "migrate" in done.stdout


def test_the_package_itself_is_empty() -> None:
    assert (ROOT / "nestpay/__init__.py").read_text() == ""


def test_the_folder_of_migrations_does_not_shadow_alembic() -> None:
    assert not (ROOT / "alembic/__init__.py").exists()
    assert not (ROOT / "alembic/versions/__init__.py").exists()
