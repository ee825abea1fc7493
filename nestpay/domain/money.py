"""Money: whole minor units and a currency, each currency with its own exponent. No floats.

Sources: ISO 4217 for the exponents; Stripe, "Supported currencies", for the ones it charges differently
(ISK and UGX are charged as two-decimal amounts that end in 00).
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.core import UnknownLocaleError
from babel.numbers import format_currency

from nestpay.domain.errors import InvalidAmount

_ZERO_DECIMALS = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
_THREE_DECIMALS = frozenset("bhd jod kwd omr tnd".split())
_BABEL_LOCALES = {"en": "en_US", "zh": "zh_CN", "fr": "fr_FR"}


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit stands for: 2 for usd, 0 for jpy, 3 for kwd."""
    code = currency.lower()
    if code in _ZERO_DECIMALS:
        return 0
    return 3 if code in _THREE_DECIMALS else 2


@dataclass(frozen=True, slots=True)
class Money:
    """`amount_minor` minor units of `currency` (lower-case ISO 4217)."""

    amount_minor: int
    currency: str

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.amount_minor).scaleb(-exponent(self.currency))

    def text(self, locale: str = "en") -> str:
        """The amount as people write it in `locale`, without decimals when they are all zero: `$19`, `19,50 €`."""
        is_round = self.decimal == self.decimal.to_integral_value()
        try:
            return format_currency(
                self.decimal.quantize(Decimal(1)) if is_round else self.decimal,
                self.currency.upper(),
                locale=_BABEL_LOCALES.get(locale, locale),
                currency_digits=not is_round,
                decimal_quantization=not is_round,
                format=None if not is_round else _round_format(locale),
            )
        except UnknownLocaleError:
            return self.text("en")

    def full_text(self, locale: str = "en") -> str:
        """The amount with all its decimals, as receipts write it: `$19.00`, `¥500`."""
        return format_currency(self.decimal, self.currency.upper(), locale=_BABEL_LOCALES.get(locale, "en_US"))


def _round_format(locale: str) -> str:
    return "#,##0\xa0¤" if locale.startswith("fr") else "¤#,##0"


def parse_amount(text: str, currency: str) -> Money:
    """`text` in major units ("19.90") as Money. Raises InvalidAmount when it is no amount of that currency."""
    try:
        minor = Decimal(text.strip().replace(",", "")).scaleb(exponent(currency))
    except InvalidOperation:
        raise InvalidAmount from None
    if not minor.is_finite() or minor < 0 or minor != minor.to_integral_value():
        raise InvalidAmount
    return Money(int(minor), currency.lower())


def share(amount: int, numerator: int, denominator: int) -> int:
    """`amount` x numerator / denominator, rounded half up, in whole units; 0 when the denominator is 0."""
    if denominator == 0:
        return 0
    exact = Decimal(amount) * Decimal(numerator) / Decimal(denominator)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
