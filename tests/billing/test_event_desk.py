"""The inbox as its watch sees it: pages, filters, what failed and where, and how long ago."""

import asyncio
import time
from datetime import timedelta

import pytest
import time_machine

from nestpay.billing import event_desk, inbox, refused
from nestpay.billing.event_desk import EventFilter
from nestpay.domain.errors import BadSignature, InvalidSpan, NotFound, Unreadable
from nestpay.domain.facts import ProviderEvent
from nestpay.store import events
from nestpay.store.events import Arrival, Failure
from nestpay.store.session import transaction
from nestpay.store.tables import BadDeliveryRow
from tests import builders
from tests.billing.test_replay import purchase_of_a_stranger
from tests.shop import FIRST_OF_FEBRUARY, Shop


def add(number: int, status: str, kind: str = "invoice.paid", error: str = "", trace: str = "") -> None:
    event = ProviderEvent(
        provider="stripe",
        id=f"evt_{number}",
        type=kind,
        occurred_at=FIRST_OF_FEBRUARY,
        livemode=False,
        api_version="",
        object_id=f"in_{number}",
        payload='{"id": "evt"}',
        body={},
    )
    with transaction() as session:
        arrival = Arrival(event, status, Failure(error, trace))
        events.insert_new(session, [arrival], inbox.real_now(), inbox.real_now())


def found(after: str | None = None, **wanted: str) -> list[str]:
    page = event_desk.events(event_desk.wanted(**wanted), after=after)
    return [row.event_id for row in page.rows]


def test_events_are_found_by_what_one_knows_of_them(shop: Shop) -> None:
    add(1, "done")
    add(2, "failed", "checkout.session.completed", "no")
    add(3, "ignored", "product_created%")
    assert found() == ["evt_3", "evt_2", "evt_1"]
    assert found(status="trouble") == found(status="failed") == found(type="checkout") == ["evt_2"]
    assert found(about="in_1") == found(about="evt_1") == ["evt_1"]
    assert found(type="product_created%") == ["evt_3"]
    assert found(type="product%") == [], "what means something to a database means nothing here"
    assert found(first="2027-02-01", last="2027-02-01") == ["evt_3", "evt_2", "evt_1"]
    assert found(first="2027-02-02") == found(last="2027-01-31") == found(provider="creem") == []
    assert event_desk.types() == ("checkout.session.completed", "invoice.paid", "product_created%")


def test_pages_go_there_and_back(shop: Shop) -> None:
    for number in range(7):
        add(number, "done")
        time.sleep(0.002)  # ids sort by the millisecond they were made in
    first = event_desk.events(EventFilter(), limit=3)
    second = event_desk.events(EventFilter(), after=first.next, limit=3)
    third = event_desk.events(EventFilter(), after=second.next, limit=3)
    assert [[row.event_id for row in page.rows] for page in (first, second, third)] == [
        ["evt_6", "evt_5", "evt_4"],
        ["evt_3", "evt_2", "evt_1"],
        ["evt_0"],
    ]
    assert event_desk.events(EventFilter(), after=third.previous, limit=3).rows == second.rows
    assert (first.previous, third.next) == (None, None)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("mark", ["made up", "older:", ":x", "sideways:1"])
def test_a_made_up_mark_opens_nothing(mark: str) -> None:
    with pytest.raises(NotFound):
        event_desk.events(EventFilter(), after=mark)


@pytest.mark.usefixtures("sqlite_database")
def test_a_filter_that_makes_no_sense_is_refused() -> None:
    for wrong in ({"status": "fine"}, {"first": "0000-01-01"}, {"last": "9999-12-31"}, {"first": "soon"}):
        with pytest.raises(Unreadable):
            event_desk.wanted(**wrong)
    with pytest.raises(InvalidSpan):
        event_desk.wanted(first="2027-02-02", last="2027-02-01")
    assert event_desk.wanted(about="a\x00b\ud800").about == "ab"


def test_one_event_says_all_it_knows(shop: Shop) -> None:
    event = purchase_of_a_stranger(shop)
    seen = event_desk.one(event.id)
    assert (seen.status, seen.attempts, seen.trace) == ("failed", 1, "")
    assert "cus_stranger" in seen.error
    assert '"id": "evt_1"' in seen.payload
    with pytest.raises(NotFound):
        event_desk.one("nothing")


def test_a_failure_that_no_rule_explains_says_where_it_came_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    add(1, "failed", error="KeyError: 'x'", trace="Traceback: …")
    (row,) = event_desk.events(EventFilter()).rows
    assert (row.trace, event_desk.one(row.id).trace) == ("", "Traceback: …")
    kept = inbox._failure(KeyError("x"))
    assert (kept.reason, "KeyError" in kept.trace) == ("KeyError: 'x'", True)


def test_the_alarm_goes_by_the_age_of_the_oldest_failure(shop: Shop, clock: time_machine.Traveller) -> None:
    add(1, "done")
    assert event_desk.health().is_alarming is False
    add(2, "received")
    add(3, "failed")
    assert not event_desk.health().is_alarming
    clock.shift(event_desk.ALARM_AFTER + timedelta(seconds=1))
    seen = event_desk.health()
    assert (seen.waiting, seen.failed, seen.dead, seen.is_alarming) == (1, 1, 0, True)
    assert seen.oldest
    assert seen.oldest - FIRST_OF_FEBRUARY < timedelta(seconds=10)


def test_deliveries_with_a_bad_signature_are_counted_by_day(shop: Shop, clock: time_machine.Traveller) -> None:
    for _ in range(3):
        with pytest.raises(BadSignature):
            asyncio.run(inbox.receive("stripe", b"{}", {"stripe-signature": "t=1,v1=forged"}))
    refused.write_down()
    (counted,) = event_desk.health().refused
    assert (counted.provider, counted.day, counted.count) == ("stripe", "2027-02-01", 3)
    clock.shift(timedelta(days=40))
    assert event_desk.health().refused == ()
    assert builders.counts(BadDeliveryRow) == (1,)
