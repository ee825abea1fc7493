"""Open pages hear that something of their user changed, from whatever thread it is said."""

import asyncio
import threading

from nestpay import signals


def test_a_page_hears_of_its_own_user_and_of_nobody_else() -> None:
    async def story() -> tuple[bool, bool]:
        async with signals.subscribe("ada") as ada, signals.subscribe("bob") as bob:
            await asyncio.to_thread(signals.publish, ["ada"])
            return await ada.wait(5), await bob.wait(0.05)

    assert asyncio.run(story()) == (True, False)


def test_every_tab_of_a_user_hears_it() -> None:
    async def story() -> list[bool]:
        async with signals.subscribe("ada") as one, signals.subscribe("ada") as two:
            signals.publish(["ada", "ada", "nobody"])
            return [await one.wait(5), await two.wait(5)]

    assert asyncio.run(story()) == [True, True]


def test_what_is_said_while_a_page_looks_is_heard_at_the_next_wait() -> None:
    async def story() -> list[bool]:
        async with signals.subscribe("ada") as page:
            for _ in range(3):
                signals.publish(["ada"])
            return [await page.wait(5), await page.wait(0.05)]

    assert asyncio.run(story()) == [True, False]


def test_a_quiet_page_wakes_by_itself() -> None:
    async def story() -> bool:
        async with signals.subscribe("ada") as page:
            return await page.wait(0.01)

    assert asyncio.run(story()) is False


def test_a_page_that_was_closed_is_forgotten() -> None:
    async def story() -> None:
        async with signals.subscribe("ada"):
            assert "ada" in signals._listeners

    asyncio.run(story())
    assert signals._listeners == {}
    signals.publish(["ada"])


def test_pages_come_and_go_while_others_speak() -> None:
    is_over = threading.Event()

    def speak() -> None:
        while not is_over.is_set():
            signals.publish(["ada"])

    async def come_and_go() -> int:
        heard = 0
        for _ in range(50):
            async with signals.subscribe("ada") as page:
                heard += await page.wait(5)
        return heard

    speaker = threading.Thread(target=speak)
    speaker.start()
    try:
        assert asyncio.run(come_and_go()) == 50
    finally:
        is_over.set()
        speaker.join()
