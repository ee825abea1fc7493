"""What a payment comes to: units, discount and the tax that Creem, the merchant of record, reckons by country."""

from dataclasses import dataclass

from nestpay.sandbox import tax
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import percent, share


@dataclass(frozen=True, slots=True)
class Bill:
    """Amounts in cents: `amount` before discount and tax, `total` what is paid."""

    amount: int
    discount: int
    tax: int
    total: int
    currency: str
    country: str | None


def of(
    amount: int, product: Document, country: str | None, discount: Document | None = None, base: int | None = None
) -> Bill:
    """The bill for an amount of that product, paid from that country (two letters).

    `base` is the part of the amount that a discount is reckoned from, when that is not all of it.
    """
    off = min(reduction(discount, amount if base is None else base), amount) if discount else 0
    net = amount - off
    rate = tax.rate_for(country)
    if rate is None:
        return Bill(amount, off, 0, net, product["currency"], country)
    if product["tax_mode"] == "exclusive":
        added = percent(net, rate.percentage)
        return Bill(amount, off, added, net + added, product["currency"], country)
    whole, _, fraction = rate.percentage.partition(".")
    part, hundred = int(whole + fraction), 100 * 10 ** len(fraction)
    return Bill(amount, off, share(net, part, hundred + part), net, product["currency"], country)


def reduction(discount: Document, amount: int) -> int:
    """How much a discount takes off an amount, at most all of it."""
    if discount["type"] == "percentage":
        return share(amount, discount["percentage"], 100)
    return min(discount["amount"], amount)
