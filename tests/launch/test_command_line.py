"""`python -m nestpay` as an operator meets it: plain words when it cannot start, and a quick end."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from nestpay.launch.machine import ROOT
from tests.infra.server import Server


def nestpay(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a command prints and how it ends."""
    return subprocess.run(
        [sys.executable, "-m", "nestpay", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port that another program listens on while the test runs."""
    listener = socket.create_server(("127.0.0.1", 0))
    with listener:
        yield listener.getsockname()[1]


def test_a_taken_port_is_one_clear_line_and_comes_before_all_work(taken_port: int, tmp_path: Path) -> None:
    done = nestpay("run", "--port", str(taken_port), VAR_DIR=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {taken_port} is taken.")
    assert done.stderr.count("\n") == 1
    assert "migrate" not in done.stdout
    assert not (tmp_path / "nestpay.sqlite").exists()


def test_without_a_mode_it_says_which_ones_there_are(tmp_path: Path) -> None:
    done = nestpay("seed", MODE="", VAR_DIR=str(tmp_path))
    assert done.returncode != 0
    assert "MODE" in done.stderr
    assert "sandbox" in done.stderr
    assert "Traceback" not in done.stderr


def test_seeding_twice_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        for command in ("migrate", "seed"):
            done = nestpay(command, VAR_DIR=str(tmp_path))
            assert done.returncode == 0, done.stderr


def test_a_servers_key_is_shown_once_listed_by_its_beginning_and_revoked(tmp_path: Path) -> None:
    nestpay("migrate", VAR_DIR=str(tmp_path))
    made = nestpay("apikey", "add", "--server", "backend", VAR_DIR=str(tmp_path))
    assert made.returncode == 0, made.stderr
    key = made.stdout.splitlines()[0]
    listed = nestpay("apikey", "list", VAR_DIR=str(tmp_path)).stdout
    assert key.startswith("npk_")
    assert "backend" in listed
    assert key not in listed
    key_id = listed.split()[0]
    assert nestpay("apikey", "revoke", key_id, VAR_DIR=str(tmp_path)).returncode == 0
    assert nestpay("apikey", "list", VAR_DIR=str(tmp_path)).stdout == ""
    again = nestpay("apikey", "revoke", key_id, VAR_DIR=str(tmp_path))
    assert (again.returncode, again.stderr) == (1, f"There is no server's key {key_id}.\n")


def test_plans_are_pulled_to_a_file_and_an_edited_file_is_pushed(tmp_path: Path) -> None:
    here, file = {"VAR_DIR": str(tmp_path)}, tmp_path / "plans.toml"
    for command in (("migrate",), ("seed",), ("plans", "pull", str(file))):
        done = nestpay(*command, **here)
        assert done.returncode == 0, done.stderr
    file.write_text(file.read_text().replace('title = "Business"', 'title = "Biz"', 1))
    pushed = nestpay("plans", "push", str(file), "--yes", **here)
    assert pushed.returncode == 0, pushed.stderr
    assert pushed.stdout.startswith("~ business\n    title: Business -> Biz\nbusiness: saved\n")


def test_it_answers_on_one_port_and_ends_within_seconds(own_server: Server) -> None:
    assert own_server.answers()
    began = time.monotonic()
    own_server.stop()
    assert time.monotonic() - began < 5
    assert not own_server.answers()


def test_it_starts_again_after_it_was_killed(own_server: Server) -> None:
    own_server.kill()
    assert not own_server.answers()
    own_server.start()
    assert own_server.answers()
