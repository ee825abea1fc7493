"""The lines of what a change costs, told so that each page can say them in its reader's language."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from nestpay.domain.facts import InvoiceLine
from nestpay.domain.plans import PriceRow


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of what a change costs. `kind` is `unused` (time given back), `rest` (of the period) or `period`.

    A line for a price that is none of ours has no `plan_title`, and the provider's own `text` says what it is.
    """

    kind: str
    plan_title: str
    quantity: int
    starts_at: datetime
    ends_at: datetime
    amount_text: str
    text: str


def shown(line: InvoiceLine, prices: Iterable[PriceRow], amount_text: str, locale: str) -> QuoteLine:
    """A line as it is shown to who may change between these prices, with their names in `locale`."""
    titles = {price.provider_price_id: price.title_in(locale) for price in prices}
    kind = "unused" if line.amount < 0 else "rest" if line.proration else "period"
    return QuoteLine(
        kind=kind,
        plan_title=titles.get(line.provider_price_id, ""),
        quantity=line.quantity,
        starts_at=line.period_start,
        ends_at=line.period_end,
        amount_text=amount_text,
        text=line.text,
    )
