"""Any order, any repetition and any crash of a life's events ends in the same money, status, credits and access."""

from pathlib import Path

import pytest

from tests.scenarios import convergence

CI_LIVES = (3, 9, 10, 11, 12, 27)


@pytest.mark.parametrize("seed", CI_LIVES)
def test_a_life_comes_to_the_same_in_whatever_order_it_is_told(sqlite_database: str, tmp_path: Path, seed: int) -> None:
    verdict = convergence.judge(seed, tmp_path, shuffles=4)
    assert not verdict.disagreements, str(verdict)


@pytest.mark.parametrize("seed", CI_LIVES[:2])
def test_a_life_comes_to_the_same_on_postgresql(postgresql_database: str, tmp_path: Path, seed: int) -> None:
    verdict = convergence.judge(seed, tmp_path, shuffles=2)
    assert not verdict.disagreements, str(verdict)
