"""A shop that sells through one company, for the contract: buying, hearing of it, and letting time pass."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlmodel import col, update

from nestpay.billing import catalog, checkout, credits, inbox, throttle
from nestpay.billing.clock import billing_now, real_now
from nestpay.providers import registry
from nestpay.providers.base import Capability
from nestpay.store import plans
from nestpay.store.session import transaction
from nestpay.store.tables import EmailRow, OrderRow, PriceRecord, SubscriptionRow
from tests import builders
from tests.providers.companies import Company, Delivery
from tests.scenarios import fingerprint
from tests.scenarios.merchant import run_jobs

END_OF_JANUARY = datetime(2027, 1, 31, 10, 17, tzinfo=UTC)
LONGEST_HOP = timedelta(days=8)


@dataclass
class Shop:
    """The starter's plans, sold through one company; Ada has an account."""

    company: Company
    user_id: str
    prices: dict[tuple[str, str], str]
    told: list[Delivery] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.company.provider.name

    def can(self, capability: Capability) -> bool:
        """Whether the provider says that it can."""
        return capability in self.company.provider.capabilities

    def buy(self, plan: str = "credits-500", interval: str = "once", quantity: int = 1) -> OrderRow:
        """Begin a checkout and pay. What it means is heard of later."""
        started = checkout.start(self.user_id, self.prices[plan, interval], quantity=quantity)
        (order,) = builders.rows_of(OrderRow, id=started.order_id)
        self.company.pay(order)
        return order

    def subscribe(self, plan: str = "pro", interval: str = "month", quantity: int = 1) -> SubscriptionRow:
        """Buy a plan and hear of it."""
        self.buy(plan, interval, quantity)
        self.hear()
        return self.held()

    def hear(self, *, backwards: bool = False) -> None:
        """Let everything be delivered that happened since the last time, and do what it makes due."""
        fresh = self.company.deliveries()
        self.told += fresh
        self.deliver(reversed(fresh) if backwards else fresh)

    def deliver(self, some: Iterable[Delivery]) -> None:
        """Let these be delivered."""
        for raw, headers in some:
            inbox.receive_and_wait(self.name, raw, headers)
        run_jobs()

    def live_until(self, moment: datetime) -> None:
        """Let time pass as in life."""
        while billing_now() < moment - timedelta(seconds=30):
            self.company.move_to(min(moment, billing_now() + LONGEST_HOP))
            self.hear()

    def live(self, **delta: float) -> None:
        """Let this much time pass as in life."""
        self.live_until(billing_now() + timedelta(**delta))

    def held(self) -> SubscriptionRow:
        """The newest subscription as we keep it."""
        return [row for row in builders.rows_of(SubscriptionRow) if row.provider == self.name][-1]

    def orders(self, kind: str, status: str = "succeeded") -> list[OrderRow]:
        """The orders of a type and status, oldest first."""
        return builders.rows_of(OrderRow, type=kind, status=status)

    def credits(self) -> int:
        """What can be spent."""
        return credits.get_user_benefits(self.user_id).total_available_credits

    def opens(self) -> bool:
        """Whether some plan is open."""
        return fingerprint.opens(self.user_id)

    def mails(self, template: str) -> int:
        """How many mails of a kind Ada was to get."""
        return len(builders.rows_of(EmailRow, template=template))

    def end_of_period(self) -> datetime:
        """When what is paid for ends."""
        end = self.held().current_period_end
        assert end is not None
        return end


@contextmanager
def open_shop(company: Company, *, only_once: bool = False) -> Iterator[Shop]:
    """The starter's catalogue with this company's prices instead of Stripe's, on the database of this process.

    `only_once` leaves subscriptions to others.
    """
    throttle.forget_everything()
    registry.register(company.provider)
    try:
        catalog.seed()
        with transaction() as session:
            theirs = update(PriceRecord).where(col(PriceRecord.provider) == "stripe")
            if only_once:
                theirs = theirs.where(col(PriceRecord.interval) == "once")
            session.execute(theirs.values(provider=company.provider.name))
        catalog.provision_prices()
        with transaction() as session:
            keys = {row.id: row.key for row in plans.all_plans(session, "test")}
            prices = {
                (keys[price.plan_id or ""], str(price.interval)): price.id for price in plans.prices_of(session, keys)
            }
        shop = Shop(company, builders.add_user(email_verified_at=real_now()), prices)
        company.move_to(END_OF_JANUARY)
        shop.company.deliveries()
        yield shop
    finally:
        registry.clear()
        inbox.stop()
        credits.stop()
