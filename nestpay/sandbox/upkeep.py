"""What goes on by itself: appointments are kept when their time has come, and old answers are forgotten."""

import asyncio
from sqlite3 import Connection

from nestpay.sandbox.travel import Traveller
from nestpay.sandbox.world import World

EVERY = 1.0
KEEP_ANSWERS = 24 * 3600.0


async def run(world: World, traveller: Traveller) -> None:
    """Keep the world's appointments until cancelled."""
    await traveller.resume()
    while True:
        world.stirred.clear()
        await traveller.keep()
        await world.store.run(lambda connection: _forget_answers(connection, world.clock.real()))
        try:
            await asyncio.wait_for(world.stirred.wait(), EVERY)
        except TimeoutError:
            continue


def _forget_answers(connection: Connection, real_now: float) -> None:
    connection.execute("delete from answers where at < ?", (real_now - KEEP_ANSWERS,))
