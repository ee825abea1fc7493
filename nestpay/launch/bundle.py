"""Builds what the browser gets, and only when something that is baked into it has changed."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from nestpay.billing import extensions
from nestpay.launch.machine import ROOT, child_environment, is_a_hosts, project, var_dir
from nestpay.launch.progress import stop

SOURCES = ("nestpay/web", "assets", "rxconfig.py", "nestpay/nestpay.py", "requirements.txt", "reflex.lock")
BAKED_IN = ("SITE_URL", "PORT", "MODE", "PRICING_PATH", "DEFAULT_CURRENCY", "EXTENSIONS")
LINES_OF_A_FAILED_BUILD = 25


def web_dir() -> Path:
    """Where Reflex builds: `REFLEX_WEB_WORKDIR`, or `.web` in the project."""
    return Path(os.environ.get("REFLEX_WEB_WORKDIR", project() / ".web")).absolute()


def fingerprint(catalogue: str, root: Path = ROOT) -> str:
    """One hash over everything that ends up in the bundle: sources, extensions too, addresses, and the plan cards' text."""
    digest = hashlib.sha256(catalogue.encode())
    digest.update(version("reflex").encode())
    digest.update(json.dumps({name: os.environ.get(name, "") for name in BAKED_IN}).encode())
    places = [(root, SOURCES), *((folder, (".",)) for folder in extensions.folders().values())]
    if is_a_hosts():
        places.append((project(), _sources_of_a_host(project())))
    for base, names in places:
        for path in _source_files(base, names):
            digest.update(f"\0{path.relative_to(base)}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_fresh(catalogue: str) -> bool:
    """Whether the bundle on disk was built from the sources and addresses of now and from this text of the cards."""
    stamp = _stamp()
    return (
        stamp.exists()
        and stamp.read_text() == fingerprint(catalogue)
        and (web_dir() / "build" / "client" / "index.html").exists()
    )


def build(catalogue: str) -> None:
    """Build the bundle and stamp it. Ends the program with the build's last lines when it fails."""
    forget()
    log = var_dir() / "build.log"
    with log.open("w") as output, lock_kept():
        done = subprocess.run(
            [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip", "--loglevel", "warning"],
            cwd=project(),
            env=child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        tail = log.read_text(errors="replace").splitlines()[-LINES_OF_A_FAILED_BUILD:]
        raise stop("\n".join([*tail, f"The pages could not be built; all of its output is in {log}."]))
    # Asked again, because the build may bring reflex.lock up to date.
    _stamp().write_text(fingerprint(catalogue))


@contextmanager
def lock_kept() -> Iterator[None]:
    """Around a run of Reflex: it writes the same package.json now on one line, now on many, which would look like a change."""
    manifest = project() / "reflex.lock" / "package.json"
    before = manifest.read_text() if manifest.exists() else ""
    try:
        yield
    finally:
        if before and manifest.exists() and json.loads(manifest.read_text()) == json.loads(before):
            manifest.write_text(before)


def forget() -> None:
    """Have the next start build again; for whoever puts another build into the same folder."""
    _stamp().unlink(missing_ok=True)


def _stamp() -> Path:
    return web_dir() / "nestpay.stamp"


def _sources_of_a_host(folder: Path) -> list[str]:
    """Its assets and its code, but nothing of hidden folders and virtual environments, and no data that it keeps."""
    rooms = [path for path in folder.iterdir() if path.name[0] != "." and not (path / "pyvenv.cfg").exists()]
    code = [
        path for room in rooms for path in (room.rglob("*.py") if room.is_dir() else [room]) if path.suffix == ".py"
    ]
    return ["assets", "reflex.lock", *sorted(str(path.relative_to(folder)) for path in code)]


def _source_files(root: Path, names: Iterable[str]) -> Iterator[Path]:
    for name in names:
        source = root / name
        files = sorted(source.rglob("*")) if source.is_dir() else [source]
        # assets/external holds links that Reflex makes while it builds.
        yield from (path for path in files if path.is_file() and not {"__pycache__", "external"} & set(path.parts))
