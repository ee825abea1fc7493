"""The pytest plugin for apps that are built on nestpay: a whole house in a temporary folder, with a sandbox that sells.

It comes with the package (`pytest11`), so a test only names its fixtures:

    def test_a_pro_customer_may_export(nestpay_user):
        ada = nestpay_user(plan="pro", credits=40)
        with extend.acting_as(ada.current):
            assert export() == "…"
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from fastapi import FastAPI

    from nestpay.billing.accounts import CurrentUser

Status = Literal["active", "past_due", "paused", "canceled"]

GOOD_CARD, FAILING_CARD = "4242424242424242", "pm_card_chargeCustomerFail"
SECRET = "whsec_nestpay_testing"  # noqa: S105  of a house that lasts for one test
PASSWORD = "nestpay-testing-password"  # noqa: S105  likewise
_SECONDS_TO_START = 10

# Migrated once a process and set of extensions: the next house begins with a copy.
_empty_databases: dict[tuple[str, ...], bytes] = {}


@dataclass
class TestUser:
    """Somebody with a verified account. `current` is what gates and `extend.acting_as` take; `session` is their cookie."""

    __test__ = False

    id: str
    email: str
    session: str
    current: "CurrentUser"

    @property
    def credits(self) -> int:
        """What they can spend now."""
        from nestpay.billing import credits

        return credits.get_user_benefits(self.id).total_available_credits

    @property
    def plan(self) -> str:
        """The title of their plan: the free one, where the house has one, for who bought nothing."""
        from nestpay.billing import credits

        return credits.get_user_benefits(self.id).plan_title

    @property
    def status(self) -> str | None:
        """The status of their plan, or None without one."""
        from nestpay.billing import credits

        return credits.get_user_benefits(self.id).subscription_status


@dataclass
class TestApp:
    """A running house without pages: our API and the sandbox answer at `url`; add routes of your own to `api`."""

    __test__ = False

    url: str
    api: "FastAPI"
    _heard: set[str] = field(default_factory=set)
    _people: int = 0

    def user(
        self,
        *,
        plan: str = "",
        interval: str = "month",
        status: Status = "active",
        credits: int | None = None,
        email: str = "",
    ) -> TestUser:
        """Somebody new, who bought `plan` on the sandbox's page and is in `status`, with `credits` in all if given."""
        from nestpay.billing import accounts
        from nestpay.billing import credits as ledger

        self._people += 1
        address = email or f"person{self._people}@example.com"
        token = accounts.redeem_ticket(accounts.sign_up(address, PASSWORD))
        link = accounts.sandbox_mail_link(address, "verify") or ""
        current = accounts.verify_email(link.rpartition("token=")[2])
        made = TestUser(current.id, address, token, current)
        if plan:
            self.buy(made, plan, interval)
            self._bring_to(made, status)
        if credits is not None and credits != made.credits:
            ledger.adjust(made.id, credits - made.credits, reason="for a test", by="", key=f"testing:{made.id}")
        return made

    def buy(self, user: TestUser, plan: str, interval: str = "month", *, card: str = GOOD_CARD) -> None:
        """Let a user buy a plan, by key, on the sandbox's payment page. Interval `once` is for packs and single sales."""
        from nestpay.billing import catalog, checkout
        from nestpay.store import orders
        from nestpay.store.session import reading

        cards = catalog.public_catalogue("en").cards
        offers = [offer for each in cards if each.key == plan for offer in each.offers if offer.interval == interval]
        if not offers:
            raise LookupError(f"There is no plan {plan!r} by {interval!r}; there are {[each.key for each in cards]}.")
        started = checkout.start(user.id, offers[0].price_id)
        with reading() as session:
            order = orders.by_id(session, started.order_id)
        assert order is not None
        form = {"do": "pay", "email": user.email, "name": "Ada", "country": "US", "number": card}
        answer = self._sandbox("POST", f"/stripe/checkout/{order.provider_session_id}", data=form)
        assert answer.status_code in (200, 303), answer.text
        self.settle()

    def advance(self, **how_far: float) -> None:
        """Move the sandbox's time and billing's with it (`days=31`): renewals, drips and reminders happen on the way."""
        from nestpay.billing import clock

        answer = self._sandbox("POST", "/clock", json={"advance": timedelta(**how_far).total_seconds()})
        answer.raise_for_status()
        clock.follow(float(self._sandbox("GET", "/clock").json()["offset_seconds"]))
        self.settle()

    def fault(self, on: Literal["deliveries", "api"], kind: str, **options: Any) -> None:
        """Let something go wrong at the sandbox: `fault("api", "fail", status=500, left=1)`. See its fault board."""
        self._sandbox("POST", "/faults", json={"on": on, "kind": kind, **options}).raise_for_status()

    def settle(self) -> None:
        """Hear every event that the sandbox has not told yet, and do all jobs that are due."""
        from nestpay import queue
        from nestpay.billing import inbox
        from nestpay.providers import registry

        headers = {"Authorization": "Bearer sk_test_nestpay_testing"}
        told = self._sandbox("GET", "/stripe/v1/events?limit=100", headers=headers).json()["data"]
        provider = registry.get("stripe")
        for event in reversed(told):
            if event["id"] not in self._heard:
                self._heard.add(event["id"])
                inbox.take(provider.parse_event(_as_text(event)))
        queue.run_due_here()

    def _bring_to(self, user: TestUser, status: Status) -> None:
        from nestpay.billing import subscriptions

        if status == "past_due":
            held = subscriptions.held_by(user.id)
            keys = {"Authorization": "Bearer sk_test_nestpay_testing"}
            attached = self._sandbox(
                "POST",
                f"/stripe/v1/payment_methods/{FAILING_CARD}/attach",
                data={"customer": held.provider_customer_id},
                headers=keys,
            ).json()
            self._sandbox(
                "POST",
                f"/stripe/v1/subscriptions/{held.provider_subscription_id}",
                data={"default_payment_method": attached["id"]},
                headers=keys,
            ).raise_for_status()
            assert held.current_period_end is not None
            self.advance(days=31, hours=2)
        elif status == "paused":
            subscriptions.pause(user.id)
        elif status == "canceled":
            subscriptions.cancel(user.id, at_once=True, by="nestpay.testing")
        self.settle()

    def _sandbox(self, method: str, path: str, **options: Any) -> Any:
        import httpx

        return httpx.request(method, f"{self.url}/sandbox{path}", trust_env=False, timeout=60, **options)


@pytest.fixture
def nestpay_app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestApp]:
    """A house of its own for one test: SQLite, a sandbox, and the plans and EXTENSIONS that environment or `.env` name."""
    with ExitStack() as stack:
        yield _open(tmp_path, monkeypatch, stack)


@pytest.fixture
def nestpay_user(nestpay_app: TestApp) -> Callable[..., TestUser]:
    """Makes people: `nestpay_user(plan="pro", status="past_due", credits=40)`."""
    return nestpay_app.user


def _open(folder: Path, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> TestApp:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    _set_up(folder, url, monkeypatch, stack)

    from nestpay.api.app import build_api
    from nestpay.billing import catalog, credits, extensions, house, inbox
    from nestpay.jobs import schedule  # noqa: F401  importing it registers the jobs
    from nestpay.launch import schema
    from nestpay.providers import registry
    from nestpay.sandbox.app import SandboxOptions, build_sandbox
    from nestpay.settings import get_settings
    from nestpay.store import session

    settings = get_settings()
    database = folder / "nestpay.sqlite"
    if kept := _empty_databases.get(settings.extensions):
        database.write_bytes(kept)
    else:
        schema.migrate(settings.database)
        _empty_databases[settings.extensions] = database.read_bytes()
    session.connect(settings.database)
    stack.callback(session.disconnect)
    stack.callback(credits.stop)
    stack.callback(inbox.stop)
    house.claim_database()
    registry.clear()
    registry.switch_on(settings)
    stack.callback(registry.clear)
    extensions.load()
    api = build_api()
    api.mount("/sandbox", build_sandbox(SandboxOptions(folder / "sandbox.sqlite", f"{url}/sandbox")))
    _serve(api, listener, stack)
    catalog.seed()
    catalog.provision_prices()
    return TestApp(url, api)


def _set_up(folder: Path, url: str, monkeypatch: pytest.MonkeyPatch, stack: ExitStack) -> None:
    from nestpay.settings import reset_settings

    environment = {
        "MODE": "sandbox",
        "SITE_URL": url,
        "VAR_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMTP_HOST": "",
        "SECRET_KEY": "nestpay-testing-" * 3,
        "STRIPE_SECRET_KEY": "sk_test_nestpay_testing",
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "CREEM_API_KEY": "",
        "STRIPE_API_BASE": "",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    reset_settings()
    stack.callback(reset_settings)


def _serve(api: "FastAPI", listener: socket.socket, stack: ExitStack) -> None:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(api, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(_SECONDS_TO_START)

    stack.callback(stop)
    deadline = time.monotonic() + _SECONDS_TO_START
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("The house did not start.")
        time.sleep(0.01)


def _as_text(event: dict[str, Any]) -> str:
    import json

    return json.dumps(event)
