"""Signals cross from one process to another, and a lost line is opened again."""

import asyncio
import time

import pytest

from nestpay import signals
from nestpay.signals.relay import PostgresLine, Relay

PATIENCE_SECONDS = 5.0


def _heard_within(heard: list[str], wanted: set[str]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if wanted <= set(heard):
            return True
        time.sleep(0.02)
    return False


def _say_until_heard(speaker: Relay, heard: list[str], user_id: str) -> bool:
    """A listener needs a moment to open its line; what is said before is not repeated."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        speaker.send([user_id])
        if _heard_within_moment(heard, user_id):
            return True
    return False


def _heard_within_moment(heard: list[str], user_id: str) -> bool:
    time.sleep(0.1)
    return user_id in heard


def test_another_process_hears_who_changed_and_the_speaker_does_not_hear_itself(postgresql_database: str) -> None:
    own: list[str] = []
    others: list[str] = []
    speaker = Relay(PostgresLine(postgresql_database), own.extend)
    listener = Relay(PostgresLine(postgresql_database), others.extend)
    try:
        assert _say_until_heard(speaker, others, "user-1")
        speaker.send([f"user-{number}" for number in range(250)])
        assert _heard_within(others, {f"user-{number}" for number in range(250)})
        assert own == []
    finally:
        speaker.close()
        listener.close()


def test_a_line_that_cannot_be_opened_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nestpay.signals.relay._SECONDS_BEFORE_AGAIN", 0.01)
    relay = Relay(PostgresLine("postgresql://nobody@127.0.0.1:1/nowhere"), lambda _: None)
    relay.send(["user-1"])
    relay.close()


def test_pages_of_this_process_are_woken_without_any_line() -> None:
    async def listen() -> bool:
        async with signals.subscribe("user-1") as listener:
            signals.publish(["user-1"])
            return await listener.wait(1)

    assert asyncio.run(listen())
