"""The wheel carries all that a run needs: built, unpacked into an empty folder, and used there without the checkout."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.infra.wheel import unpacked_wheel

ROOT = Path(__file__).resolve().parents[2]
FASTAPI_ONLY = """
import sys
import nestpay.testing
from fastapi import FastAPI
from nestpay import extend
from nestpay.api.app import build_api

app = FastAPI()
app.mount("/billing", build_api())
print(*sorted(name for name in sys.modules if name.split(".")[0].startswith("reflex")))
"""
LAB_TEST = """
from lab import answer

from nestpay import extend


def test_an_answer_costs_three_credits(nestpay_user):
    ada = nestpay_user(credits=10)
    with extend.acting_as(ada.current):
        answer("why not", "r1")
    assert ada.credits == 7
"""
THE_HOST = """
from reflex.config import get_config

from acme.acme import app
from nestpay.web.plugin import NestpayPlugin

app._register_plugin_pages(get_config().plugins)
(ours,) = (plugin for plugin in get_config().plugins if isinstance(plugin, NestpayPlugin))
ours.pre_compile()
((_, css),) = ours.get_static_assets()
assert "--canvas" in css
print(app._unevaluated_pages["zh/pricing"].title)
"""


@pytest.fixture
def site() -> Path:
    """The folder into which the wheel was unpacked."""
    return unpacked_wheel()


def there(site: Path, folder: Path, *arguments: str, path: str = "", **environment: str) -> str:
    """What Python says in an empty folder that knows the wheel only."""
    known = {**os.environ, "PYTHONPATH": f"{site}:{path}", "VAR_DIR": str(folder / "var"), **environment}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=known, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_migrates_and_seeds_a_database_by_itself(site: Path, tmp_path: Path) -> None:
    there(site, tmp_path, "-m", "nestpay", "migrate")
    there(site, tmp_path, "-m", "nestpay", "seed")
    assert (tmp_path / "var" / "nestpay.sqlite").stat().st_size > 100_000
    for carried in ("rxconfig.py", "assets/nestpay.css", "reflex.lock/bun.lock"):
        assert (site / "nestpay/project" / carried).exists()


def test_every_file_of_the_package_travels_in_the_wheel(site: Path) -> None:
    kept = {path.relative_to(ROOT) for path in (ROOT / "nestpay").rglob("*") if path.is_file() and is_kept(path)}
    assert {str(path) for path in kept if not (site / path).exists()} == set()


def is_kept(path: Path) -> bool:
    return path.suffix in {".py", ".json", ".toml", ".html", ".txt"} and "__pycache__" not in path.parts


def test_a_reflex_host_finds_tables_texts_and_looks_in_the_wheel(site: Path, tmp_path: Path) -> None:
    host = tmp_path / "host"
    shutil.copytree(ROOT / "examples/mounted_reflex", host, ignore=shutil.ignore_patterns("__pycache__", ".web", "var"))
    own = {"DATABASE_URL": f"sqlite:///{host}/acme_money.sqlite"}
    for command in ("migrate", "seed"):
        there(site, host, "-m", "nestpay", command, **own)
    with closing(sqlite3.connect(host / "acme_money.sqlite")) as books:
        assert books.execute("select count(*) from plans").fetchone()[0] > 0
    assert not (host / "var/nestpay.sqlite").exists()
    assert there(site, host, "-c", THE_HOST, **own).strip() == "价格 · Acme Notes"
    assert (host / ".web/public/fonts/inter-latin.woff2").stat().st_size > 10_000


def test_a_program_without_pages_never_loads_reflex(site: Path, tmp_path: Path) -> None:
    assert there(site, tmp_path, "-c", FASTAPI_ONLY).strip() == ""


def test_the_test_kit_comes_with_the_wheel_and_runs_an_extensions_own_tests(site: Path, tmp_path: Path) -> None:
    (tmp_path / "test_lab.py").write_text(LAB_TEST)
    command = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "test_lab.py"]
    assert "1 passed" in there(site, tmp_path, *command, path=str(ROOT / "examples"), EXTENSIONS="lab")
