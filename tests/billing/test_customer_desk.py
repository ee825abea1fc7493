"""One page about a customer, the reasons for what is open to them, and everybody's list and log."""

import pytest

from nestpay.billing import access_reasons, credits, customer_desk, ledger_desk, order_file
from nestpay.billing.ledger_desk import LineQuery
from nestpay.billing.paging import LAST_PAGE
from nestpay.domain.errors import NotFound, NotInThisState, Unreadable
from nestpay.domain.orders import OrderStatus
from nestpay.store.tables import AuditRow, OrderRow, SubscriptionRow, WebhookEventRow
from tests import builders
from tests.billing.sandbox_house import House
from tests.scenarios.merchant import edit


def keys(order_id: str) -> list[str]:
    return [finding.key for finding in order_file.order_file(order_id).findings]


def test_one_page_holds_everything_about_a_customer(house: House) -> None:
    held = house.subscribe()
    credits.adjust(house.user_id, 50, reason="sorry", by="boss", key="k")
    found = customer_desk.customer_file(house.user_id)
    assert (found.line.email, found.line.plan_title, found.is_last_admin) == ("ada@example.com", "Pro", False)
    assert found.benefits.total_available_credits == 1050
    assert [each.customer_id for each in found.customers] == [held.provider_customer_id]
    assert ([each.id for each in found.subscriptions], len(found.orders)) == ([held.id], 1)
    assert {mail.template for mail in found.mails} == {"subscription_started"}
    assert "invoice.paid" in {event.type for event in found.events}
    assert [act.action for act in found.audit] == ["credits.adjust"]
    with pytest.raises(NotFound):
        customer_desk.customer_file("nobody")


def test_every_yes_and_no_has_its_reason(house: House) -> None:
    held = house.subscribe()
    found = access_reasons.reasons(house.user_id)
    assert [(each.opens, each.rule, each.decides, each.is_seat) for each in found.subscriptions] == [
        (True, "always", True, False)
    ]
    why = {each.name: (each.allowed, each.why) for each in found.things}
    assert why["api"] == (True, "plan")
    assert why["integrations"] == (False, "not_included")
    edit(SubscriptionRow, held.id, status="unpaid")
    found = access_reasons.reasons(house.user_id)
    assert [(each.opens, each.rule) for each in found.subscriptions] == [(False, "never")]
    assert {each.why for each in found.things if each.name == "api"} == {"not_paid"}
    stranger = access_reasons.reasons(builders.add_user("bob"))
    assert (stranger.plan_title, {each.why for each in stranger.things}) == ("", {"nothing_held"})


def test_an_order_says_why_its_customer_sees_what_they_see(house: House) -> None:
    house.subscribe()
    (order,) = builders.rows_of(OrderRow)
    assert keys(order.id) == ["all_there"]
    credits.spend(house.user_id, 400, key="work")
    assert keys(order.id) == ["spent"]
    found = order_file.order_file(order.id)
    assert {moment.kind for moment in found.timeline} == {"created", "paid", "event", "mail"}
    assert [lot.remaining for lot in found.lots] == [600]
    (event,) = [row for row in builders.rows_of(WebhookEventRow) if row.type == "invoice.paid"]
    edit(WebhookEventRow, event.id, status="dead", error="nobody knows this customer")
    (trouble, *_) = order_file.order_file(order.id).findings
    assert (trouble.key, trouble.event_id, trouble.values["error"]) == (
        "event_failed", event.id, "nobody knows this customer",
    )  # fmt: skip


def test_who_paid_and_got_nothing_since_the_message_was_lost_is_helped_by_asking(house: House) -> None:
    house.subscribe()
    (order,) = builders.rows_of(OrderRow)
    with pytest.raises(NotInThisState):
        order_file.ask_provider(order.id, by="boss")
    waiting = builders.add_order(house.user_id)
    assert keys(waiting.id) == ["no_page"]
    lost = house.served.browser
    assert lost
    edit(OrderRow, waiting.id, provider_session_id=order.provider_session_id, price_id=order.price_id)
    assert keys(waiting.id) == ["waiting"]
    assert order_file.ask_provider(waiting.id, by="boss", ip="203.0.113.9") in {str(status) for status in OrderStatus}
    assert [row.action for row in builders.rows_of(AuditRow, subject=f"order:{waiting.id}")] == ["order.ask"]


@pytest.mark.usefixtures("database")
def test_people_are_found_by_how_an_address_or_a_name_begins_and_listed_to_the_last_page() -> None:
    for index in range(4):
        builders.add_user(f"ada{index}")
    boss = builders.add_user("boss", role="admin", disabled_at=builders.LONG_AGO)

    def found(text: str = "", kind: str = "") -> list[str]:
        return [line.email for line in customer_desk.search(text, kind).rows]

    assert len(found("ada")) == 4
    assert found("ADA3") == ["ada3@example.com"]
    assert found("Boss") == found(kind="admins") == found(kind="disabled") == found(boss) == ["boss@example.com"]
    assert found("ada", "admins") == []
    last = customer_desk.search("", after=LAST_PAGE, limit=2)
    assert (len(last.rows), last.next) == (2, None)
    assert len(customer_desk.search("", after=last.previous, limit=2).rows) == 2
    with pytest.raises(Unreadable):
        found(kind="robots")


@pytest.mark.usefixtures("database")
def test_the_log_of_everybody_is_filtered_and_added_up() -> None:
    ada, bob = builders.add_user("ada"), builders.add_user("bob")
    builders.give_credits(ada, 100)
    builders.give_credits(bob, 30)
    credits.spend(ada, 40, key="k1", feature="chat")
    credits.adjust(bob, -10, reason="a mistake", by="boss", key="k2")
    lines = ledger_desk.search(LineQuery(), limit=2)
    assert [(line.email, line.amount) for line in lines.rows] == [("bob@example.com", -10), ("ada@example.com", -40)]
    rest = ledger_desk.search(LineQuery(), after=lines.next, limit=2)
    assert {line.amount for line in rest.rows} == {100, 30}
    assert [line.type for line in ledger_desk.search(LineQuery(type="admin_adjust")).rows] == ["admin_adjust"]
    assert [line.amount for line in ledger_desk.search(LineQuery(text="ada", type="feature_usage")).rows] == [-40]
    found = ledger_desk.totals(LineQuery())
    assert (found.granted, found.spent, found.ended, found.taken_back) == (120, 40, 0, 0)
    assert ledger_desk.totals(LineQuery(until="2020-01-01")).granted == 0
    with pytest.raises(Unreadable):
        ledger_desk.search(LineQuery(type="gift"))
    credits.stop()
