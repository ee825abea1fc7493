"""Billing's clock runs ahead only where the sandbox's world may be moved."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from nestpay.billing.clock import OFFSET_KEY, billing_now, real_now
from nestpay.settings import reset_settings
from nestpay.store import house
from nestpay.store.session import transaction

ALMOST_NOTHING = timedelta(seconds=0.5)


def move_by(offset: timedelta) -> None:
    with transaction() as session:
        house.write(session, OFFSET_KEY, str(offset.total_seconds()))


@pytest.mark.usefixtures("database")
def test_in_the_sandbox_billing_follows_the_stored_offset_within_a_second(clock: time_machine.Traveller) -> None:
    assert abs(billing_now() - real_now()) < ALMOST_NOTHING
    for days in (31, 62):
        move_by(timedelta(days=days))
        clock.shift(1)
        assert abs(billing_now() - real_now() - timedelta(days=days)) < ALMOST_NOTHING


@pytest.mark.usefixtures("sqlite_database")
def test_outside_the_sandbox_it_is_real_time_whatever_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    move_by(timedelta(days=31))
    monkeypatch.setenv("MODE", "test")
    reset_settings()
    assert abs(billing_now() - datetime.now(UTC)) < ALMOST_NOTHING
