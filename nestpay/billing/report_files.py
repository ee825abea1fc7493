"""The reports as CSV: whole numbers of minor units, credits and heads, so that a spreadsheet reads them as they are."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, fields
from typing import Any

from nestpay.billing import reports, spreadsheet
from nestpay.billing.reports import CreditFlow, Movement, Recovery, Sold, Span, Takings
from nestpay.domain.errors import NotFound

NAMES = ("growth", "revenue", "plans", "recovery", "credits")


def csv_of(name: str, currency: str = "", first: str = "", last: str = "", step: str = "") -> Iterator[str]:
    """One report's lines with their heads; `name` is one of NAMES, the currency by default the shop's own.

    Raises NotFound for another name or currency, InvalidSpan.
    """
    known = reports.currencies()
    currency = currency.strip().lower() or known[0]
    if currency not in known or name not in NAMES:
        raise NotFound
    over = reports.span(first, last, step)
    kind, rows = _rows(name, currency, over)
    heads = [field.name for field in fields(kind)]
    return map(spreadsheet.line, [("currency", *heads), *((currency, *astuple(row)) for row in rows)])


def _rows(name: str, currency: str, over: Span) -> tuple[type[Any], Iterable[Any]]:
    if name == "growth":
        return Movement, reports.growth(currency, over).parts
    if name == "recovery":
        return Recovery, [reports.recovery(currency, over)]
    if name == "credits":
        return CreditFlow, reports.credits(over).parts
    found = reports.revenue(currency, over)
    return (Sold, found.sold) if name == "plans" else (Takings, found.parts)
