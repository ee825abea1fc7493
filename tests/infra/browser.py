"""Fixtures: Chromium. One browser a test file, a fresh profile a test, a picture of every failure."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.infra import rundir
from tests.infra.chromium import chromium_path
from tests.infra.server import Server, failure_folder

PATIENCE_MS = 15_000
# As root, Chromium starts only without its own sandbox; /dev/shm is small in containers.
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]


# One a file, not one a run: while Playwright is open, no other test of the process could use asyncio.run.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium without a window."""
    with rundir.needed("Browser tests"):
        path = chromium_path()
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A visitor with an empty profile; `page.goto("/pricing")` goes to the shared server."""
    visitor = browser.new_context(base_url=server.url, locale="en-US", viewport={"width": 1280, "height": 900})
    visitor.set_default_timeout(PATIENCE_MS)
    yield visitor
    visitor.close()


@pytest.fixture
def page(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab of that visitor. When the test fails, what it showed is kept in var/test/failures."""
    tab = context.new_page()
    yield tab
    if request.node.stash.get(rundir.FAILED, False):
        name = re.sub(r"\W+", "-", request.node.nodeid).strip("-")
        tab.screenshot(path=failure_folder() / f"{name}.png", full_page=True)
