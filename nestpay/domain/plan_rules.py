"""What is wrong with an entry of a plan: every complaint at its place, all of them at once."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from babel.numbers import is_currency

from nestpay.domain.errors import InvalidAmount, Refused
from nestpay.domain.money import exponent, parse_amount
from nestpay.domain.periods import Interval
from nestpay.domain.plan_entries import Entry, is_free, is_safe_link, kind_of
from nestpay.domain.plans import UNLIMITED, Benefits, PriceType

MAX_FEATURES = 50
MAX_PRICES = 20
MAX_NAMES = 100
_LARGEST = 2_000_000_000
_LENGTHS = {
    "title": 80,
    "description": 300,
    "group": 40,
    "highlight_text": 40,
    "button_text": 60,
    "button_link": 500,
}
_PRICE_LENGTHS = {"price_id": 100, "product_id": 100, "display": 40, "original": 40, "suffix": 40, "coupon": 100}
_FEATURE_LENGTHS = {"text": 200, "href": 500}
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_LONGEST_TRIAL = 730
_LONGEST_INTERVAL = {Interval.MONTH: 36, Interval.YEAR: 3, Interval.ONCE: 1}


class Wrong(StrEnum):
    """What can be wrong with one field."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    NOT_A_KEY = "not_a_key"
    KEY_TAKEN = "key_taken"
    NOT_WHOLE = "not_whole"
    OUT_OF_RANGE = "out_of_range"
    NEGATIVE = "negative"
    NOT_AN_AMOUNT = "not_an_amount"
    NOT_A_CURRENCY = "not_a_currency"
    NOT_A_CHOICE = "not_a_choice"
    UNSAFE_LINK = "unsafe_link"
    BAD_JSON = "bad_json"
    NOT_AN_OBJECT = "not_an_object"
    NOT_A_LIST = "not_a_list"
    NOT_A_TEXT = "not_a_text"
    FREE_COSTS = "free_costs"
    TYPE_AND_INTERVAL = "type_and_interval"
    TWICE = "twice"
    PRICE_ID_TAKEN = "price_id_taken"
    PROVIDER_OFF = "provider_off"
    PRICE_UNKNOWN = "price_unknown"
    PRICE_INACTIVE = "price_inactive"
    OTHER_ENVIRONMENT = "other_environment"
    OTHER_CURRENCY = "other_currency"
    OTHER_AMOUNT = "other_amount"
    OTHER_INTERVAL = "other_interval"
    COUPON_ENDED = "coupon_ended"


SENTENCES: dict[Wrong, str] = {
    Wrong.REQUIRED: "This is needed.",
    Wrong.TOO_LONG: "This is too long: at most {limit} characters.",
    Wrong.TOO_MANY: "These are too many: at most {limit}.",
    Wrong.NOT_A_KEY: "Use lower-case letters, digits, hyphens and underscores.",
    Wrong.KEY_TAKEN: "Another plan of this environment has this key.",
    Wrong.NOT_WHOLE: "This must be a whole number.",
    Wrong.OUT_OF_RANGE: "This must lie between {least} and {most}.",
    Wrong.NEGATIVE: "This cannot be negative.",
    Wrong.NOT_AN_AMOUNT: "This is no amount: write 19 or 19.90, with at most {decimals} decimals in {currency}.",
    Wrong.NOT_A_CURRENCY: "This is no currency: use a code of three letters, such as usd.",
    Wrong.NOT_A_CHOICE: "This must be one of: {choices}.",
    Wrong.UNSAFE_LINK: "A link begins with https://, http://, mailto: or /.",
    Wrong.BAD_JSON: "This is not JSON: look at line {line}, column {column}.",
    Wrong.NOT_AN_OBJECT: "This must be a JSON object with names and values.",
    Wrong.NOT_A_LIST: "This must be a list of texts.",
    Wrong.NOT_A_TEXT: "This must be a text.",
    Wrong.FREE_COSTS: "A price that nobody pays must be 0.",
    Wrong.TYPE_AND_INTERVAL: "A one-time payment has the interval “once”; a subscription has month or year.",
    Wrong.TWICE: "Another price of this plan has the same provider, interval and currency.",
    Wrong.PRICE_ID_TAKEN: "This price belongs to the plan {plan} already.",
    Wrong.PROVIDER_OFF: "This provider is not switched on: its key is missing in the settings.",
    Wrong.PRICE_UNKNOWN: "{provider} does not know this price in its {environment} environment.",
    Wrong.PRICE_INACTIVE: "This price, or its product, is archived at the provider.",
    Wrong.OTHER_ENVIRONMENT: "This price belongs to the {environment} environment.",
    Wrong.OTHER_CURRENCY: "The provider's price is in {currency}.",
    Wrong.OTHER_AMOUNT: "The provider's price is {amount}.",
    Wrong.OTHER_INTERVAL: "The provider's price is paid per {interval}.",
    Wrong.COUPON_ENDED: "This coupon is not there, or cannot be used any more.",
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One field that is wrong: `where` is its path in the entry, such as `prices.0.amount`; `values` fill the sentence."""

    where: str
    wrong: Wrong
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.where}: {SENTENCES[self.wrong].format(**self.values)}"


class InvalidPlan(Refused):
    """An entry cannot be saved as it is; `complaints` say why, field by field."""

    key = "errors.invalid_plan"
    sentence = "Some fields of the plan need another look."

    def __init__(self, complaints: tuple[Complaint, ...]) -> None:
        self.complaints = complaints
        super().__init__()

    def __str__(self) -> str:
        return "\n".join(map(str, self.complaints))


def complaints_about(entry: Entry) -> tuple[Complaint, ...]:
    """Everything that is wrong with a complete entry and can be seen without asking anybody."""
    return (
        *_plan(entry),
        *_features(entry["features"]),
        *_prices(entry["prices"]),
        *_translations(entry["translations"]),
        *about_benefits(entry["benefits"]),
    )


def _plan(entry: Entry) -> Iterator[Complaint]:
    if not _KEY.fullmatch(str(entry["key"])):
        yield Complaint("key", Wrong.NOT_A_KEY if entry["key"] else Wrong.REQUIRED)
    if entry["environment"] not in ("test", "live"):
        yield Complaint("environment", Wrong.NOT_A_CHOICE, {"choices": "test, live"})
    for name in ("title", "group"):
        if not str(entry[name]).strip():
            yield Complaint(name, Wrong.REQUIRED)
    yield from _lengths(entry, "", _LENGTHS)
    if entry["button_link"] and not is_safe_link(str(entry["button_link"])):
        yield Complaint("button_link", Wrong.UNSAFE_LINK)
    yield from _switches(entry, "", "active", "highlighted")
    yield from _whole(entry["trial_days"], "trial_days", most=_LONGEST_TRIAL)
    yield from _whole(entry["order"], "order", most=_LARGEST)


def _features(features: Any) -> Iterator[Complaint]:
    if not isinstance(features, list):
        yield Complaint("features", Wrong.NOT_A_LIST)
        return
    if len(features) > MAX_FEATURES:
        yield Complaint("features", Wrong.TOO_MANY, {"limit": MAX_FEATURES})
        return
    for number, line in enumerate(features):
        if not str(line["text"]).strip():
            yield Complaint(f"features.{number}.text", Wrong.REQUIRED)
        yield from _lengths(line, f"features.{number}.", _FEATURE_LENGTHS)
        yield from _switches(line, f"features.{number}.", "included", "bold")
        if line["href"] and not is_safe_link(str(line["href"])):
            yield Complaint(f"features.{number}.href", Wrong.UNSAFE_LINK)


def _prices(prices: Any) -> Iterator[Complaint]:
    if not isinstance(prices, list):
        yield Complaint("prices", Wrong.NOT_A_LIST)
        return
    if len(prices) > MAX_PRICES:
        yield Complaint("prices", Wrong.TOO_MANY, {"limit": MAX_PRICES})
        return
    seen: set[tuple[str, ...]] = set()
    for number, price in enumerate(prices):
        yield from _one_price(price, f"prices.{number}.")
        if kind_of(price) in seen:
            yield Complaint(f"prices.{number}.interval", Wrong.TWICE)
        seen.add(kind_of(price))


def _one_price(price: Entry, at: str) -> Iterator[Complaint]:
    yield from _lengths(price, at, _PRICE_LENGTHS)
    yield from _switches(price, at, "allow_codes")
    if not price["provider"]:
        yield Complaint(f"{at}provider", Wrong.REQUIRED)
    if price["interval"] not in set(Interval):
        yield Complaint(f"{at}interval", Wrong.NOT_A_CHOICE, {"choices": ", ".join(Interval)})
    elif (price["interval"] == Interval.ONCE) != (price["type"] == PriceType.ONE_TIME):
        yield Complaint(f"{at}interval", Wrong.TYPE_AND_INTERVAL)
    else:
        most = _LONGEST_INTERVAL[Interval(price["interval"])]
        yield from _whole(price["interval_count"], f"{at}interval_count", least=1, most=most)
    yield from _money(price, at)
    yield from about_benefits(price["benefits"], f"{at}benefits")


def _money(price: Entry, at: str) -> Iterator[Complaint]:
    currency, typed = str(price["currency"]), str(price["amount"]).strip()
    if not is_currency(currency.upper()) or currency != currency.lower():
        yield Complaint(f"{at}currency", Wrong.NOT_A_CURRENCY)
        return
    if not typed:
        yield Complaint(f"{at}amount", Wrong.REQUIRED)
        return
    try:
        money = parse_amount(typed, currency)
    except InvalidAmount:
        is_below_zero = typed.startswith(("-", "−")) and typed[1:2].isdigit()
        values = {"decimals": exponent(currency), "currency": currency}
        yield Complaint(f"{at}amount", Wrong.NEGATIVE if is_below_zero else Wrong.NOT_AN_AMOUNT, values)
        return
    if is_free(price) and money.amount_minor:
        yield Complaint(f"{at}amount", Wrong.FREE_COSTS)
    if money.amount_minor > _LARGEST:
        yield Complaint(f"{at}amount", Wrong.NOT_AN_AMOUNT, {"decimals": exponent(currency), "currency": currency})


def _translations(translations: Any) -> Iterator[Complaint]:
    if not isinstance(translations, Mapping):
        yield Complaint("translations", Wrong.NOT_AN_OBJECT)
        return
    for locale, words in translations.items():
        at = f"translations.{locale}"
        if not isinstance(words, Mapping):
            yield Complaint(at, Wrong.NOT_AN_OBJECT)
            continue
        yield from _lengths(words, f"{at}.", {name: _LENGTHS[name] for name in _LENGTHS if name in words})
        lines = words.get("features") or []
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            yield Complaint(f"{at}.features", Wrong.NOT_A_LIST)
        elif len(lines) > MAX_FEATURES:
            yield Complaint(f"{at}.features", Wrong.TOO_MANY, {"limit": MAX_FEATURES})
        else:
            for number, line in enumerate(lines):
                if len(line) > _FEATURE_LENGTHS["text"]:
                    yield Complaint(f"{at}.features.{number}", Wrong.TOO_LONG, {"limit": _FEATURE_LENGTHS["text"]})


def json_in(text: str, where: str) -> Any:
    """What a JSON text says. Raises InvalidPlan, with the place in the text, when it is no JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        values = {"line": error.lineno, "column": error.colno}
        raise InvalidPlan((Complaint(where, Wrong.BAD_JSON, values),)) from None
    except RecursionError:
        raise InvalidPlan((Complaint(where, Wrong.BAD_JSON, {"line": 1, "column": 1}),)) from None


def about_part(entry: Entry, part: str) -> tuple[Complaint, ...]:
    """What is wrong with one part of an entry, such as its `benefits`."""
    return tuple(each for each in complaints_about(entry) if each.where.split(".")[0] == part)


def about_benefits(benefits: Any, at: str = "benefits") -> Iterator[Complaint]:
    """What is wrong with stored benefits. Names that we do not know belong to somebody else and are left alone."""
    if not isinstance(benefits, Mapping):
        yield Complaint(at, Wrong.NOT_AN_OBJECT)
        return
    plain = Benefits()
    for each in fields(Benefits):
        if each.name in benefits:
            yield from _benefit(benefits[each.name], getattr(plain, each.name), f"{at}.{each.name}", each.name)


def _benefit(value: Any, default: Any, at: str, name: str) -> Iterator[Complaint]:
    if isinstance(default, StrEnum):
        choices = [each.value for each in type(default)]
        if value not in choices:
            yield Complaint(at, Wrong.NOT_A_CHOICE, {"choices": ", ".join(choices)})
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            yield Complaint(at, Wrong.NOT_A_CHOICE, {"choices": "true, false"})
    elif isinstance(default, int):
        yield from _whole(value, at, most=_LARGEST)
    elif isinstance(default, tuple):
        yield from _names(value, at)
    else:
        yield from _numbers(value, at, least=UNLIMITED if name == "limits" else 0)


def _names(value: Any, at: str) -> Iterator[Complaint]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        yield Complaint(at, Wrong.NOT_A_LIST)
    elif len(value) > MAX_NAMES:
        yield Complaint(at, Wrong.TOO_MANY, {"limit": MAX_NAMES})


def _numbers(value: Any, at: str, *, least: int) -> Iterator[Complaint]:
    if not isinstance(value, Mapping):
        yield Complaint(at, Wrong.NOT_AN_OBJECT)
    elif len(value) > MAX_NAMES:
        yield Complaint(at, Wrong.TOO_MANY, {"limit": MAX_NAMES})
    else:
        for word, number in value.items():
            yield from _whole(number, f"{at}.{word}", least=least, most=_LARGEST)


def _lengths(holder: Mapping[str, Any], at: str, limits: Mapping[str, int]) -> Iterator[Complaint]:
    for name, limit in limits.items():
        if not isinstance(holder[name], str):
            yield Complaint(f"{at}{name}", Wrong.NOT_A_TEXT)
        elif len(holder[name]) > limit:
            yield Complaint(f"{at}{name}", Wrong.TOO_LONG, {"limit": limit})


def _switches(holder: Mapping[str, Any], at: str, *names: str) -> Iterator[Complaint]:
    for name in names:
        if not isinstance(holder[name], bool):
            yield Complaint(f"{at}{name}", Wrong.NOT_A_CHOICE, {"choices": "true, false"})


def _whole(value: Any, where: str, *, least: int = 0, most: int) -> Iterator[Complaint]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield Complaint(where, Wrong.NOT_WHOLE)
    elif value < least and least == 0:
        yield Complaint(where, Wrong.NEGATIVE)
    elif not least <= value <= most:
        yield Complaint(where, Wrong.OUT_OF_RANGE, {"least": least, "most": most})
