"""Many spenders in many processes at one account: nothing is taken twice, nothing below zero, and nobody waits forever."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from nestpay.billing import credits, doctor, holds
from nestpay.domain.errors import NestpayError, NotEnoughCredits
from nestpay.domain.ledger import Pool
from nestpay.store.tables import CreditLogRow
from tests import builders
from tests.shop import Shop

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120


def spenders(database: str, user_id: str, *, processes: int, threads: int, times: int, amount: int) -> list[int]:
    """What each of several programs took, all at once."""
    command = [sys.executable, "-m", "tests.billing.spenders", database, user_id]
    command += [str(number) for number in (threads, times, amount)]
    running = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    answers = [process.communicate(timeout=PATIENCE_SECONDS) for process in running]
    assert [process.returncode for process in running] == [0] * processes, [errors for _, errors in answers]
    return [int(taken) for taken, _ in answers]


def test_32_spenders_in_four_processes_never_overspend_one_hot_account(shop: Shop, database: str) -> None:
    builders.give_credits(shop.user_id, 250, Pool.SUBSCRIPTION)
    builders.give_credits(shop.user_id, 250)
    taken = spenders(database, shop.user_id, processes=4, threads=8, times=60, amount=3)
    assert sum(taken) == 498
    assert credits.get_user_benefits(shop.user_id).total_available_credits == 2
    assert len(builders.rows_of(CreditLogRow, user_id=shop.user_id, type="feature_usage")) == 166
    assert list(doctor.examine([shop.user_id])) == []


def test_spends_holds_and_grants_on_many_accounts_at_once_never_deadlock(shop: Shop) -> None:
    people = [shop.user_id, *(builders.add_user(f"user{number}") for number in range(7))]
    for user_id in people:
        builders.give_credits(user_id, 100)

    def live(number: int) -> NestpayError | None:
        mine, other = people[number % 8], people[(number * 3 + 1) % 8]
        try:
            credits.spend(mine, 5, key=f"spend-{number}")
            held = holds.hold(other, 10, key=f"hold-{number}")
            builders.give_credits(mine, 3)
            holds.settle(other, held.id, 4) if number % 2 else holds.release(other, held.id)
        except NotEnoughCredits as shortage:
            return shortage
        return None

    with ThreadPoolExecutor(32) as threads:
        list(threads.map(live, range(96), timeout=PATIENCE_SECONDS))
    assert list(doctor.examine(people)) == []
    assert all(credits.get_user_benefits(user_id).held_credits == 0 for user_id in people)


def test_groups_that_lock_the_same_accounts_in_other_orders_never_deadlock(shop: Shop) -> None:
    """Each process commits its spends in groups; here eight groups want the same sixteen accounts at once."""
    people = [builders.add_user(f"user{number}") for number in range(16)]
    for user_id in people:
        builders.give_credits(user_id, 100)

    def spend_in_one_group(number: int) -> int:
        order = people if number % 2 else list(reversed(people))
        wishes = [credits._Wish(user_id, 1, f"{number}", "", "") for user_id in order]
        return sum(isinstance(answer, credits.Spent) for answer in credits._spend_group(wishes))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(spend_in_one_group, range(40), timeout=PATIENCE_SECONDS)) == [16] * 40
    assert {credits.get_user_benefits(user_id).total_available_credits for user_id in people} == {60}
    assert list(doctor.examine(people)) == []
