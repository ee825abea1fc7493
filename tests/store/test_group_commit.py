"""What arrives together shares a commit, and each piece stands or falls alone."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from nestpay.store.group_commit import MOST_TOGETHER, GroupCommit

UNLUCKY = 1313


class Work:
    """Doubles numbers and remembers its groups; it fails what is negative and waits while `gate` is shut."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.began = threading.Event()

    def __call__(self, pieces: Sequence[int]) -> list[int | Exception]:
        self.groups.append(list(pieces))
        self.began.set()
        assert self.gate.wait(10)
        if UNLUCKY in pieces:
            raise RuntimeError("the whole group fell")
        return [piece * 2 if piece >= 0 else ValueError(str(piece)) for piece in pieces]


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def group(work: Work) -> Iterator[GroupCommit[int, int]]:
    together: GroupCommit[int, int] = GroupCommit("test", work)
    yield together
    work.gate.set()
    together.stop()


def test_a_lone_piece_waits_for_no_company(group: GroupCommit[int, int], work: Work) -> None:
    assert group.submit_and_wait(21) == 42
    assert work.groups == [[21]]


def test_what_gathers_while_a_group_is_written_goes_together(group: GroupCommit[int, int], work: Work) -> None:
    async def story() -> list[int]:
        work.gate.clear()
        first = asyncio.create_task(group.submit(0))
        await asyncio.to_thread(work.began.wait, 10)
        rest = [asyncio.create_task(group.submit(number)) for number in range(1, 101)]
        await asyncio.sleep(0)
        work.gate.set()
        return [await task for task in (first, *rest)]

    assert asyncio.run(story()) == [number * 2 for number in range(101)]
    assert [len(pieces) for pieces in work.groups] == [1, MOST_TOGETHER, 100 - MOST_TOGETHER]


def test_a_piece_that_fails_fails_alone(group: GroupCommit[int, int]) -> None:
    async def story() -> list[int | BaseException]:
        return await asyncio.gather(*(group.submit(number) for number in (1, -2, 3)), return_exceptions=True)

    one, two, three = asyncio.run(story())
    assert (one, three) == (2, 6)
    assert isinstance(two, ValueError)


def test_when_the_whole_group_falls_everybody_hears_it_and_the_next_one_goes_on(group: GroupCommit[int, int]) -> None:
    with pytest.raises(RuntimeError, match="whole group"):
        group.submit_and_wait(UNLUCKY)
    assert group.submit_and_wait(1) == 2


def test_threads_and_several_event_loops_can_wait_at_once(group: GroupCommit[int, int]) -> None:
    def on_a_loop(number: int) -> int:
        return asyncio.run(group.submit(number))

    with ThreadPoolExecutor(8) as threads:
        waiting = [threads.submit(on_a_loop, number) for number in range(20)]
        waiting += [threads.submit(group.submit_and_wait, number) for number in range(20)]
        assert [each.result(10) for each in waiting] == [number * 2 for number in (*range(20), *range(20))]


def test_who_stopped_waiting_harms_nobody(group: GroupCommit[int, int], work: Work) -> None:
    async def story() -> int:
        work.gate.clear()
        impatient = asyncio.create_task(group.submit(1))
        await asyncio.to_thread(work.began.wait, 10)
        patient = asyncio.create_task(group.submit(2))
        await asyncio.sleep(0)
        impatient.cancel()
        work.gate.set()
        return await patient

    assert asyncio.run(story()) == 4


def test_stopping_finishes_what_waits_and_a_later_piece_starts_anew(group: GroupCommit[int, int], work: Work) -> None:
    work.gate.clear()
    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(group.submit_and_wait, number) for number in (1, 2)]
        assert work.began.wait(10)
        stopping = threads.submit(group.stop)
        work.gate.set()
        assert sorted(each.result(10) for each in waiting) == [2, 4]
        stopping.result(10)
    assert group.submit_and_wait(5) == 10


def test_nobody_who_comes_while_it_stops_waits_for_ever(group: GroupCommit[int, int]) -> None:
    with ThreadPoolExecutor(12) as threads:
        for _ in range(50):
            waiting = [threads.submit(group.submit_and_wait, number) for number in range(5)]
            stops = [threads.submit(group.stop) for _ in range(3)]
            waiting += [threads.submit(group.submit_and_wait, number) for number in range(4)]
            assert [each.result(10) for each in waiting] == [number * 2 for number in (*range(5), *range(4))]
            assert [each.result(10) for each in stops] == [None] * 3
