"""What measurements work on: a throwaway folder, databases of both kinds with customers in them, and our wiring."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cluster
from nestpay.billing import catalog, house
from nestpay.launch import schema
from nestpay.settings import Settings, reset_settings
from nestpay.store import session

ROOT = Path(__file__).resolve().parents[1]
WEBHOOK_SECRET = "whsec_benchmarks"
KINDS = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Bench:
    """One run: `folder` goes at its end; `server_url` is the cluster's, empty when it measures SQLite only."""

    folder: Path
    kinds: tuple[str, ...]
    server_url: str
    seconds: float

    def database(self, kind: str, name: str) -> str:
        """The address of a fresh database, migrated and with our plans. This process is connected to it afterwards."""
        in_a_file = f"sqlite:///{self.folder / name}.sqlite"
        url = in_a_file if kind == "sqlite" else cluster.new_database(self.server_url, name)
        schema.migrate(url)
        os.environ["DATABASE_URL"] = url
        reset_settings()
        session.connect(url)
        house.claim_database()
        catalog.seed()
        return url


@contextmanager
def bench(kinds: tuple[str, ...], seconds: float) -> Iterator[Bench]:
    """Everything a run needs, gone afterwards. Measures for about `seconds` each time."""
    Settings.model_config["env_file"] = None  # a developer's own .env must not decide what is measured
    with tempfile.TemporaryDirectory(prefix="nestpay-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user and passes through
        os.environ.update(
            MODE="sandbox",
            SITE_URL="http://127.0.0.1:8000",
            DATABASE_URL="",
            REDIS_URL="",
            VAR_DIR=str(folder / "var"),
            SECRET_KEY="benchmarks-only-benchmarks-only-benchmarks",
            STRIPE_SECRET_KEY="sk_test_sandbox_benchmarks",
            STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
            CREEM_API_KEY="creem_test_benchmarks",
            CREEM_WEBHOOK_SECRET=WEBHOOK_SECRET,
        )
        if "postgresql" not in kinds:
            yield Bench(folder, kinds, "", seconds)
            return
        with cluster.cluster(folder) as server_url:
            yield Bench(folder, kinds, server_url, seconds)
