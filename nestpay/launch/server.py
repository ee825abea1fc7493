"""Serves pages, API, sandbox and jobs from one process on one port, and ends quickly when asked to."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import uvicorn
from uvicorn.supervisors import Multiprocess

from nestpay.billing import extensions
from nestpay.launch.machine import child_environment, is_a_hosts, project

# An open page keeps its websocket open; without a limit Ctrl-C would wait for every tab to be closed.
SECONDS_FOR_OPEN_REQUESTS = 2
SECONDS_BETWEEN_LOOKS = 0.2
LAST_PORT = 65535


def port_is_free(host: str, port: int) -> bool:
    """Whether a server could listen on this port of this machine right now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def serve(host: str, port: int, *, when_ready: Callable[[], None], processes: int = 1, app: str = "") -> None:
    """Serve the built program until Ctrl-C or SIGTERM. `when_ready` is called once, as soon as the port answers.

    Several processes share the port; they need PostgreSQL for their data and Redis for what tabs show. `app` is an ASGI
    app as `module:name`, to be served instead of a Reflex project.
    """
    if not app:
        os.chdir(project())
    # Reflex reads these three when it makes the app: serve what was built, compile nothing.
    os.environ.update(REFLEX_ENV_MODE="prod", __REFLEX_SKIP_COMPILE="true", __REFLEX_MOUNT_FRONTEND_COMPILED_APP="true")
    config = uvicorn.Config(
        app or ("nestpay.mount:app_of_this_folder" if is_a_hosts() else "nestpay.nestpay:app"),
        factory=not app,
        host=host,
        port=port,
        ws="wsproto",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=SECONDS_FOR_OPEN_REQUESTS,
    )
    if processes == 1:
        return _AnnouncingServer(config, when_ready).run()
    config.workers = processes
    threading.Thread(target=_call_when_open, args=(host, port, when_ready), daemon=True).start()
    Multiprocess(config, sockets=[config.bind_socket()]).run()


def free_port_after(host: str, port: int) -> int:
    """The next port that a server could listen on."""
    return next(other for other in range(port + 1, LAST_PORT) if port_is_free(host, other))


def serve_with_reload(host: str, port: int, *, when_ready: Callable[[], None]) -> int:
    """Serve on one port and build again at every change (Reflex's preview mode). Returns its exit status."""
    command = [sys.executable, "-m", "reflex", "run", "--env", "preview", "--loglevel", "info"]
    command += ["--frontend-port", str(port), "--backend-port", str(port), "--backend-host", host]
    # Ctrl-C reaches the child too, as a member of the terminal's group; this process waits for its clean end.
    environment = child_environment()
    if folders := extensions.folders():
        environment["REFLEX_HOT_RELOAD_INCLUDE_PATHS"] = os.pathsep.join(map(str, folders.values()))
    child = subprocess.Popen(command, cwd=project(), env=environment)
    threading.Thread(target=_call_when_open, args=(host, port, when_ready), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue


def _call_when_open(host: str, port: int, when_ready: Callable[[], None]) -> None:
    while port_is_free(host, port):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    when_ready()


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._when_ready()
