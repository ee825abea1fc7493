"""Figures of the reports as they are read: money, rates and numbers in the visitor's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.numbers import format_decimal

from nestpay.billing.reports import CreditFlow, Credits, Growth, Recovery, Revenue, Sold, Span, Takings
from nestpay.domain.money import Money
from nestpay.web.components import charts
from nestpay.web.components.charts import Bar, Steps
from nestpay.web.i18n import t_in
from nestpay.web.i18n.moments import date_of

_NONE = "–"
_PERCENT = 100
_BABEL = {"en": "en_US", "zh": "zh_CN", "fr": "fr_FR"}


@dataclass(frozen=True)
class Table:
    """A report's lines, the newest first, each cell ready to read; `chart` draws them, `peak` is its upper edge."""

    lines: list[list[str]]
    chart: Steps
    peak: str
    since: str
    until: str


def figures_of_growth(found: Growth, currency: str, locale: str) -> dict[str, str]:
    """The figures above the first table, by name."""
    return {
        "mrr": _money(found.mrr, currency, locale),
        "arr": _money(found.arr, currency, locale),
        "active": _number(found.active, locale),
        "trialing": _number(found.trialing, locale),
        "customers": _number(found.customers, locale),
        "customer_churn": _rate(found.customer_churn, locale),
        "revenue_churn": _rate(found.revenue_churn, locale),
        "arpu": _money(found.arpu, currency, locale),
        "ltv": _money(found.ltv, currency, locale),
    }


def growth_table(found: Growth, currency: str, over: Span, locale: str) -> Table:
    """What moved the recurring revenue, part by part."""
    lines = [
        [
            date_of(part.first, locale),
            *(
                _money(amount, currency, locale)
                for amount in (part.new, part.expansion, part.reactivation, -part.contraction, -part.churned, part.mrr)
            ),
            _number(part.active, locale),
        ]
        for part in found.parts
    ]
    return _table(lines, over, [part.mrr for part in found.parts], (), currency, locale)


def figures_of_revenue(found: Revenue, currency: str, locale: str) -> dict[str, str]:
    """The figures above the second table."""
    total = found.total
    return {
        "paid": _money(total.paid, currency, locale),
        "refunded": _money(total.refunded, currency, locale),
        "net": _money(total.net, currency, locale),
        "tax": _money(total.tax, currency, locale),
        "payments": _number(total.payments, locale),
        "refunds": _number(total.refunds, locale),
    }


def revenue_table(found: Revenue, currency: str, over: Span, locale: str) -> Table:
    """What came in and went back, part by part."""
    lines = [
        [date_of(date.fromisoformat(part.name), locale), *_takings(part, currency, locale)] for part in found.parts
    ]
    kept, back = [max(0, part.net) for part in found.parts], [part.refunded for part in found.parts]
    return _table(lines, over, kept, back, currency, locale)


def plan_lines(found: Revenue, currency: str, locale: str) -> list[list[str]]:
    """What each plan, article, space and product brought, the most first."""
    return [[_name(each, locale), *_takings(each, currency, locale)] for each in found.sold]


def plan_bars(found: Revenue, currency: str, locale: str) -> list[Bar]:
    """Those that brought something, as bars."""
    earned = [each for each in found.sold if each.net > 0]
    return charts.bars(
        [(_name(each, locale), each.net) for each in earned], [_money(each.net, currency, locale) for each in earned]
    )


def _name(sold: Sold, locale: str) -> str:
    """A plan's title; of anything else also what it is."""
    if sold.kind in ("", "plan"):
        return sold.name or _NONE
    return f"{sold.name} · {t_in(locale, f'purchases.kind.{sold.kind}')}"


def figures_of_recovery(found: Recovery, currency: str, locale: str) -> dict[str, str]:
    """What became of failed payments."""
    return {
        "failed": _number(found.failed, locale),
        "recovered": _number(found.recovered, locale),
        "lost": _number(found.lost, locale),
        "waiting": _number(found.waiting, locale),
        "rate": _rate(found.rate, locale),
        "mrr_recovered": _money(found.mrr_recovered, currency, locale),
    }


def figures_of_credits(found: Credits, locale: str) -> dict[str, str]:
    """The figures above the table of credits."""
    return {"left": _number(found.left, locale)} | dict(zip(_FLOWS, _flow(found.total, locale), strict=True))


def credits_table(found: Credits, over: Span, locale: str) -> Table:
    """Where credits came from and went, part by part."""
    lines = [[date_of(part.first, locale), *_flow(part, locale)] for part in found.parts]
    spent, expired = [max(0, part.spent) for part in found.parts], [max(0, part.expired) for part in found.parts]
    return _table(lines, over, spent, expired, "", locale)


_FLOWS = ("granted", "spent", "expired", "corrected")


def _flow(part: CreditFlow, locale: str) -> list[str]:
    return [_number(getattr(part, name), locale) for name in _FLOWS]


def _takings(part: Takings, currency: str, locale: str) -> list[str]:
    amounts = [_money(amount, currency, locale) for amount in (part.paid, part.refunded, part.net)]
    return [_number(part.payments, locale), *amounts]


def _table(
    lines: list[list[str]], over: Span, lower: Sequence[int], upper: Sequence[int], currency: str, locale: str
) -> Table:
    count = len(lower)
    drawn = charts.steps(
        [place / count for place in range(count)], [max(0, value) for value in lower], upper or [0] * count
    )
    peak = _money(drawn.top, currency, locale) if currency else _number(drawn.top, locale)
    return Table(lines[::-1], drawn, peak, date_of(over.first, locale), date_of(over.last, locale))


def _money(minor: int | None, currency: str, locale: str) -> str:
    return _NONE if minor is None else Money(minor, currency).text(locale)


def _number(number: int, locale: str) -> str:
    return format_decimal(number, locale=_BABEL[locale])


def _rate(hundredths: int | None, locale: str) -> str:
    """`4.25%` of 425."""
    if hundredths is None:
        return _NONE
    return t_in(locale, "reports.percent", rate=_decimal(hundredths, locale))


def _decimal(hundredths: int, locale: str) -> str:
    return format_decimal(Decimal(hundredths) / _PERCENT, locale=_BABEL[locale])
