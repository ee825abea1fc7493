"""Passwords are hashed slowly, and as slowly for accounts that do not exist."""

import time

import pytest
from argon2 import PasswordHasher

from nestpay.billing import passwords
from nestpay.domain.errors import WeakPassword


def quickest_seconds(stored: str | None) -> float:
    times = []
    for _ in range(3):
        began = time.perf_counter()
        passwords.fits("a long enough one", stored)
        times.append(time.perf_counter() - began)
    return min(times)


def test_an_account_that_does_not_exist_takes_the_same_time_and_is_never_opened() -> None:
    stored = passwords.hash_password("something else")
    passwords.fits("warm", None)
    assert quickest_seconds(None) > quickest_seconds(stored) / 2
    assert passwords.fits("nobody has this password", None) == (False, None)


def test_a_hash_of_older_strength_is_renewed_when_its_owner_comes() -> None:
    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("a long enough one")
    fitting, fresh = passwords.fits("a long enough one", old)
    assert fitting
    assert fresh is not None
    assert passwords.fits("a long enough one", fresh) == (True, None)


@pytest.mark.parametrize("password", ["", "ninechars", "         "])
def test_nine_characters_are_too_few(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.check_strength(password)


def test_ten_characters_are_enough() -> None:
    passwords.check_strength("tencharsss")
