"""A private PostgreSQL for the tests: the one in TEST_DATABASE_URL, or a throwaway cluster of the system's programs."""

import os
import pwd
import shutil
import subprocess
import time
import uuid
from functools import lru_cache
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from nestpay.launch import schema
from tests.infra.ports import free_port
from tests.infra.rundir import Missing, once, remember, run_dir

SECONDS_TO_START = 30
TEMPLATE = "nestpay_test_template"
# Nothing here has to survive a power cut.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200"]


def server_url() -> str:
    """The address of the PostgreSQL server of this run, started by the first process that asks. Raises Missing."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        return given
    programs()
    return once("postgres", _start)


def new_database() -> str:
    """The address of a fresh, migrated database. It is a copy of a template, so it takes milliseconds."""
    server, name = server_url(), f"nestpay_test_{uuid.uuid4().hex[:12]}"
    template = once("template", _make_template)
    _on(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return _named(server, name)


def empty_database() -> str:
    """The address of a database without any table."""
    server, name = server_url(), f"nestpay_test_{uuid.uuid4().hex[:12]}"
    _on(server, f'CREATE DATABASE "{name}"')
    return _named(server, name)


def drop_database(url: str) -> None:
    """Remove a database, also when somebody is still connected to it."""
    _on(server_url(), f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)')


@lru_cache
def programs() -> Path:
    """The folder of initdb and postgres. Raises Missing."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise Missing("no PostgreSQL here: install it (apt-get install postgresql) or set TEST_DATABASE_URL")


def _start() -> str:
    data, port, identity = run_dir() / "pg", free_port(), _identity()
    data.mkdir(mode=0o700)
    if identity:
        os.chown(data, identity["user"], identity["group"])
    made = subprocess.run(
        [programs() / "initdb", "-D", data, "-U", "nestpay", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        capture_output=True, text=True, cwd="/", check=False, **identity,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr}")
    settings = [part for setting in FAST for part in ("-c", setting)]
    with (run_dir() / "postgres.log").open("w") as log:
        process = subprocess.Popen(
            [programs() / "postgres", "-D", data, "-p", str(port), "-k", data, "-h", "127.0.0.1", *settings],
            stdout=log, stderr=log, cwd="/", start_new_session=True, **identity,
        )  # fmt: skip
    remember("postgres", process.pid)
    url = f"postgresql://nestpay@127.0.0.1:{port}/postgres"
    _wait_for(url, process)
    return url


def _identity() -> dict[str, int]:
    """PostgreSQL refuses to run as root; then it runs as its own system user, or as nobody."""
    if os.geteuid():
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {(run_dir() / 'postgres.log').read_text()}") from None
            time.sleep(0.05)


def _make_template() -> str:
    server = server_url()
    name = f"{TEMPLATE}_{os.getpid()}"
    _on(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _on(server, f'CREATE DATABASE "{name}"')
    schema.migrate(_named(server, name))
    if os.environ.get("TEST_DATABASE_URL"):
        (run_dir() / "template.name").write_text(name)
    return name


def drop_template() -> None:
    """Leave nothing on a server that is not ours; a throwaway cluster goes as a whole."""
    name = run_dir() / "template.name"
    if name.exists():
        _on(server_url(), f'DROP DATABASE IF EXISTS "{name.read_text()}" WITH (FORCE)')


def _named(server: str, database: str) -> str:
    return make_url(server).set(database=database).render_as_string(hide_password=False)


def _on(server: str, statement: str) -> None:
    plain = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)
