"""The REST API sells: payment pages, subscriptions, changes at a known price, entitlements, customers; keys make it once."""

from nestpay.billing import api_keys
from nestpay.store.tables import OrderRow, QuoteRow
from tests import builders
from tests.api.program import Program
from tests.billing.sandbox_house import House

CHECKOUT, PORTAL, SUBSCRIPTIONS = "/api/v1/checkout", "/api/v1/portal", "/api/v1/subscriptions"


# Paying


def test_a_payment_page_is_opened_once_per_key_and_its_outcome_told(house: House, program: Program) -> None:
    wish = {"plan": "pro", "interval": "month"}
    first, again = program.post(CHECKOUT, wish, key="k1"), program.post(CHECKOUT, wish, key="k1")
    assert (first.status_code, first.json()) == (200, again.json())
    (order,) = builders.rows_of(OrderRow)
    assert first.json()["order_id"] == order.id
    waiting = program.get(f"{CHECKOUT}/{order.provider_session_id}").json()
    assert (waiting["state"], waiting["credits_pending"]) == ("confirming", True)
    other = program.post(CHECKOUT, {"plan": "business", "interval": "month"}, key="k1")
    assert (other.status_code, other.json()["key"]) == (409, "errors.idempotency_mismatch")
    assert program.post(CHECKOUT, wish).status_code == 422


def test_what_was_refused_may_be_tried_again_under_the_same_key(house: House, program: Program) -> None:
    assert program.post(PORTAL, {}, key="k1").status_code == 404
    house.subscribe()
    assert program.post(PORTAL, {}, key="k1").json()["url"].startswith("http")


# Subscriptions


def test_a_subscription_is_listed_ended_and_resumed(house: House, program: Program) -> None:
    row = house.subscribe()
    (listed,) = program.get(SUBSCRIPTIONS).json()["data"]
    assert (listed["id"], listed["amount_minor"], listed["currency"], listed["is_open"]) == (row.id, 1900, "usd", True)
    cancel, resume = f"{SUBSCRIPTIONS}/{row.id}/cancel", f"{SUBSCRIPTIONS}/{row.id}/resume"
    assert program.post(cancel, {"reason": "unused", "comment": "bye"}, key="c1").json()["cancels_at"]
    assert house.held().cancel_reason == "unused"
    assert program.post(resume, {}, key="r1").json()["cancels_at"] is None
    assert program.get(f"{SUBSCRIPTIONS}/{row.id}").json()["cancels_at"] is None
    assert program.post(cancel, {"reason": "boredom"}, key="c2").status_code == 422


def test_a_change_costs_what_its_quote_said(house: House, program: Program) -> None:
    row = house.subscribe()
    titles = {each["plan_title"] for each in program.get(f"{SUBSCRIPTIONS}/{row.id}/options").json()["data"]}
    assert titles == {"Pro", "Business"}
    wish = {"plan": "business", "interval": "month"}
    quote = program.post(f"{SUBSCRIPTIONS}/{row.id}/quotes", wish, key="q1").json()
    assert quote == program.post(f"{SUBSCRIPTIONS}/{row.id}/quotes", wish, key="q1").json()
    assert (quote["due_now_minor"], quote["timing"], builders.counts(QuoteRow)) == (6000, "now", (1,))
    agreed = program.post(f"/api/v1/quotes/{quote['id']}/agree", {}, key="a1")
    assert (agreed.json()["state"], house.held().price_id) == ("done", house.price("business"))


def test_somebody_elses_subscription_is_not_there(house: House, program: Program) -> None:
    eve = Program(api_keys.create(builders.add_user("eve"), "laptop", api_keys.SCOPES).key)
    row = house.subscribe()
    assert eve.get(f"{SUBSCRIPTIONS}/{row.id}").status_code == 404
    for act in ("cancel", "resume", "quotes"):
        assert eve.post(f"{SUBSCRIPTIONS}/{row.id}/{act}", {}, key=act).status_code == 404
    (order,) = builders.rows_of(OrderRow)
    assert eve.get(f"/api/v1/orders/{order.id}").status_code == 404
    assert eve.get(f"{CHECKOUT}/{order.provider_session_id}").status_code == 404
    assert program.get(f"/api/v1/orders/{order.id}").json()["amount_minor"] == 1900
    assert [each["id"] for each in program.get("/api/v1/payments").json()["data"]] == [order.id]


# What may be used


def test_an_entitlement_says_why_until_when_and_how_many_are_left(house: House, program: Program) -> None:
    nothing = program.get("/api/v1/entitlements/api").json()
    assert (nothing["allowed"], nothing["why"]) == (False, "nothing_held")
    house.subscribe()
    api = program.get("/api/v1/entitlements/api").json()
    assert (api["allowed"], api["why"], api["plan"], api["left"]) == (True, "plan", "Pro", None)
    assert api["until"].startswith("2027-05-01")
    assert program.get("/api/v1/entitlements/integrations").json()["why"] == "not_included"
    files = program.get("/api/v1/entitlements/pdfs_per_chat").json()
    assert (files["allowed"], files["left"]) == (True, 10)
    benefits = program.get("/api/v1/benefits").json()
    assert (benefits["plan"], benefits["entitlements"]) == ("Pro", ["api", "chats_per_month", "pdfs_per_chat"])


# Servers


def test_a_server_lists_customers_and_acts_for_them(house: House, server_program: Program) -> None:
    house.subscribe()
    bob = builders.add_user("bob")
    first = server_program.get("/api/v1/customers", limit=1).json()
    second = server_program.get("/api/v1/customers", limit=1, after=first["next"]).json()
    assert [each["id"] for each in first["data"] + second["data"]] == [bob, house.user_id]
    assert second["next"] is None
    (ada,) = server_program.get("/api/v1/customers", email="ADA@example.com").json()["data"]
    (account,) = server_program.get(f"/api/v1/customers/{ada['id']}").json()["accounts"]
    assert account["provider"] == "stripe"
    assert server_program.get("/api/v1/customers", email="nonsense").json()["data"] == []
    assert server_program.get("/api/v1/customers/nobody").status_code == 404
    assert server_program.get(SUBSCRIPTIONS, user_id=house.user_id).json()["data"][0]["status"] == "active"
    for path in (SUBSCRIPTIONS, "/api/v1/benefits", "/api/v1/entitlements/api"):
        assert server_program.get(path).status_code == 422


def test_no_customers_key_sees_the_list_of_customers(house: House, program: Program) -> None:
    assert program.get("/api/v1/customers").status_code == 403
    assert program.get(f"/api/v1/customers/{house.user_id}").status_code == 403


def test_what_is_no_route_is_a_problem_too(program: Program) -> None:
    for answer in (program.get("/api/v1/nothing"), program.delete("/api/v1/credits")):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code
