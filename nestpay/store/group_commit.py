"""Lets work that arrives together share one commit.

One thread takes whatever is waiting, at most 64 pieces, and hands it to a function that does them all in one
transaction. A lone piece goes at once, and while it runs the next group gathers. Who was answered together mostly comes
back together: after a group of several the next one waits a moment for as many, instead of letting one run ahead.
"""

import asyncio
import queue
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

MOST_TOGETHER = 64
_SECONDS_OF_QUIET = 0.002
_SECONDS_FOR_ALL = 0.005

_In = TypeVar("_In")
_Out = TypeVar("_Out")


class GroupCommit(Generic[_In, _Out]):
    """`apply` takes a list and returns, in the same order, each piece's result or the exception that felled it alone."""

    def __init__(self, name: str, apply: Callable[[Sequence[_In]], Sequence[_Out | Exception]]) -> None:
        self._apply = apply
        self._waiting: queue.SimpleQueue[tuple[_In, Any, Any] | None] = queue.SimpleQueue()
        self._name = name
        self._thread: threading.Thread | None = None
        self._turn = threading.Lock()
        """Held to put something in the queue, and to end the thread only while nothing is in it."""
        self._stopping = threading.Lock()
        self._last_size = 1

    async def submit(self, piece: _In) -> _Out:
        """Wait, without blocking the event loop, until the piece is committed. Raises what felled it."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_Out] = loop.create_future()
        self._put(piece, answer, loop)
        return await answer

    def submit_and_wait(self, piece: _In) -> _Out:
        """The same for callers on a thread of their own."""
        answer: Future[_Out] = Future()
        self._put(piece, answer, None)
        return answer.result()

    def stop(self) -> None:
        """Finish what is waiting and end the thread."""
        with self._stopping:
            with self._turn:
                thread = self._thread
                if thread is not None:
                    self._waiting.put(None)
            if thread is not None:
                thread.join()

    def _put(self, piece: _In, answer: Any, loop: Any) -> None:
        with self._turn:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
            self._waiting.put((piece, answer, loop))

    def _work(self) -> None:
        while True:
            group = self._gather()
            if group is None:
                if self._has_ended():
                    return
                continue
            try:
                results: Sequence[Any] = self._apply([piece for piece, _, _ in group])
            except Exception as error:  # noqa: BLE001  the waiting callers get it; the thread must live on
                results = [error] * len(group)
            _answer_all(group, results)

    def _has_ended(self) -> bool:
        """End, unless something came in after the wish to stop: that is done first, and nobody waits for ever."""
        with self._turn:
            if self._waiting.empty():
                self._thread = None
                return True
            self._waiting.put(None)
            return False

    def _gather(self) -> list[tuple[_In, Any, Any]] | None:
        first = self._waiting.get()
        if first is None:
            return None
        group = [first]
        latest = time.monotonic() + _SECONDS_FOR_ALL
        while len(group) < MOST_TOGETHER:
            is_company_due = len(group) < self._last_size and time.monotonic() < latest
            try:
                following = self._waiting.get(timeout=_SECONDS_OF_QUIET if is_company_due else 0)
            except queue.Empty:
                break
            if following is None:
                self._waiting.put(None)
                break
            group.append(following)
        self._last_size = len(group)
        return group


def _answer_all(group: Sequence[tuple[Any, Any, Any]], results: Sequence[Any]) -> None:
    """Wake each event loop once for all its answers: a wake-up for each would cost more than the work."""
    by_loop: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    for (_, answer, loop), result in zip(group, results, strict=True):
        by_loop[loop].append((answer, result))
    for loop, answers in by_loop.items():
        if loop is None:
            _resolve(answers)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[Any, Any]]) -> None:
    for answer, result in answers:
        if answer.done():
            continue
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)
