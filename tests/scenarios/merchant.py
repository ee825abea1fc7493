"""A whole house in one process: nestpay on a database, the sandbox it sells at, and a world clock that both go by."""

import os
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from sqlmodel import SQLModel, col, update

from nestpay.api.app import build_api
from nestpay.billing import catalog, checkout, clock, credits, inbox, throttle
from nestpay.domain.errors import NestpayError
from nestpay.jobs import schedule
from nestpay.providers import registry
from nestpay.providers.stripe.client import StripeProvider
from nestpay.settings import reset_settings
from nestpay.store import plans, session
from nestpay.store.session import transaction
from nestpay.store.tables import EmailRow, OrderRow, PlanRow, PriceRecord, SubscriptionRow
from tests import builders
from tests.sandbox.world import SECRET, Served, eventually
from tests.scenarios import fingerprint
from tests.stripe_objects import delivery

GOOD_CARD = "4242424242424242"
LONGEST_HOP = timedelta(days=8)
_JOBS = (
    schedule.inbox,
    schedule.fraud_warnings,
    schedule.trials,
    schedule.pauses,
    schedule.inbox,
    schedule.allowance,
    schedule.holds,
)


def connect(url: str) -> None:
    """Let this process work on a database."""
    os.environ["DATABASE_URL"] = url
    reset_settings()
    session.connect(url)


def set_billing_clock(moment: datetime) -> None:
    """It is `moment` for periods, drips, grace and expiry."""
    clock.follow(moment.timestamp() - time.time())


def run_jobs() -> None:
    """What a worker does every minute."""
    for job in _JOBS:
        job()


@dataclass
class Merchant:
    """The starter's plans for sale at a sandbox, and Ada, who has an account.

    Without a webhook address events come when `hear` is called; with one they come by themselves, over HTTP.
    """

    served: Served
    user_id: str
    prices: dict[tuple[str, str], PriceRecord]
    told: list[dict[str, Any]] = field(default_factory=list)
    """Every event of Ada's life so far, in the order in which they happened."""
    _newest: str = field(init=False)

    def __post_init__(self) -> None:
        """What happened until now is no part of the life."""
        self._newest = self.served.call("GET", "/events?limit=1").json()["data"][0]["id"]

    @property
    def now(self) -> datetime:
        """The world's time."""
        return datetime.fromtimestamp(self.served.sandbox.world.clock.now(), UTC)

    def price(self, plan: str = "pro", interval: str = "month") -> str:
        """The id of a price."""
        return self.prices[plan, interval].id

    def jump(self, to: datetime) -> None:
        """Move the world's clock, and billing's with it. What happens on the way is not heard of yet."""
        if to > self.now:
            answer = self.served.browser.post("/clock", json={"to": to.isoformat()}, timeout=60)
            assert answer.status_code == 200, answer.text
        clock.follow(self.served.sandbox.world.clock.offset)

    def live_until(self, to: datetime) -> None:
        """Let time pass as in life: days go by, events are heard of, jobs run."""
        while self.now < to:
            self.jump(min(to, self.now + LONGEST_HOP))
            self.hear()

    def live(self, **delta: float) -> None:
        """Let this much time pass as in life."""
        self.live_until(self.now + timedelta(**delta))

    def fetch(self) -> list[dict[str, Any]]:
        """The events since the last look, oldest first."""
        fresh: list[dict[str, Any]] = []
        while page := self.served.call("GET", f"/events?limit=100&ending_before={self._newest}").json()["data"]:
            self._newest = page[0]["id"]
            fresh += reversed(page)
        self.told += fresh
        return fresh

    def hear(self) -> None:
        """Let what happened since the last time be delivered, and do what it makes due."""
        if self.served.webhook_url:
            eventually(lambda: not self.deliveries_waiting(), 60)
        else:
            for event in self.fetch():
                inbox.receive_and_wait("stripe", *delivery(event, secret=SECRET))
        run_jobs()

    def buy(self, plan: str = "credits-500", interval: str = "once", *, quantity: int = 1, **form: str) -> OrderRow:
        """Pay on the hosted page. What it means is heard of later. Gives the order as it was before."""
        started = checkout.start(self.user_id, self.price(plan, interval), quantity=quantity)
        order = self.order(started.order_id)
        filled = {"email": "ada@example.com", "name": "Ada", "country": "US", "number": GOOD_CARD, **form}
        answer = self.served.browser.post(f"/stripe/checkout/{order.provider_session_id}", data={"do": "pay", **filled})
        assert answer.status_code in (200, 303), answer.text
        return order

    def subscribe(self, plan: str = "pro", interval: str = "month", **details: Any) -> SubscriptionRow:
        """Buy a plan and hear of it."""
        self.buy(plan, interval, **details)
        self.hear()
        return self.held()

    def order(self, order_id: str) -> OrderRow:
        """One order."""
        (row,) = builders.rows_of(OrderRow, id=order_id)
        return row

    def orders(self, kind: str = "") -> list[OrderRow]:
        """All orders, or those of a type, oldest first."""
        return builders.rows_of(OrderRow, **({"type": kind} if kind else {}))

    def held(self) -> SubscriptionRow:
        """The newest subscription as we keep it."""
        return [row for row in builders.rows_of(SubscriptionRow) if row.provider == "stripe"][-1]

    def credits(self) -> int:
        """What can be spent."""
        return credits.get_user_benefits(self.user_id).total_available_credits

    def has_access(self) -> bool:
        """Whether some plan is open."""
        return fingerprint.opens(self.user_id)

    def spend(self, amount: int, key: str) -> str:
        """Use credits; gives `spent` or why not."""
        try:
            credits.spend(self.user_id, amount, key=key)
        except NestpayError as refusal:
            return type(refusal).__name__
        return "spent"

    def pay_with(self, card: str) -> None:
        """Give Ada another card (one of Stripe's `pm_card_…`), and let her subscription be paid with it."""
        row, client = self.held(), self.served.client
        method = client.payment_methods.attach(card, {"customer": row.provider_customer_id or ""}).id
        client.subscriptions.update(row.provider_subscription_id, {"default_payment_method": method})

    def at_stripe(self) -> Any:
        """The newest subscription as the sandbox has it."""
        return self.served.client.subscriptions.retrieve(self.held().provider_subscription_id)

    def lever(self, action: str, **given: Any) -> dict[str, Any] | None:
        """Press a lever of the sandbox's board; None when it refuses."""
        answer = self.served.browser.post(f"/stripe-controls/{action}", json=given)
        return answer.json() if answer.status_code == 200 else None

    def fault(self, on: str, kind: str, **options: Any) -> int:
        """Set a fault up. Gives its number."""
        answer = self.served.browser.post("/faults", json={"on": on, "kind": kind, **options})
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def mend(self, fault: int) -> None:
        """Take a fault away. What it dropped stays lost."""
        assert self.served.browser.delete(f"/faults/{fault}").status_code == 200

    def mails(self) -> Counter[str]:
        """How many mails of each kind Ada was to get."""
        return Counter(row.template for row in builders.rows_of(EmailRow, user_id=self.user_id))

    def deliveries_waiting(self) -> int:
        """How many webhooks are on their way."""
        with sqlite3.connect(self.served.folder / "sandbox.sqlite", timeout=10) as books:
            query = "select count(*) from deliveries where state in ('pending', 'sending')"
            return books.execute(query).fetchone()[0]


@contextmanager
def open_for_business(folder: Path, start: datetime, webhook_url: str | None = None) -> Iterator[Merchant]:
    """A house on the database that this process is connected to, with the world's clock at `start`."""
    throttle.forget_everything()
    served = Served(folder, webhook_url)
    registry.register(provider_at(f"{served.site}/stripe"))
    try:
        catalog.seed()
        catalog.provision_prices()
        with transaction() as opened:
            keys = {row.id: row.key for row in plans.all_plans(opened, "test")}
            sold = [price for price in plans.prices_of(opened, keys) if price.provider in (*registry.names(), "none")]
            prices = {(keys[price.plan_id], price.interval): price for price in sold}
        merchant = Merchant(served, builders.add_user(email_verified_at=datetime.now(UTC)), prices)
        merchant.jump(start)
        yield merchant
    finally:
        registry.clear()
        served.close()
        inbox.stop()
        credits.stop()


@contextmanager
def open_door() -> Iterator[str]:
    """Serve our HTTP routes on a port of their own. Gives the webhooks' address."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build_api(), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    eventually(lambda: server.started)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/webhooks/stripe"
    server.should_exit = True
    thread.join(10)


def provider_at(api_base: str) -> StripeProvider:
    """Our Stripe client, talking to a sandbox or to a replay of one."""
    return StripeProvider(
        secret_key="sk_test_scenarios", webhook_secrets=[SECRET], api_base=api_base, timeout_seconds=20
    )


def edit(table: type[SQLModel], row_id: str, **values: Any) -> None:
    """Change columns of one row, as an admin's editor does."""
    with transaction() as opened:
        opened.execute(update(table).where(col(table.id) == row_id).values(values))  # pyright: ignore[reportAttributeAccessIssue]


def edit_plan(merchant: Merchant, plan: str, **values: Any) -> None:
    """Change columns of a plan."""
    edit(PlanRow, merchant.prices[plan, "month"].plan_id, **values)
