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

# A life that is heard of late differs in these: months of a paid year that passed unheard are not granted one by one.
_TOLD_BY_ARRIVAL = ("granted=", "credits_revoked=", "credits_owed=")
_CREDITS_OF_A_YEAR = {"lots", "drips", "access"}


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
        _compare(verdict, "lived", _without_arrival(life, life.lived), _without_arrival(life, straight))
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
    if fingerprint.hash_of(expected) != fingerprint.hash_of(found):
        verdict.disagreements += [f"{name}: {line}" for line in fingerprint.differences(expected, found)]


def _without_arrival(life: Life, state: State) -> State:
    orders = [[part for part in order if not part.startswith(_TOLD_BY_ARRIVAL)] for order in state["orders"]]
    has_year = any(" year " in step for step in life.script)
    kept = {name: part for name, part in state.items() if not (has_year and name in _CREDITS_OF_A_YEAR)}
    return {**kept, "orders": sorted(orders)}
