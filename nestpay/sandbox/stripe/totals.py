"""The arithmetic of a bill: lines, discounts, tax; one place for checkout sessions and invoices alike."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import percent, share, spread
from nestpay.sandbox.stripe.catalogue import in_currency
from nestpay.sandbox.tax import Rate


@dataclass(slots=True)
class Line:
    """One line of a bill; amounts in minor units. `subtotal` is before discounts and before exclusive tax.

    Prorations are not `discountable`: the discount is in their amounts already.
    """

    price: Document
    quantity: int
    subtotal: int
    discount: int = 0
    tax: int = 0
    inclusive: bool = False
    discountable: bool = True

    @property
    def taxable(self) -> int:
        """What the tax is reckoned on."""
        return self.subtotal - self.discount - (self.tax if self.inclusive else 0)

    @property
    def total(self) -> int:
        """What the line costs in the end."""
        return self.subtotal - self.discount + (0 if self.inclusive else self.tax)


@dataclass(slots=True)
class Bill:
    """All lines of a bill, in one currency, with the coupon and the rate of tax that were applied."""

    currency: str
    lines: list[Line] = field(default_factory=list)
    coupon: Document | None = None
    rate: Rate | None = None

    @property
    def subtotal(self) -> int:
        """Before discounts and tax."""
        return sum(line.subtotal for line in self.lines)

    @property
    def discount(self) -> int:
        """What the coupon takes off."""
        return sum(line.discount for line in self.lines)

    @property
    def tax(self) -> int:
        """All tax, whether in the prices or on top of them."""
        return sum(line.tax for line in self.lines)

    @property
    def total(self) -> int:
        """What is to be paid."""
        return sum(line.total for line in self.lines)


def line_of(books: Books, price: Document, quantity: int, currency: str | None, free: bool = False) -> Line:
    """A line that charges a price; `free` for what a trial covers. Raises StripeError for a currency the price lacks."""
    _, unit = in_currency(books, price, currency)
    amount = int((unit * quantity).to_integral_value(ROUND_HALF_UP))
    return Line(price, quantity, 0 if free else amount, inclusive=price["tax_behavior"] == "inclusive")


def reckon(books: Books, bill: Bill) -> Bill:
    """Fill in discounts and tax of every line."""
    if bill.coupon is not None:
        _take_off(books, bill, bill.coupon)
    for line in bill.lines:
        if bill.rate is not None:
            base = line.subtotal - line.discount
            line.tax = _contained(base, bill.rate.percentage) if line.inclusive else percent(base, bill.rate.percentage)
    return bill


def _take_off(books: Books, bill: Bill, coupon: Document) -> None:
    products = books.inner(coupon["id"]).get("products")
    lines = [
        line
        for line in bill.lines
        if line.discountable and line.subtotal > 0 and (not products or line.price["product"] in products)
    ]
    if coupon["percent_off"] is not None:
        for line in lines:
            line.discount = percent(line.subtotal, format(Decimal(str(coupon["percent_off"])), "f"))
        return
    amount = min(coupon["amount_off"], sum(line.subtotal for line in lines))
    for line, part in zip(lines, spread(amount, [line.subtotal for line in lines]), strict=True):
        line.discount = part


def _contained(amount: int, percentage: str) -> int:
    """The tax that a price already contains."""
    whole, _, fraction = percentage.partition(".")
    rate, scale = int(whole + fraction), 10 ** len(fraction)
    return share(amount, rate, 100 * scale + rate)
