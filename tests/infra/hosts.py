"""The examples that nestpay is mounted into, each as a program of its own."""

import shutil
from pathlib import Path

from nestpay.launch.machine import ROOT
from tests.infra.ports import free_port
from tests.infra.rundir import once
from tests.infra.server import KEPT, Server, first_rows, port_of_the_last_bundle, workshop

REACHES_NESTPAY = {"PYTHONPATH": str(ROOT)}
NEVER_COPIED = shutil.ignore_patterns("__pycache__", ".web", "var")


def mounted_reflex() -> Server:
    """The Reflex host of this run, built once for many runs and started by the first process that asks."""
    port = int(once("mounted", _start_mounted))
    return _mounted(port, KEPT / "mounted")


def mounted_fastapi(path: str) -> Server:
    """The FastAPI host, not started yet, with a folder before all others in which Python looks for modules."""
    port = free_port()
    return Server(
        f"mounted-{port}",
        port,
        web=None,
        environment={"PYTHONPATH": f"{path}:{ROOT}"},
        folder=ROOT / "examples/mounted_fastapi",
        arguments=("--app", "app:app"),
    )


def _mounted(port: int, shop: Path) -> Server:
    # In a copy, since Reflex writes into the folder of a project.
    return Server("mounted", port, web=shop / "web", environment=REACHES_NESTPAY, folder=shop / "host")


def _start_mounted() -> str:
    shop = workshop(KEPT / "mounted")
    shutil.rmtree(shop / "host" / "acme", ignore_errors=True)
    shutil.copytree(ROOT / "examples/mounted_reflex", shop / "host", dirs_exist_ok=True, ignore=NEVER_COPIED)
    port = port_of_the_last_bundle(shop)
    server = _mounted(port, shop)
    shutil.copy(first_rows(shop), server.var / "nestpay.sqlite")
    server.start()
    return str(port)
