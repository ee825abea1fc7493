"""Fresh SQLite databases: copies of one file that was migrated once a run."""

import shutil
from pathlib import Path

from nestpay.launch import schema
from tests.infra.rundir import once, run_dir


def new_database(folder: Path) -> str:
    """The address of a fresh, migrated database in this folder."""
    shutil.copy(once("sqlite", _make_template), folder / "nestpay.sqlite")
    return f"sqlite:///{folder / 'nestpay.sqlite'}"


def _make_template() -> str:
    path = run_dir() / "template.sqlite"
    schema.migrate(f"sqlite:///{path}")
    return str(path)
