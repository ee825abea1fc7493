"""One life, lived once and told many times: whatever the order, the repetitions and the crashes, it comes to the same."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import text
from sqlmodel import SQLModel

from nestpay.store import session
from nestpay.store.session import transaction
from tests.scenarios import fingerprint, lives, retelling
from tests.scenarios.fingerprint import State
from tests.scenarios.lives import Life

_TOLD_BY_ARRIVAL = ("granted=", "credits_revoked=", "credits_owed=")
_OF_CREDITS = {"lots", "drips", "access", "usage", "given"}


@dataclass
class Verdict:
    """What became of a life: its hash, and in words where two tellings disagree."""

    life: Life
    hash: str
    disagreements: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        head = f"seed {self.life.seed}: {', '.join(self.life.script)}"
        return "\n".join([head, *self.disagreements])


def judge(seed: int, folder: Path, *, shuffles: int, steps: int = 9) -> Verdict:
    """Live the life of this seed on the connected database, then tell it straight and `shuffles` times in disorder."""
    wipe()
    life = lives.live(seed, folder, steps=steps)
    with retelling.replayed() as edge:
        straight = _tell(retelling.Teller(life, edge))
        verdict = Verdict(life, fingerprint.hash_of(straight))
        _compare(verdict, "lived", life.lived, straight)
        for number in range(shuffles):
            found = _tell(retelling.Teller(life, edge, Random(f"{seed}:{number}")))
            _compare(verdict, f"shuffle {number}", straight, found)
    return verdict


def wipe() -> None:
    """Empty every table of the connected database. Keeping the connection keeps what it has prepared."""
    names = [table.name for table in reversed(SQLModel.metadata.sorted_tables)]
    with transaction() as opened:
        if session.engine().dialect.name == "postgresql":
            opened.execute(text(f"truncate {', '.join(names)} cascade"))
        else:
            for name in names:
                opened.execute(text(f"delete from {name}"))


def _tell(teller: retelling.Teller) -> State:
    wipe()
    return teller.tell()


def _compare(verdict: Verdict, name: str, expected: State, found: State) -> None:
    expected, found = _comparable(verdict.life, expected, found)
    if fingerprint.hash_of(expected) != fingerprint.hash_of(found):
        verdict.disagreements += [f"{name}: {line}" for line in fingerprint.differences(expected, found)]


def _comparable(life: Life, expected: State, found: State) -> tuple[State, State]:
    """Both without what may differ, for a reason that shows in them.

    A month of a paid year is granted when it is due, unless the year's end was heard of before. And a debt is paid with
    what is there when it is heard of: what lapsed unused before that cannot pay it, so that more is owed.
    """
    if _has_year(life) and _months(expected) != _months(found):
        return _without_credits(expected), _without_credits(found)
    if expected["lapsed"] != found["lapsed"] and _has_debt(expected) | _has_debt(found):
        return _without_credits(expected, "given"), _without_credits(found, "given")
    return _without(expected, "lapsed"), _without(found, "lapsed")


def _without_credits(state: State, *but: str) -> State:
    orders = [[part for part in order if not part.startswith(_TOLD_BY_ARRIVAL)] for order in state["orders"]]
    return {**_without(state, "lapsed", *(_OF_CREDITS - {*but})), "orders": sorted(orders)}


def _without(state: State, *parts: str) -> State:
    return {name: part for name, part in state.items() if name not in parts}


def _has_year(life: Life) -> bool:
    return any(" year " in step for step in life.script)


def _months(state: State) -> list[str]:
    """What each order granted, and what of it is still to come."""
    return [part for order in state["orders"] for part in order if part.startswith("granted=")] + state["drips"]


def _has_debt(state: State) -> bool:
    return any("clawback" in part for order in state["orders"] for part in order if part.startswith("granted="))
