"""A private PostgreSQL cluster as an operator would run one: fsync on, thrown away at the end of the run."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

_SECONDS_TO_START = 30
_SETTINGS = ("max_connections=120", "shared_buffers=256MB", "max_wal_size=4GB")


def free_port() -> int:
    """A TCP port of the loopback address that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def programs() -> Path | None:
    """The folder of initdb, postgres and pgbench, or None on a machine without PostgreSQL."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "pgbench").exists()), None)


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Start a cluster with its files in `folder`; gives the address of its first database."""
    bin_folder = programs()
    if bin_folder is None:
        raise SystemExit("no PostgreSQL here (with pgbench): install it, or measure with --only sqlite")
    data, port, identity = folder / "pg", free_port(), _identity()
    data.mkdir(mode=0o700)
    if identity:
        os.chown(data, identity["user"], identity["group"])
    initdb = [bin_folder / "initdb", "-D", data, "-U", "nestpay", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run(initdb, check=True, cwd="/", stdout=subprocess.DEVNULL, **identity)
    options = [part for setting in _SETTINGS for part in ("-c", setting)]
    with (folder / "postgres.log").open("w") as log:
        server = subprocess.Popen(
            [bin_folder / "postgres", "-D", data, "-p", str(port), "-k", data, "-h", "127.0.0.1", *options],
            stdout=log, stderr=log, cwd="/", start_new_session=True, **identity,
        )  # fmt: skip
    try:
        url = f"postgresql://nestpay@127.0.0.1:{port}/postgres"
        _wait_for(url, server)
        yield url
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def new_database(server_url: str, name: str) -> str:
    """Make an empty database on the cluster; gives its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def settle(url: str) -> None:
    """Bring statistics up to date and dirty pages to the disk, so that a measurement pays for its own writes only."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _identity() -> dict[str, int]:
    """PostgreSQL refuses to run as root; then it runs as its own system user, or as nobody."""
    if os.geteuid():
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            psycopg.connect(url).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL did not start") from None
            time.sleep(0.05)
