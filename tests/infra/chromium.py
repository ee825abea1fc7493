"""Finds a Chromium for the browser tests, or brings one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.infra.rundir import Missing, once

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS_TO_DOWNLOAD = 300


def chromium_path() -> str:
    """The program to start: CHROMIUM, the system's, Playwright's own download, or apt-get's when root."""
    return once("chromium", _find)


def _find() -> str:
    if given := os.environ.get("CHROMIUM"):
        if not Path(given).exists():
            raise Missing(f"CHROMIUM={given} does not exist")
        return given
    for look in (_of_the_system, _of_playwright, _downloaded, _from_apt):
        if path := look():
            return path
    raise Missing("no Chromium: install one, or set CHROMIUM=/path/to/chromium")


def _of_the_system() -> str | None:
    return next((path for name in SYSTEM_NAMES if (path := shutil.which(name))), None)


def _of_playwright() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _downloaded() -> str | None:
    return _of_playwright() if _succeeds(sys.executable, "-m", "playwright", "install", "chromium") else None


def _from_apt() -> str | None:
    if os.geteuid() or not shutil.which("apt-get"):
        return None
    _succeeds("apt-get", "update", "-qq")
    installed = _succeeds("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    return _of_the_system() if installed else None


def _succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS_TO_DOWNLOAD, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
