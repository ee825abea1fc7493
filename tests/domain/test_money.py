"""Money keeps whole minor units and each currency's own exponent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nestpay.domain.errors import InvalidAmount
from nestpay.domain.money import Money, exponent, parse_amount, share

CURRENCIES = st.sampled_from(["usd", "eur", "jpy", "krw", "clp", "kwd", "bhd", "isk", "ugx", "cny"])
AMOUNTS = st.integers(min_value=0, max_value=10**12)


@pytest.mark.parametrize(("currency", "decimals"), [("usd", 2), ("JPY", 0), ("kwd", 3), ("isk", 2), ("ugx", 2)])
def test_each_currency_has_its_own_exponent(currency: str, decimals: int) -> None:
    assert exponent(currency) == decimals


@given(AMOUNTS, CURRENCIES)
def test_an_amount_written_out_and_read_again_is_the_same(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert parse_amount(str(money.decimal), currency) == money


@pytest.mark.parametrize("text", ["", "abc", "-1", "1.999", "NaN", "Infinity", "1 2"])
def test_what_is_no_amount_of_the_currency_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_amount(text, "usd")


def test_zero_decimal_currencies_are_never_taken_times_a_hundred() -> None:
    assert parse_amount("500", "jpy") == Money(500, "jpy")
    assert Money(500, "jpy").text() == "¥500"
    with pytest.raises(InvalidAmount):
        parse_amount("500.5", "jpy")


@pytest.mark.parametrize(
    ("money", "locale", "text"),
    [
        (Money(1900, "usd"), "en", "$19"),
        (Money(1950, "usd"), "en", "$19.50"),
        (Money(0, "usd"), "en", "$0"),
        (Money(1900, "eur"), "fr", "19\xa0€"),
        (Money(1950, "eur"), "fr", "19,50\xa0€"),
        (Money(123_456_700, "usd"), "en", "$1,234,567"),
        (Money(1500, "kwd"), "en", "KWD1.500"),
        (Money(1900, "usd"), "zh", "US$19"),
        (Money(1900, "usd"), "nowhere", "$19"),
    ],
)
def test_people_read_amounts_in_their_own_way_without_empty_decimals(money: Money, locale: str, text: str) -> None:
    assert money.text(locale).replace("KWD\xa0", "KWD").replace("\u202f", "\xa0") == text


def test_receipts_keep_their_decimals() -> None:
    assert Money(1900, "usd").full_text() == "$19.00"
    assert Money(500, "jpy").full_text() == "¥500"
    assert Money(1900, "eur").full_text("fr").replace("\u202f", "\xa0") == "19,00\xa0€"


@given(AMOUNTS, st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_the_exact_one_rounded_half_up(amount: int, part: int, whole: int) -> None:
    assert share(amount, part, whole) == (2 * amount * part + whole) // (2 * whole)


def test_a_share_of_nothing_is_nothing() -> None:
    assert share(100, 1, 0) == 0
