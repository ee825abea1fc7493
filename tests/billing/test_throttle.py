"""What is worth trying often may only be tried so often."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine
from structlog.testing import capture_logs

from nestpay.billing import throttle
from nestpay.domain.errors import RateLimited
from nestpay.settings import reset_settings
from tests.infra.redis import RedisServer

VISITOR = "203.0.113.9"
ROOT = Path(__file__).resolve().parents[2]


ANOTHER_PROCESS = """
import asyncio
from nestpay.billing import throttle
for _ in range(3):
    asyncio.run(throttle.count_call("key", 10))
    throttle.check("resend_verification", "user")
"""


@pytest.fixture(autouse=True)
def _counts_start_at_nothing() -> None:
    throttle.forget_everything()


@pytest.fixture
def shared(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    """Counts are kept in Redis."""
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    reset_settings()
    throttle.forget_everything()
    yield redis_server
    throttle.forget_everything()


def call(per_minute: int = 10) -> tuple[int, bool]:
    """One API call: how many are left, and whether it was allowed."""
    quota, is_allowed = asyncio.run(throttle.count_call("key", per_minute))
    assert quota.limit == per_minute
    assert 0 < quota.reset <= 60
    return quota.remaining, is_allowed


def tries_until_refused(action: str, *who: str) -> int:
    for count in range(1000):
        try:
            throttle.check(action, *who)
        except RateLimited:
            return count
    raise AssertionError("never refused")


def test_an_account_is_guarded_whatever_address_the_tries_come_from() -> None:
    for number in range(20):
        throttle.check("sign_in", "ada@example.com", f"203.0.113.{number}")
    with pytest.raises(RateLimited) as refusal:
        throttle.check("sign_in", "ada@example.com", "198.51.100.1")
    assert 0 < refusal.value.retry_after <= 15 * 60
    throttle.check("sign_in", "eve@example.com", "198.51.100.1")


def test_a_visitor_is_stopped_who_tries_many_accounts() -> None:
    for number in range(60):
        throttle.check("sign_in", f"person{number}@example.com", VISITOR)
    with pytest.raises(RateLimited):
        throttle.check("sign_in", "one.more@example.com", VISITOR)


def test_the_owner_of_an_account_clears_its_count_but_not_the_visitors() -> None:
    for _ in range(20):
        throttle.check("sign_in", "ada@example.com", VISITOR)
    throttle.forgive("sign_in", "ada@example.com")
    for _ in range(20):
        throttle.check("sign_in", "ada@example.com", VISITOR)
    throttle.forgive("sign_in", "ada@example.com")
    assert tries_until_refused("sign_in", "", VISITOR) == 20


@pytest.mark.parametrize(
    ("action", "who", "allowed"),
    [
        ("sign_up", (VISITOR,), 20),
        ("password_reset", ("ada@example.com", ""), 5),
        ("password_reset", ("", VISITOR), 20),
        ("resend_verification", ("user",), 5),
        ("password_change", ("user",), 10),
        ("checkout", ("user", ""), 30),
        ("checkout", ("", VISITOR), 120),
    ],
)
def test_each_action_has_its_own_limits(action: str, who: tuple[str, ...], allowed: int) -> None:
    assert tries_until_refused(action, *who) == allowed


def test_after_the_wait_that_was_named_the_next_try_counts(clock: time_machine.Traveller) -> None:
    for _ in range(5):
        throttle.check("resend_verification", "user")
    with pytest.raises(RateLimited) as refusal:
        throttle.check("resend_verification", "user")
    clock.shift(refusal.value.retry_after)
    throttle.check("resend_verification", "user")


def test_neighbours_in_one_ipv6_network_are_one_visitor() -> None:
    for number in range(20):
        throttle.check("sign_up", f"2001:db8::{number:x}")
    with pytest.raises(RateLimited):
        throttle.check("sign_up", "2001:db8::ffff")


def test_the_machine_itself_is_only_free_in_sandbox_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(50):
        throttle.check("sign_up", "127.0.0.1")
    monkeypatch.setenv("MODE", "test")
    reset_settings()
    assert tries_until_refused("sign_up", "127.0.0.1") == 20


def test_when_redis_is_gone_this_process_counts_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    reset_settings()
    throttle.forget_everything()
    assert tries_until_refused("resend_verification", "user") == 5
    throttle.forgive("resend_verification", "user")


def test_calls_of_a_key_are_counted_down_and_start_anew_with_the_next_minute(clock: time_machine.Traveller) -> None:
    assert [call(2) for _ in range(3)] == [(1, True), (0, True), (0, False)]
    clock.shift(60)
    assert call(2) == (1, True)


def test_all_processes_count_together_when_there_is_redis(shared: RedisServer) -> None:
    seconds_left = 60 - time.time() % 60
    if seconds_left < 15:
        time.sleep(seconds_left)  # both processes must see the same minute
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
    assert call() == (6, True)
    assert tries_until_refused("resend_verification", "user") == 2


def test_when_redis_goes_this_process_counts_on_and_says_so_once(shared: RedisServer) -> None:
    assert call() == (9, True)
    shared.stop()
    with capture_logs() as said:
        assert [call() for _ in range(3)] == [(9, True), (8, True), (7, True)]
        throttle.check("resend_verification", "user")
    assert [each["event"] for each in said] == ["rate limits are counted in this process only"]
