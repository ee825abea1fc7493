"""The world's clock: moved by API and by button, remembered over a restart, everything on the way at its own instant."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import stripe

from nestpay.sandbox.travel import TARGET
from tests.sandbox.timing import DAY, HOUR
from tests.sandbox.world import Receiver, Served, eventually


def subscribed(sandbox: Served) -> stripe.Subscription:
    """A subscription of a customer in the world's own time."""
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    card = sandbox.client.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    params: Any = {"customer": customer.id, "items": [{"price": sandbox.price().id}], "default_payment_method": card.id}
    return sandbox.client.subscriptions.create(params)


def clock(sandbox: Served) -> Any:
    """What the clock says."""
    return sandbox.browser.get("/clock").json()


def test_moving_the_world_does_what_is_due_and_says_so(heard: Served, receiver: Receiver) -> None:
    subscription = subscribed(heard)
    end = subscription.items.data[0].current_period_end
    assert (clock(heard)["offset_seconds"], clock(heard)["moving"]) == (0, None)
    assert clock(heard)["next"]["action"] == "announce_invoice"
    moved = heard.browser.post("/clock", json={"advance": 32 * DAY}).json()
    assert set(moved) == {"now", "unix", "offset_seconds", "fired", "fired_count"}
    assert abs(moved["offset_seconds"] - 32 * DAY) <= 2
    assert [one["action"] for one in moved["fired"]] == ["announce_invoice", "renew", "finalize_invoice"]
    renewed = moved["fired"][1]
    assert (renewed["object"], renewed["events"][0]) == (subscription.id, "invoice.created")
    assert datetime.fromisoformat(renewed["at"]) == datetime.fromtimestamp(end, UTC)
    paid: Any = heard.client.invoices.list({"subscription": subscription.id}).data[0]
    assert (paid.status, paid.created, paid.status_transitions.paid_at) == ("paid", end, end + HOUR)
    eventually(
        lambda: [one for one in receiver.events if one["type"] == "invoice.paid" and one["created"] == end + HOUR]
    )
    assert abs(heard.client.customers.create().created - moved["unix"]) <= 2


def test_the_clock_survives_a_restart_and_finishes_an_interrupted_move(tmp_path: Path) -> None:
    sandbox = Served(tmp_path)
    subscription = subscribed(sandbox)
    sandbox.browser.post("/clock", json={"advance": 2 * DAY})
    offset = clock(sandbox)["offset_seconds"]
    target = clock(sandbox)["unix"] + 40 * DAY
    store, sql = sandbox.sandbox.world.store, "insert into settings(name, value) values (?, ?)"
    store._transaction(lambda connection: connection.execute(sql, (TARGET, str(target))))
    sandbox.close()
    again = Served(tmp_path)
    try:
        assert clock(again)["offset_seconds"] >= offset
        eventually(lambda: clock(again)["unix"] >= target)
        eventually(lambda: len(again.client.invoices.list({"subscription": subscription.id}).data) == 2)
    finally:
        again.close()


def test_the_clock_refuses_what_makes_no_sense(sandbox: Served) -> None:
    post = sandbox.browser.post
    wrong: list[Any] = [
        {"advance": -5},
        {"advance": "soon"},
        {"to": "yesterday"},
        {"to": "2001-01-01"},
        {},
        [],
        {"advance": 9e9},
    ]
    for wish in wrong:
        assert post("/clock", json=wish).status_code == 400, wish
    assert post("/clock", content='{"advance": 60}', headers={"content-type": "text/plain"}).status_code == 400
    assert clock(sandbox)["offset_seconds"] == 0
    there = post("/clock", json={"to": "2031-02-03T04:05:06+01:00"}).json()
    assert there["now"] == "2031-02-03T03:05:06Z"


def test_the_buttons_move_the_world_and_the_page_says_what_happened(sandbox: Served) -> None:
    subscription = subscribed(sandbox)
    for by, seconds in (("hour", HOUR), ("day", DAY), ("week", 7 * DAY)):
        before = clock(sandbox)["unix"]
        assert sandbox.browser.post("/time", data={"by": by}).status_code == 303
        eventually(lambda now=before + seconds: clock(sandbox)["unix"] >= now and not clock(sandbox)["moving"])
    sandbox.browser.post("/time", data={"by": "month"})
    eventually(lambda: sandbox.client.invoices.list({"subscription": subscription.id}).data[0].status == "paid")
    eventually(lambda: "invoice.payment_succeeded" in sandbox.browser.get("/time").text)
    refused = sandbox.browser.post("/time", data={"by": "date", "to": "2001-01-01T00:00"})
    assert "only moves forward" in sandbox.browser.get(refused.headers["location"]).text


def test_a_thing_that_goes_wrong_on_the_way_does_not_stop_time(sandbox: Served) -> None:
    subscription = subscribed(sandbox)
    store, sql = (
        sandbox.sandbox.world.store,
        "insert into appointments(at, action, object) values (?, 'no_such_action', 'x')",
    )
    soon = clock(sandbox)["unix"] + 60
    store._transaction(lambda connection: connection.execute(sql, (soon,)))
    moved = sandbox.browser.post("/clock", json={"advance": 32 * DAY}).json()
    assert moved["fired"][0] == {**moved["fired"][0], "action": "no_such_action", "events": []}
    assert len(sandbox.client.invoices.list({"subscription": subscription.id}).data) == 2
