"""Fixtures: fresh databases of both kinds, and this process connected to one of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nestpay.settings import reset_settings
from nestpay.store import session
from tests.infra import postgres, rundir, sqlite


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite file; nobody is connected to it."""
    return sqlite.new_database(tmp_path)


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of a fresh, migrated PostgreSQL database; nobody is connected to it."""
    with rundir.needed("PostgreSQL"):
        url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def sqlite_database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This process works on a fresh SQLite database; gives its address."""
    yield from _connected(sqlite_url, monkeypatch)


@pytest.fixture
def postgresql_database(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """This process works on a fresh PostgreSQL database; gives its address."""
    yield from _connected(postgresql_url, monkeypatch)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The test runs twice: on a fresh SQLite database and on a fresh PostgreSQL one; gives its address."""
    return request.getfixturevalue(f"{request.param}_database")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database of each kind without any table, for tests of the migrations themselves."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    with rundir.needed("PostgreSQL"):
        url = postgres.empty_database()
    yield url
    postgres.drop_database(url)


def _connected(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DATABASE_URL", url)
    reset_settings()
    session.connect(url)
    yield url
    session.disconnect()
