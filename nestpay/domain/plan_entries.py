"""A plan as an entry: the one form in which editors, catalogue files, the audit log and comparisons hold a plan.

An entry is a plain dict, as a catalogue file writes it: texts as they were typed, amounts in major units ("19.90"), so
that a wrong one can be shown again beside its complaint instead of being lost.
"""

import copy
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nestpay.domain.errors import InvalidAmount
from nestpay.domain.money import parse_amount
from nestpay.domain.periods import Interval
from nestpay.domain.plans import FREE_PROVIDER, PriceType

Entry = dict[str, Any]

BLANK_FEATURE: Entry = {"text": "", "included": True, "bold": False, "href": ""}
BLANK_PRICE: Entry = {
    "id": "",
    "provider": "stripe",
    "price_id": "",
    "product_id": "",
    "type": PriceType.RECURRING.value,
    "interval": Interval.MONTH.value,
    "interval_count": 1,
    "currency": "usd",
    "amount": "",
    "display": "",
    "original": "",
    "suffix": "",
    "coupon": "",
    "allow_codes": True,
    "benefits": {},
}
BLANK: Entry = {
    "key": "",
    "environment": "test",
    "title": "",
    "description": "",
    "group": "plan",
    "active": True,
    "order": 0,
    "highlighted": False,
    "highlight_text": "",
    "button_text": "",
    "button_link": "",
    "trial_days": 0,
    "features": [],
    "prices": [],
    "translations": {},
    "benefits": {},
}
TRANSLATED = ("title", "description", "highlight_text", "button_text")
_KIND = ("provider", "interval", "interval_count", "currency")


def complete(given: Mapping[str, Any], *, currency: str = "usd", provider: str = "stripe", **defaults: Any) -> Entry:
    """An entry with every word an entry has; what a file left out is filled with what leaving it out means."""
    entry = copy.deepcopy(_known(BLANK, {**defaults, **given}))
    if isinstance(entry["features"], list):
        entry["features"] = [
            _known(BLANK_FEATURE, line if isinstance(line, Mapping) else {"text": str(line)})
            for line in entry["features"]
        ]
    if isinstance(entry["prices"], list):
        house = {"currency": currency, "provider": provider}
        entry["prices"] = [_price(each, house) for each in entry["prices"] if isinstance(each, Mapping)]
    return entry


def _known(blank: Entry, given: Mapping[str, Any]) -> Entry:
    return {name: given.get(name, value) for name, value in blank.items()}


def unknown_words(given: Mapping[str, Any]) -> list[str]:
    """The words in an entry that mean nothing, as paths: most of them are misspelt."""
    nested = {"features": BLANK_FEATURE, "prices": BLANK_PRICE}
    found = [name for name in given if name not in BLANK]
    for name, blank in nested.items():
        lines = given.get(name)
        for number, line in enumerate(lines if isinstance(lines, list) else []):
            if isinstance(line, Mapping):
                found += [f"{name}.{number}.{word}" for word in line if word not in blank]
    return found


def _price(given: Mapping[str, Any], house: Mapping[str, Any]) -> Entry:
    price = _known(BLANK_PRICE, {**house, **given})
    if "type" not in given:
        price["type"] = (PriceType.ONE_TIME if price["interval"] == Interval.ONCE else PriceType.RECURRING).value
    return {**price, "amount": amount_text(str(price["amount"]), str(price["currency"]))}


def amount_text(typed: str, currency: str) -> str:
    """An amount in major units the one way entries write it: `19`, `19.90`; what is no amount stays as it was typed."""
    try:
        exact = parse_amount(typed, currency).decimal
    except InvalidAmount:
        return typed
    return str(exact.to_integral_value() if exact == exact.to_integral_value() else exact)


def kind_of(price: Mapping[str, Any]) -> tuple[str, ...]:
    """What no two prices of a plan that are sold have in common."""
    return tuple(str(price[name]) for name in _KIND)


def kind_text(price: Mapping[str, Any]) -> str:
    """`stripe/month/usd`; a count above one stands with its interval, as in `stripe/3 month/usd`."""
    count = str(price["interval_count"])
    interval = price["interval"] if count == "1" else f"{count} {price['interval']}"
    return f"{price['provider']}/{interval}/{price['currency']}"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not the same in two entries: `where` is its path, such as `prices.stripe/month/usd.amount`."""

    where: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """What differs between two complete entries, in the order of an entry."""
    old, new = _flat(before), _flat(after)
    paths = dict.fromkeys([*old, *new])
    return tuple(
        Change(path, old.get(path, ""), new.get(path, "")) for path in paths if old.get(path, "") != new.get(path, "")
    )


def _flat(entry: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in entry.items():
        if name == "prices":
            for price in value:
                kept = {word: each for word, each in price.items() if word not in ("id", *_KIND)}
                _fill(flat, f"prices.{kind_text(price)}", kept)
        else:
            _fill(flat, name, value)
    return flat


def _fill(flat: dict[str, str], path: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, each in value.items():
            _fill(flat, f"{path}.{name}", each)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            _fill(flat, f"{path}.{number + 1}", each)
    else:
        flat[path] = "" if value is None else str(value)


def merged(base: Entry, mine: Entry, theirs: Entry) -> Entry:
    """Two edits of one entry as one: each word as who changed it left it, and as in `mine` where both did."""
    return {name: theirs.get(name, value) if value == base.get(name) else value for name, value in mine.items()}


_SCHEMES = re.compile(r"(?:https?://|mailto:)[^\s]+", re.IGNORECASE)
_LOCAL = re.compile(r"(?:/(?![/\\])|#)[^\s\\]*")


def is_safe_link(link: str) -> bool:
    """Whether a link can do nothing but lead somewhere: the web, a mail, or a page of ours."""
    return not any(ord(sign) < 32 for sign in link) and bool(_SCHEMES.fullmatch(link) or _LOCAL.fullmatch(link))


def is_free(price: Mapping[str, Any]) -> bool:
    """Whether nobody pays this price."""
    return price["provider"] == FREE_PROVIDER


def texts_of(entry: Mapping[str, Any], locale: str) -> Entry:
    """The words of a plan in one language, whole: what is not translated is an empty text."""
    given = entry["translations"].get(locale) or {}
    lines: Sequence[Any] = given.get("features") or []
    features = [str(lines[number]) if number < len(lines) else "" for number in range(len(entry["features"]))]
    return {**{name: str(given.get(name, "")) for name in TRANSLATED}, "features": features}


def with_features(entry: Entry, order: Sequence[int]) -> Entry:
    """The entry with those of its features that `order` names by their places, in that order, translations alike."""
    features = [entry["features"][place] for place in order]
    translations = {}
    for locale, words in entry["translations"].items():
        lines = texts_of(entry, locale)["features"]
        translations[locale] = {**words, "features": trimmed([lines[place] for place in order])}
    return {**entry, "features": features, "translations": translations}


def trimmed(lines: Sequence[str]) -> list[str]:
    """Lines without the empty ones at their end."""
    kept = list(lines)
    while kept and not kept[-1]:
        kept.pop()
    return kept
