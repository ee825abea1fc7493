"""The sandbox's time from the desk: it is read, it moves with all that is due, and only in sandbox mode."""

from datetime import timedelta

import pytest

from nestpay.billing import world_time
from nestpay.billing.clock import billing_now
from nestpay.domain.errors import InvalidAmount, NotOffered
from nestpay.settings import reset_settings
from nestpay.store.tables import AuditRow
from tests import builders
from tests.billing.sandbox_house import House


@pytest.fixture
def at_the_sandbox(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The settings name the house's sandbox."""
    monkeypatch.setenv("STRIPE_API_BASE", f"{house.served.site}/stripe")
    reset_settings()
    return house


def test_time_moves_there_and_here(at_the_sandbox: House) -> None:
    house = at_the_sandbox
    house.subscribe()
    before = world_time.look()
    journey = world_time.move(days=40, hours=1, by="root", ip="10.0.0.1")
    assert journey.now - before >= timedelta(days=40, hours=1)
    assert abs(billing_now() - journey.now) < timedelta(minutes=1)
    assert journey.happened, "a renewal lies on the way"
    house.hear()
    assert house.renewals() == 1
    (line,) = builders.rows_of(AuditRow, action="sandbox.move_time")
    assert (line.actor_id, line.ip, line.after["days"]) == ("root", "10.0.0.1", 40)


def test_time_does_not_stand_still_go_back_or_run_away(at_the_sandbox: House) -> None:
    for days, hours in ((0, 0), (-1, 0), (0, -5), (99_999, 0), (10**12, 0)):
        with pytest.raises(InvalidAmount):
            world_time.move(days=days, hours=hours, by="root")


@pytest.mark.usefixtures("sqlite_database")
def test_real_time_is_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODE", "test")
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_x")
    reset_settings()
    for act in (world_time.look, lambda: world_time.move(days=1, by="root")):
        with pytest.raises(NotOffered):
            act()
