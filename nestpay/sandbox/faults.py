"""The fault board: what goes wrong on purpose, on the way of the webhooks and at the door of the API."""

import json
import random
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from sqlite3 import Connection
from typing import Any

from nestpay.sandbox.documents import Document, Store

SETTING = "fault_board"
FOREVER = 4_000_000_000.0  # Unix seconds; a dropped delivery waits until somebody sends it again
KINDS: dict[str, dict[str, dict[str, Any]]] = {
    "deliveries": {
        "duplicate": {"copies": 2},
        "reorder": {"seconds": 3.0, "seed": 1},
        "delay": {"seconds": 10.0},
        "drop": {"seconds": None},
        "wrong_secret": {},
        "old_version": {"api_version": "2024-06-20"},
        "sloppy": {},
        "corrupt": {},
    },
    "api": {
        "slow": {"seconds": 5.0, "after": False},
        "fail": {"status": 500, "after": False},
        "reset": {"after": False},
    },
}
STATUSES = (401, 403, 404, 409, 429, 500)
COMPANIES = ("stripe", "creem")


class Wrong(ValueError):
    """A fault that cannot be set up like that; the text says why."""


@dataclass(slots=True)
class Fault:
    """One fault. `match` is a pattern of event types or of paths; `left` counts down, None means until it is removed.

    `company` is whose deliveries and API it strikes, None everybody's.
    """

    id: int
    on: str
    kind: str
    match: str = "*"
    method: str | None = None
    left: int | None = None
    hits: int = 0
    options: Document = field(default_factory=dict)
    company: str | None = None

    @property
    def active(self) -> bool:
        """Whether it still strikes."""
        return self.left is None or self.left > 0

    def strike(self) -> None:
        """Count one hit."""
        self.hits += 1
        if self.left is not None:
            self.left -= 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to one delivery: not now (`wait` seconds, `drop` says that it looks lost), or sent in some broken way."""

    wait: float | None = None
    drop: bool = False
    copies: int = 1
    wrong_secret: bool = False
    corrupt: bool = False
    sloppy: bool = False
    api_version: str | None = None


class Board:
    """The faults that are set up. All of it runs on the event loop; `save` writes it down for the next start."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.faults: list[Fault] = []
        self._held: set[int] = set()
        self._dirty = False

    async def load(self) -> None:
        """Take up what an earlier run left behind."""
        text = await self._store.run(_read)
        kept = json.loads(text) if text else {}
        self.faults = [Fault(**one) for one in kept.get("faults", ())]
        self._held = set(kept.get("held", ()))

    async def save(self) -> None:
        """Write down what has changed since the last time."""
        if self._dirty:
            self._dirty = False
            kept = {"faults": [asdict(one) for one in self.faults], "held": sorted(self._held)}
            await self._store.run(lambda connection: _write(connection, json.dumps(kept)))

    async def add(self, given: Document) -> Fault:
        """Set up a fault from `on`, `kind`, `match`, `method`, `times` and the kind's own options. Raises Wrong."""
        fault = read(given, max((one.id for one in self.faults), default=0) + 1)
        self.faults.append(fault)
        self._dirty = True
        await self.save()
        return fault

    async def remove(self, id: int) -> bool:
        """Take one fault away; says whether it was there."""
        before = len(self.faults)
        self.faults = [one for one in self.faults if one.id != id]
        self._dirty = True
        await self.save()
        return len(self.faults) < before

    async def clear(self) -> None:
        """Take all faults away."""
        self.faults = []
        self._dirty = True
        await self.save()

    def _striking(
        self, on: str, kinds: tuple[str, ...], subject: str, company: str, method: str | None = None
    ) -> list[Fault]:
        found = [
            one
            for one in self.faults
            if one.on == on and one.kind in kinds and one.active
            and fnmatchcase(subject, one.match) and one.method in (None, method) and one.company in (None, company)
        ]  # fmt: skip
        for one in found:
            one.strike()
            self._dirty = True
        return found

    def plan(self, seq: int, type: str, company: str) -> Plan:
        """What happens to a delivery of an event of that type, which is about to be sent. A delivery waits only once."""
        plan = Plan()
        if not self.faults and not self._held:
            return plan
        if seq in self._held:
            self._held.discard(seq)
            self._dirty = True
        else:
            held = self._hold(seq, type, company)
            if held:
                return held
        for fault in self._striking(
            "deliveries", ("duplicate", "wrong_secret", "old_version", "sloppy", "corrupt"), type, company
        ):
            if fault.kind == "duplicate":
                plan = replace(plan, copies=plan.copies * fault.options["copies"])
            elif fault.kind == "old_version":
                plan = replace(plan, api_version=fault.options["api_version"])
            else:
                plan = replace(plan, **{fault.kind: True})
        return plan

    def _hold(self, seq: int, type: str, company: str) -> Plan | None:
        drops = self._striking("deliveries", ("drop",), type, company)
        if drops:
            self._held.add(seq)
            seconds = drops[0].options["seconds"]
            return Plan(wait=FOREVER if seconds is None else seconds, drop=True)
        waits = [_waiting(fault, seq) for fault in self._striking("deliveries", ("delay", "reorder"), type, company)]
        if not waits:
            return None
        self._held.add(seq)
        return Plan(wait=sum(waits))

    def at_the_door(self, method: str, path: str, company: str) -> list[Fault]:
        """The faults that strike this call of the API."""
        return self._striking("api", ("slow", "fail", "reset"), path, company, method) if self.faults else []


def _waiting(fault: Fault, seq: int) -> float:
    seconds = float(fault.options["seconds"])
    return seconds if fault.kind == "delay" else random.Random(f"{fault.options['seed']}:{seq}").uniform(0, seconds)  # noqa: S311


def read(given: Document, id: int) -> Fault:
    """A fault from what a client or a form sent; empty values are left to their defaults. Raises Wrong."""
    filled = {name: value for name, value in given.items() if value not in (None, "")}
    on, kind = str(filled.pop("on", "")), str(filled.pop("kind", ""))
    if kind not in KINDS.get(on, {}):
        choices = "; ".join(f"{side}: {', '.join(kinds)}" for side, kinds in KINDS.items())
        raise Wrong(f"`on` and `kind` must be one of {choices}.")
    times = _number(filled.pop("times", None), "times", whole=True)
    match, method = str(filled.pop("match", "*")), filled.pop("method", None)
    company = filled.pop("company", None)
    if company not in (None, *COMPANIES):
        raise Wrong(f"`company` is {' or '.join(COMPANIES)}.")
    known = KINDS[on][kind]
    unknown = filled.keys() - known.keys()
    if unknown:
        raise Wrong(f"`{kind}` knows no {', '.join(sorted(unknown))}; it knows {', '.join(known) or 'no options'}.")
    options = {name: _option(name, filled.get(name, default)) for name, default in known.items()}
    if options.get("status", 500) not in STATUSES:
        raise Wrong("`status` is 401, 403, 404, 409, 429 or 500.")
    method = str(method).upper() if method else None
    return Fault(id, on, kind, match, method, int(times) if times is not None else None, 0, options, company)


def _option(name: str, value: object) -> object:
    if name == "after":
        return str(value).lower() in ("true", "1", "yes", "on")
    if name == "api_version":
        return str(value)
    number = _number(value, name, whole=name != "seconds")
    return int(number) if number is not None and name != "seconds" else number


def _number(value: object, name: str, whole: bool) -> float | None:
    if value is None:
        return None
    try:
        number = float(str(value))
    except ValueError:
        number = -1.0
    least = 1 if whole and name != "seed" else 0
    if not least <= number <= 100_000 or (whole and number != int(number)):
        raise Wrong(f"`{name}` is a {'whole ' if whole else ''}number from {least} to 100000.")
    return number


def shown(fault: Fault) -> Document:
    """The fault as JSON tells it."""
    return {**asdict(fault), "active": fault.active}


def _read(connection: Connection) -> str | None:
    row = connection.execute("select value from settings where name = ?", (SETTING,)).fetchone()
    return row[0] if row else None


def _write(connection: Connection, text: str) -> None:
    sql = "insert into settings(name, value) values (?, ?) on conflict(name) do update set value = excluded.value"
    connection.execute(sql, (SETTING, text))
