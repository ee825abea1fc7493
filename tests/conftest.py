"""The run as a whole: its environment, its shared folder, what it says when something could not run."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from nestpay.settings import Settings, reset_settings
from tests.infra import postgres, rundir, server

pytest_plugins = ["tests.infra.databases", "tests.infra.redis", "tests.infra.edges", "tests.infra.browser"]

RUN = pytest.StashKey[Path]()

os.environ.update(
    MODE="sandbox",
    SITE_URL="http://127.0.0.1:8000",
    PORT="8000",
    DATABASE_URL="",
    REDIS_URL="",
    SECRET_KEY="tests-only-tests-only-tests-only-tests-only",
    STRIPE_SECRET_KEY="sk_test_sandbox_tests",
    STRIPE_WEBHOOK_SECRET="whsec_tests",
    CREEM_API_KEY="",  # empty and not missing: else a run's own secrets would switch Creem on for the tests after it
    CREEM_WEBHOOK_SECRET="",
    SMTP_HOST="",
    DEMO_PASSWORD="nestpay-demo",
)
Settings.model_config["env_file"] = None  # a developer's own .env must not decide what the tests see


def pytest_configure(config: pytest.Config) -> None:
    """Open the run in its first process, before any worker starts."""
    if not hasattr(config, "workerinput"):
        config.stash[RUN] = rundir.open_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End everything that the run started, when its first process ends."""
    folder = config.stash.get(RUN, None)
    if folder is not None:
        postgres.drop_template()
        server.keep_log(folder)
        rundir.close_run(folder)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Pictures are taken only when they are asked for; the slow browser stories begin first."""
    if "screenshots" not in config.getoption("markexpr"):
        unwanted = [item for item in items if item.get_closest_marker("screenshots")]
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if item not in unwanted]
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly what could not run on this machine."""
    folder = config.stash.get(RUN, None)
    for note in sorted(folder.glob("*.not-run")) if folder else []:
        terminalreporter.section("NOT RUN", red=True, bold=True)
        terminalreporter.line(f"{note.stem}: {note.read_text()}", red=True, bold=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep on the test whether it failed, for the fixtures that take a picture then."""
    report = yield
    item.stash[rundir.FAILED] = item.stash.get(rundir.FAILED, False) or report.failed
    return report


@pytest.fixture(autouse=True)
def _own_settings(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("VAR_DIR", str(tmp_path_factory.mktemp("var")))
    reset_settings()
    yield
    reset_settings()
