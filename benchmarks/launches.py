"""The whole program as people meet it: how fast it starts, what it weighs, how soon a page shows a payment."""

import gzip
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import deliveries
from benchmarks.cluster import free_port
from benchmarks.customers import Waiting
from benchmarks.report import figure, percentile, progress
from benchmarks.workbench import ROOT, Bench

_SECONDS_TO_BUILD_AND_START = 600
_SECONDS_TO_SETTLE = 5
_ROUNDS = 10
_CREDITS = "#header-credits"


class Program:
    """`python -m nestpay run` in sandbox mode, with files of its own in a throwaway folder."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.var, self._log = folder / "run", folder / "run.log"
        self._environment = {
            **os.environ,
            "SITE_URL": self.url,
            "VAR_DIR": str(self.var),
            "DATABASE_URL": "",
            "REFLEX_WEB_WORKDIR": str(folder / "web"),
        }

    @contextmanager
    def running(self) -> Iterator[tuple[float, int]]:
        """Run it for a block; gives the seconds until its first page came, and its process id."""
        command = [sys.executable, "-m", "nestpay", "run", "--port", str(self.port)]
        with _started(command, ROOT, self._environment, self._log) as process:
            yield _seconds_to_page(f"{self.url}/pricing/", process, self._log), process.pid


def warm(bench: Bench) -> None:
    """`warm_start`, `idle_memory`, `pricing_bytes` and `webhook_to_page`, of one program that was built before."""
    program = Program(bench.folder)
    progress("building the pages once, which is not measured")
    with program.running():
        pass
    with program.running() as (seconds, pid):
        figure("warm_start", seconds, "s from the command to the first page")
        time.sleep(_SECONDS_TO_SETTLE)
        figure("idle_memory", _memory_mb(pid), "MB, the server with sandbox and jobs, nobody there")
        with sync_playwright() as playwright:
            found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            _pricing_bytes(browser, program)
            _webhook_to_page(browser, program)
            browser.close()


def cold(bench: Bench) -> None:
    """`cold_start`: from a clean clone to the first page, with everything that is installed and built on the way."""
    clone, log, port = bench.folder / "clone", bench.folder / "cold.log", free_port()
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    progress("installing, building and starting a clean clone")
    inherited = ("PATH", "HOME", "LANG", "PIP_INDEX_URL", "NPM_CONFIG_REGISTRY")
    environment = {name: os.environ[name] for name in inherited if name in os.environ}
    with _started(["make", "run", f"PORT={port}"], clone, environment, log) as process:
        seconds = _seconds_to_page(f"http://127.0.0.1:{port}/pricing/", process, log)
    figure("cold_start", seconds, "s from a clean clone to the first page")


def _pricing_bytes(browser: Browser, program: Program) -> None:
    page = browser.new_page()
    weights = {"script": 0, "stylesheet": 0}
    answers = []
    page.on("response", answers.append)
    page.goto(f"{program.url}/pricing/", wait_until="networkidle")
    for answer in answers:
        if answer.request.resource_type in weights and answer.ok:
            weights[answer.request.resource_type] += len(gzip.compress(answer.body(), 6))
    figure("pricing_bytes_js", weights["script"] / 1000, "kB of JavaScript on /pricing, gzip")
    figure("pricing_bytes_css", weights["stylesheet"] / 1000, "kB of CSS on /pricing, gzip")
    page.close()


def _webhook_to_page(browser: Browser, program: Program) -> None:
    """From the post of a paid checkout to the balance that an open page shows, no reload in between."""
    page = browser.new_page()
    page.goto(f"{program.url}/sign-in")
    page.get_by_label("E-mail").fill("customer@example.com")
    page.get_by_label("Password", exact=True).fill("nestpay-demo")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/dashboard**")
    page.locator(_CREDITS).wait_for()
    price_id, user_id, amount = _pack_and_buyer(program)
    times = []
    for _ in range(_ROUNDS):
        page.wait_for_timeout(300)
        before = page.locator(_CREDITS).inner_text()
        paid = Waiting(uuid.uuid4().hex, user_id, "", price_id, f"cs_test_{uuid.uuid4().hex}", amount)
        body, headers = deliveries.signed(deliveries.purchase(paid))
        began = time.perf_counter()
        httpx.post(f"{program.url}{deliveries.WEBHOOK_PATH}", content=body, headers=headers).raise_for_status()
        _wait_for_change(page, before)
        times.append((time.perf_counter() - began) * 1000)
    figure("webhook_to_page", percentile(times, 0.5), "ms from the post to the changed page, median")
    figure("webhook_to_page_worst", max(times), f"ms, the slowest of {_ROUNDS}")
    page.close()


def _wait_for_change(page: Page, before: str) -> None:
    script = "([selector, before]) => document.querySelector(selector).innerText !== before"
    page.wait_for_function(script, arg=[_CREDITS, before], polling="raf", timeout=15_000)


def _pack_and_buyer(program: Program) -> tuple[str, str, int]:
    connection = sqlite3.connect(program.var / "nestpay.sqlite")
    price_id, amount = connection.execute("SELECT id, amount_minor FROM prices WHERE type = 'one_time'").fetchone()
    (user_id,) = connection.execute("SELECT id FROM users WHERE email = 'customer@example.com'").fetchone()
    connection.close()
    return price_id, user_id, amount


@contextmanager
def _started(
    command: list[str], folder: Path, environment: dict[str, str], log: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        process.wait()


def _seconds_to_page(url: str, process: "subprocess.Popen[bytes]", log: Path) -> float:
    began = time.monotonic()
    while True:
        try:
            if httpx.get(url, timeout=5).status_code == httpx.codes.OK:
                return time.monotonic() - began
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() - began > _SECONDS_TO_BUILD_AND_START:
            raise RuntimeError(f"{url} did not come:\n{log.read_text()[-3000:]}")
        time.sleep(0.05)


def _memory_mb(pid: int) -> float:
    """What a process and its descendants hold in memory, shared pages counted once each."""
    family, total = [pid], 0
    while family:
        current = family.pop()
        for line in Path(f"/proc/{current}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
        for task in Path(f"/proc/{current}/task").iterdir():
            family += [int(child) for child in (task / "children").read_text().split()]
    return total / 1000
