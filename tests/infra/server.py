"""The whole program as its own process, as an operator starts it."""

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import httpx

from nestpay.launch.machine import ROOT
from tests.infra.ports import free_port, is_free
from tests.infra.rundir import end_group, once, remember, run_dir

KEPT = ROOT / "var" / "test"
MAKES_FIRST_ROWS = ("alembic/versions", "nestpay/billing", "nestpay/store", "nestpay/domain")
SECONDS_TO_BUILD_AND_START = 300
LINES_OF_LOG = 40


class Server:
    """`python -m nestpay run` in sandbox mode, with files of its own. `url` and `var` (its folder) are fixed."""

    def __init__(
        self,
        name: str,
        port: int,
        *,
        web: Path | None,
        environment: dict[str, str] | None = None,
        folder: Path = ROOT,
        arguments: tuple[str, ...] = (),
    ) -> None:
        """Started in `folder`, with more `arguments`. Without `web`, the folder of its build, it builds no pages and serves none."""
        self._folder = folder
        self.name, self.port, self.url = name, port, f"http://127.0.0.1:{port}"
        self.var = run_dir() / name
        self.var.mkdir(exist_ok=True)
        self.log = self.var / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, "-m", "nestpay", "run", "--port", str(port), *arguments]
        if web is None:
            self._command.append("--no-build")
            web = self.var / "web"
            (web / "build/client").mkdir(parents=True, exist_ok=True)
        self._environment = {
            **_given(),
            "MODE": "sandbox",
            "VAR_DIR": str(self.var),
            "DATABASE_URL": "",
            "REFLEX_WEB_WORKDIR": str(web),
            **(environment or {}),
        }

    @property
    def database_url(self) -> str:
        """Where its rows are, for a look from outside."""
        return self._environment["DATABASE_URL"] or f"sqlite:///{self.var / 'nestpay.sqlite'}"

    @property
    def pid(self) -> int:
        """Its process id. Raises RuntimeError while it does not run."""
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with the end of its log when it does not."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self._folder, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        remember(self.name, self._process.pid)
        deadline = time.monotonic() + SECONDS_TO_BUILD_AND_START
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.end_of_log()}")
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether it serves requests."""
        try:
            return not httpx.get(f"{self.url}/ping", timeout=2).is_server_error  # an app without Reflex knows no /ping
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it at once, with no chance to tidy up."""
        process = self._process
        if process is not None:
            os.killpg(process.pid, 9)
            process.wait()

    def stop(self) -> None:
        """Ask it to end, as Ctrl-C does, and wait."""
        if self._process is not None and self._process.poll() is None:
            end_group(self._process.pid)
            self._process.wait()

    def end_of_log(self) -> str:
        """The last lines it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-LINES_OF_LOG:])


def _given() -> dict[str, str]:
    """The tests' environment without what is empty in it: that is for the program to invent."""
    return {name: value for name, value in os.environ.items() if value}


def shared_server() -> Server:
    """The one server of this run, started by the first process that asks; the run's end stops it."""
    port = int(once("server", _start_shared))
    return Server("server", port, web=KEPT / "web")


def own_server(environment: dict[str, str] | None = None, folder: Path = ROOT) -> Server:
    """A server for one test, not started yet, without built pages; what it stores is in its own folder or database."""
    port = free_port()
    return Server(f"server-{port}", port, web=None, environment=environment, folder=folder)


def _start_shared() -> str:
    shop = workshop()
    port = port_of_the_last_bundle(shop)
    server = Server("server", port, web=shop / "web")
    # The ids of the plans are baked in too: a copy of the same first rows lets the last bundle serve again.
    shutil.copy(first_rows(shop), server.var / "nestpay.sqlite")
    server.start()
    return str(port)


def workshop(kept: Path = KEPT) -> Path:
    """Where the bundle of the last run is kept; for a second run at the same time, a folder that goes with it."""
    kept.mkdir(parents=True, exist_ok=True)
    # A bare descriptor, left open on purpose: the end of this process lets the next run in.
    handle = os.open(kept / "lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        passing = run_dir() / kept.name
        passing.mkdir(exist_ok=True)
        return passing
    return kept


def first_rows(shop: Path) -> Path:
    """A migrated and seeded SQLite file, kept as long as the sources that make it stay the same."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in MAKES_FIRST_ROWS for path in (ROOT / folder).rglob("*.*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    folder = shop / f"seed-{digest.hexdigest()[:16]}"
    if not (folder / "ready").exists():
        for old in shop.glob("seed-*"):
            shutil.rmtree(old)
        for command in ("migrate", "seed"):
            environment = {**_given(), "VAR_DIR": str(folder), "DATABASE_URL": ""}
            subprocess.run([sys.executable, "-m", "nestpay", command], cwd=ROOT, env=environment, check=True)
        with closing(sqlite3.connect(folder / "nestpay.sqlite")) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (folder / "ready").touch()
    return folder / "nestpay.sqlite"


def port_of_the_last_bundle(shop: Path) -> int:
    """The address is baked into the bundle: the same port as last time saves building it again."""
    note = shop / "port"
    if note.exists() and is_free(port := int(note.read_text())):
        return port
    port = free_port()
    note.write_text(str(port))
    return port


def keep_log(folder: Path) -> None:
    """Leave what the run's shared server said in var/test/server.log, for a look after failures."""
    log = folder / "server" / "server.log"
    if log.exists():
        shutil.copy(log, KEPT / "server.log")


def failure_folder() -> Path:
    """Where pictures of failed browser tests go."""
    folder = KEPT / "failures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
