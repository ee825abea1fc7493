"""The wheel, built and unpacked once a run: what somebody has who installed nestpay and holds no checkout."""

import subprocess
import sys
import zipfile
from pathlib import Path

from tests.infra.rundir import once, run_dir

ROOT = Path(__file__).resolve().parents[2]


def unpacked_wheel() -> Path:
    """The folder into which the wheel was unpacked; on PYTHONPATH it is as good as installed."""
    return Path(once("wheel", _unpack))


def _unpack() -> str:
    folder = run_dir() / "wheel"
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    (wheel,) = folder.glob("nestpay-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return str(folder / "site")
