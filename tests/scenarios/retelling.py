"""Tells a recorded life again to a fresh database: in any order, several times over, with crashes on the way."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import event, text
from sqlmodel import SQLModel

from nestpay.billing import credits, inbox
from nestpay.billing.clock import real_now
from nestpay.domain.errors import NestpayError
from nestpay.domain.facts import ProviderEvent
from nestpay.providers import registry
from nestpay.store import session
from nestpay.store.session import transaction
from nestpay.store.tables import OrderRow
from tests.scenarios import fingerprint
from tests.scenarios.fingerprint import State
from tests.scenarios.lives import Chapter, Life
from tests.scenarios.merchant import SECRET, provider_at, run_jobs, set_billing_clock
from tests.stripe_edge import StripeEdge
from tests.stripe_objects import delivery

_LONGEST_GROUP = 12
_LAST_STATEMENT = 30
_MOST_ROUNDS = 60


class Died(BaseException):
    """The process ended here: nothing catches it."""


@contextmanager
def replayed() -> Iterator[StripeEdge]:
    """What answers in the sandbox's place."""
    edge = StripeEdge()
    edge.start()
    registry.register(provider_at(edge.url))
    try:
        yield edge
    finally:
        registry.clear()
        edge.stop()
        credits.stop()


@dataclass
class Teller:
    """Tells `life` to the database that this process is connected to. `random` None tells it straight."""

    life: Life
    edge: StripeEdge
    random: Random | None = None

    def tell(self) -> State:
        """Tell everything, let the jobs run until nothing is left to do, and say what it came to."""
        _plant(self.life.rows)
        earlier: list[dict[str, Any]] = []
        for number, chapter in enumerate(self.life.chapters, 1):
            self.edge.things = {**chapter.reads}
            set_billing_clock(chapter.until)
            _plant([(OrderRow, chapter.orders)])
            self._tell_chapter(chapter, earlier)
            _settle()
            if chapter.spends:
                _spend(self.life.user_id, chapter.spends, f"spend:{number}")
            earlier += chapter.events
        return fingerprint.state_of(self.life.user_id)

    def _tell_chapter(self, chapter: Chapter, earlier: list[dict[str, Any]]) -> None:
        if self.random is None:
            for body in chapter.events:
                _deliver([body])
            return
        repeated = (
            self.random.choices([*earlier, *chapter.events], k=len(chapter.events) // 4) if chapter.events else []
        )
        waiting = [*chapter.events, *repeated]
        self.random.shuffle(waiting)
        while waiting:
            size = self.random.randint(1, _LONGEST_GROUP)
            group, waiting = waiting[:size], waiting[size:]
            fate = self.random.random()
            if fate < 0.1:
                with suppress(Died), _dying(self.random.randint(1, _LAST_STATEMENT)):
                    _deliver(group)
                waiting += group  # no answer: the provider sends them again
            elif fate < 0.2:
                _deliver(group)
                with suppress(Died), _dying(self.random.randint(1, _LAST_STATEMENT)):
                    inbox.work()
                _let_leases_end()
            elif fate < 0.25:
                _deliver(group)
                self._work_without_provider()
            else:
                _deliver(group)
            if self.random.random() < 0.3:
                run_jobs()

    def _work_without_provider(self) -> None:
        there, self.edge.things = self.edge.things, {}
        for path in there:
            self.edge.refuse(path, 400, message="Something went wrong.")
        inbox.work()
        self.edge.troubles.clear()
        self.edge.things = there


def _deliver(bodies: list[dict[str, Any]]) -> None:
    """These arrive together."""
    provider = registry.get("stripe")
    events: list[ProviderEvent] = [provider.verify_event(*delivery(body, secret=SECRET), real_now()) for body in bodies]
    inbox._store_group(events)


def _settle() -> None:
    """Let leases of the dead run out and retries fall due, and let the jobs run, until nothing waits."""
    for _ in range(_MOST_ROUNDS):
        _let_leases_end()
        with transaction() as opened:
            due = "update webhook_events set next_attempt_at = received_at where status in ('failed', 'processing')"
            opened.execute(text(due))
        run_jobs()
        with session.reading() as opened:
            waiting = "select count(*) from webhook_events where status in ('received', 'failed', 'processing')"
            if not opened.execute(text(waiting)).scalar():
                return
    raise AssertionError("the inbox never got empty")


def _let_leases_end() -> None:
    """A minute passes, and what the dead held is free."""
    with transaction() as opened:
        opened.execute(text("update leases set until = '2000-01-01'"))


def _spend(user_id: str, amount: int, key: str) -> None:
    with suppress(NestpayError):
        credits.spend(user_id, amount, key=key)


def _plant(rows: Iterable[tuple[type[SQLModel], list[dict[str, Any]]]]) -> None:
    with transaction() as opened:
        for table, values in rows:
            if values:
                opened.connection().execute(SQLModel.metadata.tables[table.__tablename__].insert(), values)


@contextmanager
def _dying(statements: int) -> Iterator[None]:
    """The process dies when it sends this statement to the database."""
    left = statements

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Died

    engine = session.engine()
    event.listen(engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", count)
