"""`make scale`: several web processes and workers on PostgreSQL and Redis, and the sandbox as a program of its own."""

import argparse
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.cluster import cluster, free_port

_SECONDS_TO_END = 10


def main() -> None:
    """Start everything, wait for Ctrl-C, end everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--processes", type=int, default=2, help="web processes")
    parser.add_argument("--workers", type=int, default=2, help="worker processes")
    wanted = parser.parse_args()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    ending = threading.Event()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nestpay-scale-")))
        folder.chmod(0o755)  # PostgreSQL runs as somebody else when this is root
        environment = _environment(folder, wanted.port, stack.enter_context(cluster(folder)))
        _start(stack, _redis(environment["REDIS_URL"], folder), environment)
        _start(stack, _sandbox(environment, folder), environment)
        web = ["run", "--port", str(wanted.port), "--processes", str(wanted.processes)]
        _start(stack, [sys.executable, "-m", "nestpay", *web], environment)
        for _ in range(wanted.workers):
            _start(stack, [sys.executable, "-m", "nestpay", "worker", "--threads", "2"], environment)
        ending.wait()


def _environment(folder: Path, port: int, database_url: str) -> dict[str, str]:
    sandbox_port = free_port()
    return {
        **os.environ,
        "MODE": "sandbox",
        "VAR_DIR": str(folder / "var"),
        "PORT": str(port),
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": database_url,
        "REDIS_URL": f"redis://127.0.0.1:{free_port()}/0",
        "EMBEDDED_WORKER": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "STRIPE_SECRET_KEY": f"sk_test_sandbox_{secrets.token_hex(16)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{sandbox_port}/stripe",
        "SANDBOX_PORT": str(sandbox_port),
    }


def _redis(url: str, folder: Path) -> list[str]:
    program = shutil.which("redis-server")
    if program is None:
        raise SystemExit("no Redis here: install redis-server")
    port = url.rsplit(":", 1)[1].split("/")[0]
    return [program, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--loglevel", "warning"]


def _sandbox(environment: dict[str, str], folder: Path) -> list[str]:
    command = [sys.executable, "-m", "nestpay.sandbox", "--port", environment["SANDBOX_PORT"]]
    command += ["--database", str(folder / "sandbox.sqlite")]
    command += ["--webhook-url", f"{environment['SITE_URL']}/api/webhooks/stripe"]
    return [*command, "--webhook-secret", environment["STRIPE_WEBHOOK_SECRET"]]


def _start(stack: ExitStack, command: Sequence[str], environment: dict[str, str]) -> None:
    """Start a program in a group of its own, and end the whole group when the stack closes."""
    program = subprocess.Popen(command, env=environment, start_new_session=True)

    def end() -> None:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGTERM)
        try:
            program.wait(_SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            os.killpg(program.pid, signal.SIGKILL)

    stack.callback(end)


if __name__ == "__main__":
    main()
