"""Plans as code: all plans as a TOML file that people keep in git, what differs, and a file made true."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nestpay.billing import catalog, plan_editor
from nestpay.billing.plan_editor import Consequences
from nestpay.billing.plan_rows import entry_of
from nestpay.domain import plan_entries as entries
from nestpay.domain.errors import Refused
from nestpay.domain.plan_entries import (
    BLANK,
    BLANK_FEATURE,
    BLANK_PRICE,
    Change,
    Entry,
    complete,
    kind_of,
    unknown_words,
)
from nestpay.domain.plan_rules import Complaint, InvalidPlan, complaints_about
from nestpay.settings import get_settings
from nestpay.store import plan_edits as store
from nestpay.store.session import reading

_PLAIN = ("title", "description", "group", "active", "highlighted", "highlight_text", "button_text", "button_link")
_NOT_WRITTEN = ("id", "type")


class UnreadableFile(Refused):
    """A file of plans is no TOML, or holds words that mean nothing."""

    key = "errors.unreadable_file"
    sentence = "This file of plans cannot be read: {reason}"


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """A plan that a file and the house hold differently. `plan_id` is "" for one that is new here."""

    key: str
    plan_id: str
    version: int
    entry: Entry
    changes: tuple[Change, ...]
    consequences: Consequences


@dataclass(frozen=True, slots=True)
class Comparison:
    """A file beside the house: what differs, and the keys of plans that the file leaves out and so leaves alone."""

    differences: tuple[PlanDifference, ...]
    only_here: tuple[str, ...]


def written() -> str:
    """The plans of this house that are not archived, as a catalogue file; reading it back changes nothing."""
    with reading() as session:
        rows = [
            row for row in store.every_plan(session) if row.environment == catalog.environment() and not row.archived_at
        ]
        prices = store.active_prices(session, [row.id for row in rows])
    blocks = [_plan_text(entry_of(row, [price for price in prices if price.plan_id == row.id])) for row in rows]
    head = f"currency = {_value(get_settings().default_currency)}\nprovider = {_value(BLANK_PRICE['provider'])}\n"
    return "\n".join([head, *blocks])


def compare(text: str) -> Comparison:
    """What a file would change here. Raises UnreadableFile, and InvalidPlan for a file with wrong entries."""
    given = _read(text)
    with reading() as session:
        stored = {
            row.key: (row, entry_of(row, store.active_prices(session, [row.id])))
            for row in store.every_plan(session)
            if row.environment == catalog.environment()
        }
    _keep_places(given, {key: old["order"] for key, (_, old) in stored.items()})
    differences = []
    for entry in given:
        row, old = stored.get(entry["key"], (None, {}))
        new = _with_ids(entry, old) if row else entry
        if changes := entries.differences(old, new):
            plan_id, version = (row.id, row.version) if row else ("", 0)
            consequences = plan_editor.consequences(plan_id, new)
            differences.append(PlanDifference(entry["key"], plan_id, version, new, changes, consequences))
    keys = {entry["key"] for entry in given}
    left_out = tuple(key for key, (row, _) in stored.items() if key not in keys and not row.archived_at)
    return Comparison(tuple(differences), left_out)


def push(difference: PlanDifference, *, by: str) -> plan_editor.Saved:
    """Make one plan as the file has it. Raises what `plan_editor.save` raises: PlanEdited when it changed meanwhile."""
    return plan_editor.save(difference.entry, plan_id=difference.plan_id, version=difference.version, by=by)


def _read(text: str) -> list[Entry]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(reason=str(error)) from None
    plans = content.get("plans", [])
    if not isinstance(plans, list) or not all(isinstance(plan, Mapping) for plan in plans):
        raise UnreadableFile(reason="plans must be written as [[plans]]")
    settings = get_settings()
    house = {
        "currency": content.get("currency", settings.default_currency),
        "provider": content.get("provider", BLANK_PRICE["provider"]),
        "environment": catalog.environment(),
    }
    given = []
    wrong: list[Complaint] = []
    for place, plan in enumerate(plans):
        name = str(plan.get("key") or place)
        if unknown := unknown_words(plan):
            raise UnreadableFile(reason=f"{name} has words that mean nothing: {', '.join(unknown)}")
        entry = complete(
            {**plan, "prices": catalog.at_each_provider(plan.get("prices", []), content)}, **house, order=place
        )
        wrong += [Complaint(f"{name}.{each.where}", each.wrong, each.values) for each in complaints_about(entry)]
        given.append(entry)
    if wrong:
        raise InvalidPlan(tuple(wrong))
    return given


def _with_ids(entry: Entry, old: Entry) -> Entry:
    """A file need not say what only this house knows: the ids of prices that it holds already."""
    there = {kind_of(price): price for price in old["prices"]}
    prices = []
    for price in entry["prices"]:
        known = there.get(kind_of(price), BLANK_PRICE)
        keeps_id = price["amount"] == known["amount"] or price["price_id"]
        prices.append(
            price
            | {
                "id": known["id"],
                "price_id": price["price_id"] or (known["price_id"] if keeps_id else ""),
                "product_id": price["product_id"] or known["product_id"],
            }
        )
    return {**entry, "prices": prices}


def _keep_places(given: list[Entry], places: Mapping[str, int]) -> None:
    """While a file has the plans in the order of the house, each keeps its place, and new ones come after all others."""
    there = [entry for entry in given if entry["key"] in places]
    if [places[entry["key"]] for entry in there] != sorted(places[entry["key"]] for entry in there):
        return
    after_all = max(places.values(), default=-1) + 1
    for entry in given:
        entry["order"] = places.get(entry["key"], after_all + entry["order"])


def _plan_text(entry: Entry) -> str:
    lines = ["[[plans]]", f"key = {_value(entry['key'])}"]
    lines += [f"{name} = {_value(entry[name])}" for name in _PLAIN if entry[name] != BLANK[name]]
    if entry["trial_days"]:
        lines.append(f"trial_days = {entry['trial_days']}")
    lines += list(_lists(entry))
    for locale, words in entry["translations"].items():
        lines.append(f"[plans.translations.{_key(locale)}]")
        lines += [f"{_key(name)} = {_value(value)}" for name, value in words.items()]
    return "\n".join(lines) + "\n"


def _lists(entry: Entry) -> Iterator[str]:
    if entry["benefits"]:
        yield f"benefits = {_value(entry['benefits'])}"
    for name, blank in (("features", BLANK_FEATURE), ("prices", BLANK_PRICE)):
        yield f"{name} = ["
        for line in entry[name]:
            yield f"  {_value(_without_blanks(line, blank))},"
        yield "]"


def _without_blanks(line: Entry, blank: Entry) -> Entry:
    always = ("text", "interval", "amount", "provider", "currency")
    return {
        name: value
        for name, value in line.items()
        if name not in _NOT_WRITTEN and (name in always or value != blank.get(name))
    }


def _value(value: Any) -> str:
    """A value as TOML writes it: texts are escaped as in JSON, of which TOML's own rules are a superset here."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return (
            "{ "
            + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items() if each is not None)
            + " }"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    is_bare = name.replace("-", "").replace("_", "").isalnum() and name.isascii()
    return name if is_bare else json.dumps(name, ensure_ascii=False)
