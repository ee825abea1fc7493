"""What needs an admin today, oldest first, and the few figures that say how the shop is doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nestpay.billing import checkup, event_desk, reports
from nestpay.billing.clock import real_now
from nestpay.domain.spans import Span
from nestpay.store import attention as store
from nestpay.store import mail_desk
from nestpay.store.session import reading

_MONTH = 30


@dataclass(frozen=True, slots=True)
class Concern:
    """One kind of thing that needs somebody: how many, since when (UTC), one of them by its id, and what it says."""

    kind: str
    count: int
    since: datetime | None
    one: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """How one currency is doing, in minor units: money is after refunds, `mrr` is a month's."""

    currency: str
    mrr: int
    mrr_before: int
    """Thirty days ago."""
    active: int
    trialing: int
    today: int
    month: int


def concerns() -> tuple[Concern, ...]:
    """Everything that needs somebody, what waits longest first."""
    health, seen = event_desk.health(), checkup.last()
    with reading() as session:
        failed_mails, dead_mails, mails_since = mail_desk.trouble(session)
        kinds = {
            "dispute": store.open_disputes(session),
            "fraud": store.open_warnings(session),
            "drift": store.drifted_prices(session),
            "past_due": store.past_due(session),
            "delivery": store.failed_deliveries(session),
        }
    found = [Concern(kind, each.count, each.oldest, each.one or "") for kind, each in kinds.items()]
    found.append(Concern("events", health.failed + health.dead, health.oldest))
    found.append(Concern("mails", failed_mails + dead_mails, mails_since))
    latest = health.refused[0] if health.refused else None
    if latest and real_now() - latest.last_at < timedelta(days=1):
        found.append(Concern("refused", latest.count, latest.last_at, detail=latest.provider))
    if seen and seen.count:
        found.append(Concern("doctor", seen.count, seen.at, detail=seen.complaints[0]))
    here = [each for each in found if each.count]
    return tuple(sorted(here, key=lambda each: each.since or real_now()))


def figures() -> tuple[Figures, ...]:
    """How each currency is doing that has anything to show, the shop's own first."""
    today = reports.today()
    month, day = Span(today - timedelta(days=_MONTH - 1), today), Span(today, today)
    own, *others = reports.currencies()
    found = [_figures(own, month, day), *(_figures(each, month, day) for each in others)]
    return (found[0], *(each for each in found[1:] if each.mrr or each.active or each.month))


def _figures(currency: str, month: Span, day: Span) -> Figures:
    growth = reports.growth(currency, month)
    return Figures(
        currency=currency,
        mrr=growth.mrr,
        mrr_before=growth.opening_mrr,
        active=growth.active,
        trialing=growth.trialing,
        today=reports.revenue(currency, day).total.net,
        month=reports.revenue(currency, month).total.net,
    )
