"""The sandbox's world: its store, its clock and its address, and how one piece of work is done in it."""

import asyncio
from collections.abc import Callable
from sqlite3 import Connection
from typing import TypeVar

from nestpay.sandbox.books import Books, Cause
from nestpay.sandbox.clock import Clock
from nestpay.sandbox.companies import BY_ENDPOINT
from nestpay.sandbox.documents import Store
from nestpay.sandbox.faults import Board
from nestpay.sandbox.stripe.test_clocks import enter

T = TypeVar("T")


class World:
    """Everything the API, the pages and the background work share. `site` is the public address, no trailing slash."""

    def __init__(self, store: Store, clock: Clock, site: str) -> None:
        self.store, self.clock, self.site = store, clock, site
        self.board = Board(store)
        self.news = asyncio.Event()
        self.stirred = asyncio.Event()

    async def work(self, job: Callable[[Books], T], cause: Cause | None = None, about: str | None = None) -> T:
        """Do `job` as one transaction with its events and deliveries; whatever it raises undoes all of it.

        It happens at the time of the object `about`: the world's, or that of the test clock the object lives on.
        """

        def transaction(connection: Connection) -> tuple[T, int, bool]:
            books = Books(connection, self.clock.now(), self.site, cause or Cause())
            enter(books, [about])
            result = job(books)
            real = self.clock.real()
            waiting = sum(company.write_down(books, real) for company in BY_ENDPOINT.values())
            return result, waiting, books.wakes

        result, waiting, wakes = await self.store.run(transaction)
        if waiting:
            self.news.set()
        if wakes:
            self.stirred.set()
        return result
