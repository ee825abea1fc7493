"""Reports: what SQL adds up is what somebody with paper and patience would, for any life of a shop."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import delete
from sqlmodel import SQLModel

from nestpay.billing import reports
from nestpay.billing.reports import Growth, Recovery, Takings
from nestpay.domain.errors import InvalidSpan
from nestpay.domain.ledger import LogType, Pool
from nestpay.domain.money import share
from nestpay.domain.orders import OrderStatus, OrderType
from nestpay.domain.spans import Span, Step
from nestpay.store.session import transaction
from nestpay.store.tables import OrderRow, SubscriptionChangeRow, SubscriptionRow
from tests import builders

FIRST = datetime(2027, 1, 1, tzinfo=UTC)
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAYS = 40
LIVES = ("active", "past_due", "trialing", "unpaid", "paused", "canceled")
PAYING = ("active", "past_due")
A_FEW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Stride:
    """One step of a subscription, as the books keep it."""

    id: str
    user: str
    subscription: str
    currency: str
    at: datetime
    before: tuple[str, int]
    after: tuple[str, int]

    @property
    def change(self) -> int:
        return self.after[1] - self.before[1]


lives = some.lists(
    some.tuples(
        some.integers(0, 2),
        some.sampled_from(("usd", "eur")),
        some.lists(
            some.tuples(
                some.integers(0, DAYS * 24 * 60), some.sampled_from(LIVES), some.sampled_from((900, 1900, 19000))
            ),
            min_size=1,
            max_size=6,
        ),
    ),
    max_size=6,
)
ranges = some.tuples(some.integers(0, DAYS), some.integers(0, DAYS), some.sampled_from(list(Step))).map(
    lambda drawn: Span(day(min(drawn[:2])), day(max(drawn[:2])), drawn[2])
)


def day(number: int) -> date:
    return (FIRST + timedelta(days=number)).date()


def write_down(drawn: list[tuple[int, str, list[tuple[int, str, int]]]], people: list[str]) -> list[Stride]:
    """The drawn lives as rows of both tables, each step beginning where the last one ended."""
    ids, found, subscriptions = count(), [], []
    for number, (person, currency, life) in enumerate(drawn):
        subscription, standing = f"sub{number:04}", ("", 0)
        subscriptions.append(
            SubscriptionRow(
                id=subscription,
                user_id=people[person],
                provider="stripe",
                provider_subscription_id=subscription,
                status="active",
                created_at=FIRST,
                updated_at=FIRST,
            )
        )
        for minute, status, amount in sorted(life):
            after = (status, amount if status in PAYING else 0)
            at = FIRST + timedelta(minutes=minute)
            step = Stride(f"{next(ids):06}", people[person], subscription, currency, at, standing, after)
            found.append(step)
            standing = after
    with transaction() as session:
        for table in (SubscriptionChangeRow, SubscriptionRow):
            session.execute(delete(SQLModel.metadata.tables[table.__tablename__]))
        session.add_all(subscriptions)
        session.flush()
        session.add_all(row_of(step) for step in found)
    return found


def row_of(step: Stride) -> SubscriptionChangeRow:
    return SubscriptionChangeRow(
        id=step.id,
        subscription_id=step.subscription,
        user_id=step.user,
        at=step.at,
        reason="started",
        currency=step.currency,
        status_before=step.before[0],
        status_after=step.after[0],
        mrr_minor_before=step.before[1],
        mrr_minor_after=step.after[1],
    )


def by_hand(steps: list[Stride], currency: str, over: Span) -> Growth:
    """The same report, walked through one step after the other."""
    totals: dict[str, int] = defaultdict(int)
    ever: set[str] = set()
    moves = {first: defaultdict(int) for first in over.parts()}
    opening: dict[str, int] = defaultdict(int)
    for step in sorted((s for s in steps if s.currency == currency), key=lambda s: (s.at, s.id)):
        if step.at >= over.end:
            break
        part = moves[over.part_of(step.at.date())] if step.at >= over.start else opening
        was, totals[step.user] = totals[step.user], totals[step.user] + step.change
        name = name_of(step.change, was, totals[step.user], step.user in ever)
        part[name] += abs(step.change)
        part[f"n_{name}"] += bool(step.change)
        part["active"] += (step.after[0] in PAYING) - (step.before[0] in PAYING)
        part["trialing"] += (step.after[0] == "trialing") - (step.before[0] == "trialing")
        if step.after[1] > 0:
            ever.add(step.user)
    return as_report(moves, opening, over)


def name_of(change: int, was: int, now: int, has_paid: bool) -> str:
    if change > 0:
        return "expansion" if was > 0 else "reactivation" if has_paid else "new"
    return "contraction" if now > 0 else "churned"


def as_report(moves: dict[date, dict[str, int]], opening: dict[str, int], over: Span) -> Growth:
    def gain(part: dict[str, int]) -> int:
        return part["new"] + part["expansion"] + part["reactivation"] - part["contraction"] - part["churned"]

    def heads(part: dict[str, int]) -> int:
        return part["n_new"] + part["n_reactivation"] - part["n_churned"]

    mrr, customers, active, trialing = gain(opening), heads(opening), opening["active"], opening["trialing"]
    at_start, parts = customers, []
    for first, part in moves.items():
        mrr, customers = mrr + gain(part), customers + heads(part)
        active, trialing = active + part["active"], trialing + part["trialing"]
        named = {name: part[name] for name in ("new", "expansion", "contraction", "churned", "reactivation")}
        parts.append(reports.Movement(first, **named, mrr=mrr, customers=customers, active=active, trialing=trialing))
    lost = sum(part["n_churned"] for part in moves.values())
    shrunk = sum(part["churned"] + part["contraction"] for part in moves.values())
    arpu = share(mrr, 1, customers) if customers > 0 else None
    return Growth(
        parts=tuple(parts),
        opening_mrr=gain(opening),
        mrr=mrr,
        arr=12 * mrr,
        active=active,
        trialing=trialing,
        customers=customers,
        customers_at_start=at_start,
        customers_churned=lost,
        customer_churn=share(10_000, lost, at_start) if at_start > 0 else None,
        revenue_churn=share(10_000, shrunk, gain(opening)) if gain(opening) > 0 else None,
        arpu=arpu,
        ltv=share(arpu, at_start * over.days * 12, lost * 365) if lost and at_start and arpu else None,
    )


@pytest.fixture
def people(database: str, clock: time_machine.Traveller) -> list[str]:
    clock.move_to(NOON)
    return [builders.add_user(name) for name in ("ada", "bob", "cyd")]


@A_FEW
@given(drawn=lives, over=ranges)
def test_growth_is_what_one_finds_by_hand(people: list[str], drawn: list, over: Span) -> None:
    steps = write_down(drawn, people)
    for currency in ("usd", "eur"):
        found = reports.growth(currency, over)
        assert found == by_hand(steps, currency, over)
        moved = sum(p.new + p.reactivation + p.expansion - p.contraction - p.churned for p in found.parts)
        assert found.opening_mrr + moved == found.mrr


@A_FEW
@given(drawn=lives, over=ranges)
def test_recovery_follows_each_failure_to_its_end(people: list[str], drawn: list, over: Span) -> None:
    steps, owing = write_down(drawn, people), ("past_due", "unpaid")
    ends = []
    for step in steps:
        begins = step.after[0] in owing and step.before[0] not in owing
        if begins and step.currency == "usd" and over.start <= step.at < over.end:
            later = [s for s in steps if s.subscription == step.subscription and s.id > step.id]
            ends.append((step.before[1], next((s.after[0] for s in later if s.after[0] not in owing), "")))
    recovered = [amount for amount, end in ends if end not in ("", "canceled")]
    assert reports.recovery("usd", over) == Recovery(
        failed=len(ends),
        recovered=len(recovered),
        lost=len([end for _, end in ends if end == "canceled"]),
        waiting=len([end for _, end in ends if not end]),
        mrr_failed=sum(amount for amount, _ in ends),
        mrr_recovered=sum(recovered),
        rate=share(10_000, len(recovered), len(ends)) if ends else None,
    )


paid_orders = some.lists(
    some.tuples(
        some.integers(-5, DAYS * 24 * 60),
        some.sampled_from(("usd", "eur", "jpy")),
        some.sampled_from(list(OrderType)),
        some.integers(0, 3),
        some.integers(0, 100_000),
    ),
    max_size=15,
)


@A_FEW
@given(drawn=paid_orders, over=ranges)
def test_revenue_never_adds_currencies_and_takes_off_what_went_back(people: list[str], drawn: list, over: Span) -> None:
    with transaction() as session:
        session.execute(delete(SQLModel.metadata.tables[OrderRow.__tablename__]))
    paid: dict[str, list[tuple[date, bool, int]]] = defaultdict(list)
    for number, (minute, currency, kind, unpaid, amount) in enumerate(drawn):
        at = None if unpaid == 0 else FIRST + timedelta(minutes=minute)
        builders.add_order(
            people[0],
            currency=currency,
            type=kind,
            status=OrderStatus.SUCCEEDED if at else OrderStatus.FAILED,
            amount_total=amount,
            amount_tax=amount // 5,
            paid_at=at,
            provider_order_id=str(number),
        )
        if at and over.start <= at < over.end:
            paid[currency].append((over.part_of(at.date()), kind is OrderType.REFUND, amount))
    for currency in ("usd", "eur", "jpy"):
        found = reports.revenue(currency, over)
        assert found.parts == tuple(takings(first.isoformat(), paid[currency], first) for first in over.parts())
        assert found.total == takings("", paid[currency], None)
        assert sum(plan.net for plan in found.sold) == found.total.net


def takings(name: str, paid: list[tuple[date, bool, int]], first: date | None) -> Takings:
    own = [(is_refund, amount) for part, is_refund, amount in paid if first in (None, part)]
    came, went = [a for back, a in own if not back], [a for back, a in own if back]
    return Takings(
        name,
        paid=sum(came),
        tax=sum(amount // 5 for amount in came),
        payments=len(came),
        refunded=sum(went),
        refunds=len(went),
        net=sum(came) - sum(went),
    )


def test_what_is_left_of_the_credits_is_known_for_any_past_day(
    people: list[str], clock: time_machine.Traveller
) -> None:
    clock.move_to(NOON - timedelta(days=10))
    expires = NOON - timedelta(days=5)
    builders.give_credits(people[0], 100)
    builders.give_credits(people[0], 40, Pool.SUBSCRIPTION, expires_at=expires)
    clock.move_to(NOON - timedelta(days=7))
    builders.give_credits(people[1], 5)
    assert left_on(NOON - timedelta(days=11)) == 0
    assert left_on(NOON - timedelta(days=10)) == 140
    clock.move_to(NOON)
    assert left_on(NOON) == 105, "expired, though nobody swept it yet"
    builders.give_credits(people[0], 1)
    assert left_on(NOON - timedelta(days=10)) == 140
    assert left_on(NOON - timedelta(days=6)) == 145
    assert left_on(NOON - timedelta(days=4)) == 105, "expired then, though swept later"
    assert left_on(NOON) == 106
    flow = reports.credits(Span(date(2027, 2, 1), date(2027, 3, 1))).total
    assert flow.granted - flow.spent - flow.expired + flow.corrected == 106


def left_on(at: datetime) -> int:
    return reports.credits(Span(date(2027, 1, 1), at.date())).left


def test_every_kind_of_credit_line_is_looked_at() -> None:
    corrections = {LogType.REFUND_REVOKE, LogType.REFUND_RETURN, LogType.ADMIN_ADJUST, LogType.DEBT}
    known = reports._GRANTED | reports._SPENT | reports._EXPIRED | corrections
    assert set(LogType) - known == set()


@pytest.mark.usefixtures("sqlite_database")
@pytest.mark.parametrize(
    ("first", "last", "step"),
    [
        ("2027-02-01", "2027-01-01", "day"),
        ("0000-01-01", "", ""),
        ("0001-01-01", "0001-02-01", ""),
        ("", "0001-01-01", ""),
        ("9999-12-31", "9999-12-31", ""),
        ("2027-13-01", "", ""),
        ("yesterday", "", ""),
        ("2000-01-01", "2027-01-01", ""),
        ("2027-01-01", "2027-02-01", "fortnight"),
        ("²", "", ""),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(first: str, last: str, step: str) -> None:
    with pytest.raises(InvalidSpan):
        reports.span(first, last, step)


@pytest.mark.usefixtures("sqlite_database")
def test_without_dates_it_is_the_last_thirty_days(clock: time_machine.Traveller) -> None:
    clock.move_to(NOON)
    assert reports.span() == Span(date(2027, 1, 31), date(2027, 3, 1), Step.DAY)
