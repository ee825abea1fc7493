"""The environment a run makes for itself: secrets of its own in sandbox mode, and nothing invented in the others."""

import os
import stat
import sys
from pathlib import Path

import pytest

from nestpay.launch import machine

STRIPE, CREEM = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"), ("CREEM_API_KEY", "CREEM_WEBHOOK_SECRET")
NAMES = ("SECRET_KEY", *STRIPE, *CREEM, "SITE_URL")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A working directory with nothing in it and an environment that says nothing but the mode."""
    for name in NAMES:
        monkeypatch.setenv(name, "remembered, so that it is taken away again")
        monkeypatch.delenv(name)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("PORT", "8000")
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def test_the_sandbox_makes_its_secrets_once_and_keeps_them_to_its_owner(bare: pytest.MonkeyPatch) -> None:
    machine.prepare_environment(8137)
    first = {name: os.environ[name] for name in NAMES}
    for name in NAMES:
        bare.delenv(name)
    machine.prepare_environment(8137)
    assert {name: os.environ[name] for name in NAMES} == first
    assert stat.S_IMODE((machine.var_dir() / "sandbox.env").stat().st_mode) == 0o600
    assert first["STRIPE_SECRET_KEY"].startswith("sk_test_sandbox_")
    assert first["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert first["CREEM_API_KEY"].startswith("creem_test_sandbox")


def test_the_site_follows_the_port_in_the_sandbox(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("SITE_URL", "http://127.0.0.1:1")
    machine.prepare_environment(8137)
    assert os.environ["SITE_URL"] == "http://127.0.0.1:8137"


def test_what_the_environment_says_is_not_overwritten(bare: pytest.MonkeyPatch) -> None:
    bare.setenv("SECRET_KEY", "mine")
    machine.prepare_environment()
    assert os.environ["SECRET_KEY"] == "mine"


def test_what_the_dot_env_file_says_reaches_the_build_and_the_server_who_work_elsewhere(
    bare: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    Path(".env").write_text("SECRET_KEY=from-the-file\nSTRIPE_SECRET_KEY=\nVAR_DIR=elsewhere\n")
    bare.setattr(sys, "path", [path for path in sys.path if path not in ("", str(tmp_path))])
    machine.prepare_environment()
    assert os.environ["SECRET_KEY"] == "from-the-file"
    assert os.environ["STRIPE_SECRET_KEY"].startswith("sk_test_sandbox_")
    assert os.environ["VAR_DIR"] == str(tmp_path / "var"), "the environment wins"
    assert str(tmp_path) in sys.path
    assert str(tmp_path) in machine.child_environment()["PYTHONPATH"].split(os.pathsep)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("sqlite:///shop.sqlite", "sqlite:///{here}/shop.sqlite"),
        ("sqlite:////data/shop.sqlite", "sqlite:////data/shop.sqlite"),
        ("sqlite:///:memory:", "sqlite:///:memory:"),
        ("postgresql://ada@db/shop", "postgresql://ada@db/shop"),
        ("postgresql:///shop", "postgresql:///shop"),
    ],
)
def test_a_database_is_the_same_file_in_whatever_folder_the_server_works(
    bare: pytest.MonkeyPatch, tmp_path: Path, said: str, meant: str
) -> None:
    bare.setenv("DATABASE_URL", said)
    machine.prepare_environment()
    assert os.environ["DATABASE_URL"] == meant.format(here=tmp_path)


@pytest.mark.parametrize("mode", ["test", "live", ""])
def test_outside_the_sandbox_nothing_is_invented(bare: pytest.MonkeyPatch, mode: str) -> None:
    bare.setenv("MODE", mode)
    machine.prepare_environment(8137)
    assert [name for name in NAMES if name in os.environ] == []
    assert not (Path("var") / "sandbox.env").exists()


def test_node_and_bun_come_from_the_installed_wheels() -> None:
    first = machine.child_environment()["PATH"].split(os.pathsep)[:2]
    assert [(Path(folder) / name).exists() for folder, name in zip(first, ("node", "bun"), strict=True)] == [True, True]
