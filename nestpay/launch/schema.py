"""Brings a database to the newest schema with Alembic, without its command line."""

import io
import os
import tempfile

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from nestpay.billing import extensions
from nestpay.launch.machine import ROOT


def alembic_config(url: str, *, only_ours: bool = False) -> Config:
    """Alembic's configuration for one database (a SQLAlchemy URL), found wherever the program was started.

    An extension's own tables come from its folder `migrations`, a branch of its own beside ours.
    """
    config = Config(ROOT / "alembic.ini", stdout=io.StringIO())
    config.attributes["url"] = url
    places = [ROOT / "alembic" / "versions"]
    if not only_ours:
        places += [
            folder / "migrations" for folder in extensions.folders().values() if (folder / "migrations").is_dir()
        ]
    config.set_main_option("version_locations", os.pathsep.join(map(str, places)))
    config.set_main_option("path_separator", "os")
    return config


def migrate(url: str, revision: str = "heads", *, only_ours: bool = False) -> None:
    """Move the database forward to a revision, all the newest by default. A SQLite file is made when missing."""
    command.upgrade(alembic_config(url, only_ours=only_ours), revision)


def migrate_down(url: str, revision: str = "base") -> None:
    """Move the database back to a revision, by default to before the first migration."""
    command.downgrade(alembic_config(url), revision)


def what_differs(url: str) -> str:
    """In which way the tables in Python and the migrated database disagree; empty when they agree."""
    try:
        command.check(alembic_config(url, only_ours=True))
    except CommandError as error:
        return str(error)
    return ""


def difference_on_an_empty_database() -> str:
    """The same, asked of a throwaway SQLite file that only the migrations have touched."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/check.sqlite"
        migrate(url, only_ours=True)
        return what_differs(url)
