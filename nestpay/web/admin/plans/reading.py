"""What stands in the editor's form as an entry: what was typed stays as it was typed, right or wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from enum import StrEnum
from typing import Any

from nestpay.domain.plan_entries import TRANSLATED, Entry, amount_text, trimmed
from nestpay.domain.plans import Benefits
from nestpay.web.i18n import LOCALES

Form = Mapping[str, Any]

_TEXTS = ("title", "description", "highlight_text", "button_text", "button_link")
_FIXED = ("key", "environment", "group")
_NUMBERS = ("order", "trial_days")
_SWITCHES = ("active", "highlighted")
_PRICE_TEXTS = (
    "provider",
    "price_id",
    "product_id",
    "type",
    "interval",
    "currency",
    "display",
    "original",
    "suffix",
    "coupon",
)
NAMES_AND_NUMBERS = " = "
CREEM = "creem"
"""The provider whose products have one price each: its product id is the price's id."""
BENEFITS = {each.name: getattr(Benefits(), each.name) for each in fields(Benefits)}
"""What a benefit is while nobody says anything of it."""
OTHER_LOCALES = LOCALES[1:]


def read(form: Form, entry: Entry, features: Sequence[str], prices: Sequence[str]) -> Entry:
    """The entry as the form has it. `features` and `prices` are the ids of the rows of both; what the form does not hold
    stays as it is in `entry`."""
    read_features = [_feature(form, uid, old) for uid, old in zip(features, entry["features"], strict=True)]
    return {
        **entry,
        **{name: _text(form, name, entry[name]) for name in (*_TEXTS, *_FIXED)},
        **{name: _number(form, name, entry[name]) for name in _NUMBERS},
        **{name: form.get(name) == "on" for name in _SWITCHES},
        "features": read_features,
        "prices": [_price(form, uid, old) for uid, old in zip(prices, entry["prices"], strict=True)],
        "translations": _translations(form, entry, features),
        "benefits": _benefits(form, entry["benefits"]),
    }


def _text(form: Form, name: str, old: Any) -> str:
    return str(form.get(name, old)).strip()


def _number(form: Form, name: str, old: Any) -> int | str:
    return number(str(form.get(name, old)))


def number(typed: str) -> int | str:
    """A whole number, 0 for nothing, or what was typed when it is no number."""
    bare = typed.strip().replace("\u202f", "").replace(",", "").replace("−", "-")
    if not bare:
        return 0
    return int(bare) if bare.removeprefix("-").isdecimal() and len(bare) < 20 else typed.strip()


def _feature(form: Form, uid: str, old: Entry) -> Entry:
    at = f"feature.{uid}."
    if f"{at}text" not in form:  # a row that came after the form was read
        return old
    switches = {name: form.get(f"{at}{name}") == "on" for name in ("included", "bold")}
    return {"text": _text(form, f"{at}text", ""), **switches, "href": _text(form, f"{at}href", "")}


def _price(form: Form, uid: str, old: Entry) -> Entry:
    at = f"price.{uid}."
    if f"{at}amount" not in form:
        return old
    texts = {name: _text(form, f"{at}{name}", old[name]) for name in _PRICE_TEXTS}
    texts["currency"] = texts["currency"].lower()
    if texts["provider"] == CREEM:
        texts["product_id"] = texts["price_id"]
    return {
        **old,
        **texts,
        "interval_count": _number(form, f"{at}interval_count", old["interval_count"]),
        "amount": amount_text(_text(form, f"{at}amount", ""), texts["currency"]),
        "allow_codes": form.get(f"{at}allow_codes") == "on",
    }


def _translations(form: Form, entry: Entry, features: Sequence[str]) -> Entry:
    translations = dict(entry["translations"])
    for locale in OTHER_LOCALES:
        at, old = f"words.{locale}.", dict(translations.get(locale) or {})
        if f"{at}title" not in form:
            continue
        for name in TRANSLATED:
            _keep(old, name, _text(form, f"{at}{name}", ""))
        lines = list(old.get("features") or [])
        typed = [
            _text(form, f"{at}line.{uid}", lines[place] if place < len(lines) else "")
            for place, uid in enumerate(features)
        ]
        _keep(old, "features", trimmed(typed))
        _keep(translations, locale, old)
    return translations


def _keep(holder: Entry, name: str, value: Any) -> None:
    """What is empty is left out, as in a file that somebody wrote."""
    if value:
        holder[name] = value
    elif holder.get(name) is not None:
        del holder[name]


def _benefits(form: Form, old: Entry) -> Entry:
    benefits = dict(old)
    for name, plain in BENEFITS.items():
        if f"benefits.{name}" not in form:
            continue
        value = _benefit(str(form[f"benefits.{name}"]), plain)
        is_plain = value == (list(plain) if isinstance(plain, tuple) else plain)
        if not is_plain or benefits.get(name) == value:
            benefits[name] = value
        else:
            benefits.pop(name, None)
    return benefits


def _benefit(typed: str, plain: Any) -> Any:
    if isinstance(plain, StrEnum):
        return typed
    if isinstance(plain, int):
        return number(typed)
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if isinstance(plain, tuple):
        return lines
    pairs = [line.replace(":", "=").partition("=") for line in lines]
    # A name without a number is kept with what was typed, so that the complaint is about it.
    return {name.strip(): number(given) if given.strip() else "" for name, _, given in pairs}


def benefit_text(value: Any) -> str:
    """A benefit as it stands in its field."""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}{NAMES_AND_NUMBERS}{given}" for name, given in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    return str(value) if value else ""
