"""What the reports say: growth, revenue, recovery and credits of any past range, each currency by itself.

Amounts are minor units, rates are hundredths of a percent, days are UTC. The formulas stand in docs/metrics.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, TypeVar

from nestpay.billing.clock import billing_now
from nestpay.domain.ledger import LogType
from nestpay.domain.money import share
from nestpay.domain.spans import Span, Step, read_span
from nestpay.domain.subscriptions import ENDED
from nestpay.settings import get_settings
from nestpay.store import plans
from nestpay.store import reports as store
from nestpay.store.reports import CreditDay, Failure, MovementDay, PriceRevenue, RevenueDay
from nestpay.store.session import reading

__all__ = [
    "Credits",
    "Growth",
    "Recovery",
    "Revenue",
    "Span",
    "Step",
    "credits",
    "currencies",
    "growth",
    "recovery",
    "revenue",
    "span",
    "today",
]

_WHOLE = 10_000
_MONTHS, _DAYS = 12, 365
_GRANTED = frozenset(
    {
        LogType.ONE_TIME_PURCHASE,
        LogType.SUBSCRIPTION_GRANT,
        LogType.SUBSCRIPTION_DRIP,
        LogType.SIGNUP_BONUS,
        LogType.PROMOTION,
    }
)
_SPENT = frozenset(
    {
        LogType.FEATURE_USAGE,
        LogType.SEAT_USAGE,
        LogType.HOLD,
        LogType.HOLD_SETTLE,
        LogType.HOLD_RELEASE,
        LogType.DEBT_REPAID,
        LogType.DEBT_RETURN,
    }
)
_EXPIRED = frozenset({LogType.EXPIRE, LogType.PERIOD_RESET, LogType.SUBSCRIPTION_CANCEL_REVOKE, LogType.ROLLOVER})

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class Movement:
    """One part of the range: what moved the monthly recurring revenue, and where it stood at the part's end."""

    first: date
    new: int = 0
    expansion: int = 0
    contraction: int = 0
    churned: int = 0
    reactivation: int = 0
    mrr: int = 0
    customers: int = 0
    active: int = 0
    trialing: int = 0


@dataclass(frozen=True, slots=True)
class Growth:
    """Recurring revenue over a range. Rates and the lifetime value are None where nothing can be divided."""

    parts: tuple[Movement, ...]
    opening_mrr: int
    mrr: int
    arr: int
    active: int
    trialing: int
    customers: int
    customers_at_start: int
    customers_churned: int
    customer_churn: int | None
    revenue_churn: int | None
    arpu: int | None
    ltv: int | None


@dataclass(frozen=True, slots=True)
class Takings:
    """What a part of the range, or a thing that is sold, brought in minor units. `net` is what was paid less what went
    back."""

    name: str
    paid: int = 0
    tax: int = 0
    payments: int = 0
    refunded: int = 0
    refunds: int = 0
    net: int = 0


@dataclass(frozen=True, slots=True)
class Sold(Takings):
    """What one thing brought: `name` is its title, `kind` is plan, article, space or product, "" for nothing known."""

    kind: str = "plan"


@dataclass(frozen=True, slots=True)
class Revenue:
    """Money in and back: by part of the range (`name` is its first day), by what was bought, and in all."""

    parts: tuple[Takings, ...]
    sold: tuple[Sold, ...]
    total: Takings


@dataclass(frozen=True, slots=True)
class Recovery:
    """Subscriptions whose payment failed in the range, and what became of them so far; `mrr` is minor units a month."""

    failed: int
    recovered: int
    lost: int
    waiting: int
    mrr_failed: int
    mrr_recovered: int
    rate: int | None


@dataclass(frozen=True, slots=True)
class CreditFlow:
    """Credits of one part of the range. `granted`, `spent`, `expired` are >= 0 as a rule; `corrected` has its sign."""

    first: date
    granted: int = 0
    spent: int = 0
    expired: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class Credits:
    """Credits over a range; `left` is what customers could still spend at its end."""

    parts: tuple[CreditFlow, ...]
    total: CreditFlow
    left: int


def today() -> date:
    """The day of billing's clock."""
    return billing_now().date()


def span(first: str = "", last: str = "", step: str = "") -> Span:
    """A range as somebody typed it; the last thirty days when nothing is. Raises InvalidSpan."""
    return read_span(first.strip(), last.strip(), step.strip(), today())


def currencies() -> tuple[str, ...]:
    """What may be asked for, the shop's own currency first."""
    own = get_settings().default_currency
    with reading() as session:
        known = store.currencies(session)
    return (own, *(each for each in known if each != own))


def growth(currency: str, over: Span) -> Growth:
    """How the monthly recurring revenue in one currency moved."""
    with reading() as session:
        days = store.movements(session, currency, over.start, over.end)
    before = [day for day in days if day.day is None]
    mrr = opening = sum(_gain(day) for day in before)
    customers = at_start = sum(_heads(day) for day in before)
    active, trialing = sum(day.active for day in before), sum(day.trialing for day in before)
    parts = []
    for first, group in _grouped(over, ((day.day, day) for day in days if day.day)):
        mrr += sum(map(_gain, group))
        customers += sum(map(_heads, group))
        active += sum(day.active for day in group)
        trialing += sum(day.trialing for day in group)
        moved = {name: sum(getattr(day, name) for day in group) for name in _MOVES}
        parts.append(Movement(first, **moved, mrr=mrr, customers=customers, active=active, trialing=trialing))
    lost = sum(day.customers_churned for day in days if day.day)
    shrunk = sum(part.churned + part.contraction for part in parts)
    arpu = share(mrr, 1, customers) if customers > 0 else None
    return Growth(
        parts=tuple(parts),
        opening_mrr=opening,
        mrr=mrr,
        arr=mrr * _MONTHS,
        active=active,
        trialing=trialing,
        customers=customers,
        customers_at_start=at_start,
        customers_churned=lost,
        customer_churn=_rate(lost, at_start),
        revenue_churn=_rate(shrunk, opening),
        arpu=arpu,
        ltv=share(arpu, at_start * over.days * _MONTHS, lost * _DAYS) if arpu and at_start and lost > 0 else None,
    )


def revenue(currency: str, over: Span) -> Revenue:
    """What was paid in and paid back in one currency, by part of the range and by what was bought."""
    with reading() as session:
        days = store.revenue(session, currency, over.start, over.end)
        titles = store.plan_titles(session)
        others = store.revenue_beside_plans(session, currency, over.start, over.end)
        prices = {price.id: price for price in plans.price_rows(session, {each.price_id for each in others} - {""})}
    found: dict[tuple[str, str], list[RevenueDay | PriceRevenue]] = {}
    names: dict[tuple[str, str], str] = {}
    for day in days:
        if day.plan_id:
            found.setdefault(("plan", day.plan_id), []).append(day)
            names["plan", day.plan_id] = titles.get(day.plan_id, "")
    for each in others:
        price = prices.get(each.price_id)
        kind, _, slug = price.sells.partition(":") if price else ("", "", "")
        found.setdefault((kind, slug), []).append(each)
        names[kind, slug] = price.plan_title if price else ""
    sold = [_sold(key[0], names[key], group) for key, group in found.items()]
    return Revenue(
        parts=tuple(
            _takings(first.isoformat(), group) for first, group in _grouped(over, ((day.day, day) for day in days))
        ),
        sold=tuple(sorted(sold, key=lambda each: (-each.net, each.name, each.kind))),
        total=_takings("", days),
    )


def recovery(currency: str, over: Span) -> Recovery:
    """What became of the subscriptions in one currency whose payment failed in the range."""
    with reading() as session:
        found = store.failures(session, currency, over.start, over.end)
    lost = [each for each in found if each.ended_as in ENDED]
    waiting = [each for each in found if not each.ended_as]
    recovered = [each for each in found if each.ended_as and each.ended_as not in ENDED]
    return Recovery(
        failed=len(found),
        recovered=len(recovered),
        lost=len(lost),
        waiting=len(waiting),
        mrr_failed=_at_stake(found),
        mrr_recovered=_at_stake(recovered),
        rate=_rate(len(recovered), len(found)),
    )


def credits(over: Span) -> Credits:
    """Credits granted, spent and expired in the range, and those that customers could still spend at its end."""
    with reading() as session:
        days = store.credits_moved(session, over.start, over.end)
        left = store.credits_left(session, min(over.end, billing_now() + timedelta(microseconds=1)))
    return Credits(
        parts=tuple(_flow(first, group) for first, group in _grouped(over, ((day.day, day) for day in days))),
        total=_flow(over.first, days),
        left=left,
    )


_MOVES = ("new", "expansion", "contraction", "churned", "reactivation")


def _gain(day: MovementDay) -> int:
    return day.new + day.reactivation + day.expansion - day.contraction - day.churned


def _heads(day: MovementDay) -> int:
    return day.customers_new + day.customers_reactivated - day.customers_churned


def _at_stake(found: Iterable[Failure]) -> int:
    return sum(each.mrr_minor for each in found)


def _rate(part: int, whole: int) -> int | None:
    return share(_WHOLE, part, whole) if whole > 0 else None


def _grouped(over: Span, dated: Iterable[tuple[date, Part]]) -> list[tuple[date, list[Part]]]:
    """Every part of the range with what falls into it, also those with nothing."""
    groups: dict[date, list[Part]] = {first: [] for first in over.parts()}
    for day, thing in dated:
        groups[over.part_of(day)].append(thing)
    return list(groups.items())


def _takings(name: str, days: Iterable[RevenueDay | PriceRevenue]) -> Takings:
    return Takings(name, **_sums(days))


def _sold(kind: str, name: str, days: Iterable[RevenueDay | PriceRevenue]) -> Sold:
    return Sold(name, **_sums(days), kind=kind)


def _sums(days: Iterable[RevenueDay | PriceRevenue]) -> dict[str, Any]:
    sums: dict[str, Any] = dict.fromkeys(("paid", "tax", "payments", "refunded", "refunds"), 0)
    for day in days:
        for each in sums:
            sums[each] += getattr(day, each)
    return {**sums, "net": sums["paid"] - sums["refunded"]}


def _flow(first: date, days: Iterable[CreditDay]) -> CreditFlow:
    sums = dict.fromkeys((field.name for field in fields(CreditFlow) if field.name != "first"), 0)
    for day in days:
        if day.type in _GRANTED:
            sums["granted"] += day.amount
        elif day.type in _SPENT:
            sums["spent"] -= day.amount
        elif day.type in _EXPIRED:
            sums["expired"] -= day.amount
        else:
            sums["corrected"] += day.amount
    return CreditFlow(first, **sums)
