"""The daily sweep takes what is over and nothing else."""

from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import inbox, sweep
from nestpay.billing.clock import real_now
from nestpay.settings import reset_settings
from nestpay.store.session import transaction
from nestpay.store.tables import OneTimeTokenRow, SessionRow, WebhookEventRow
from tests import builders, stripe_objects
from tests.billing.conftest import Shop

DAY = timedelta(days=1)


def test_sessions_and_links_go_a_week_after_their_end(shop: Shop) -> None:
    now = real_now()
    ends = {"long over": now - 8 * DAY, "just over": now - 6 * DAY, "alive": now + DAY}
    with transaction() as session:
        for name, end in ends.items():
            for number in range(3):
                row = {"user_id": shop.user_id, "token_hash": f"{name} {number}", "created_at": now, "expires_at": end}
                session.add(SessionRow(**row, last_seen_at=now))
                session.add(OneTimeTokenRow(**row, kind="ticket"))
        revoked = {"user_id": shop.user_id, "created_at": now, "last_seen_at": now, "expires_at": now + DAY}
        session.add(SessionRow(**revoked, token_hash="revoked", revoked_at=now - 8 * DAY))
    swept = sweep.sweep(step=2)
    assert (swept["sessions"], swept["one_time_tokens"]) == (4, 3)
    assert builders.counts(SessionRow, OneTimeTokenRow) == (6, 6)
    assert not [row for row in builders.rows_of(SessionRow) if row.token_hash.startswith(("long", "revoked"))]


def test_what_an_event_said_is_forgotten_after_its_time_unless_it_still_waits(
    shop: Shop, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENT_PAYLOAD_DAYS", "10")
    reset_settings()
    settled = stripe_objects.event("customer.updated", {"id": "cus_ada", "object": "customer"}, id="evt_settled")
    stuck = stripe_objects.event("invoice.paid", {"id": "in_1", "object": "invoice"}, id="evt_stuck")
    for body in (settled, stuck):
        inbox.receive_and_wait("stripe", *stripe_objects.delivery(body))
    clock.shift(9 * DAY)
    assert sweep.sweep()["event_payloads"] == 0
    clock.shift(2 * DAY)
    assert sweep.sweep()["event_payloads"] == 1
    assert sweep.sweep()["event_payloads"] == 0
    assert {row.event_id: bool(row.payload) for row in builders.rows_of(WebhookEventRow)} == {
        "evt_settled": False,
        "evt_stuck": True,
    }
