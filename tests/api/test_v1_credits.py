"""The REST API: who may call, for whom, and that what moves credits moves them once."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest

from nestpay.api.app import build_api
from nestpay.api.auth import COOKIE
from nestpay.billing import accounts, api_keys, credits, holds, throttle
from nestpay.domain.errors import AccountDisabled
from nestpay.settings import get_settings, reset_settings
from nestpay.store.tables import CreditHoldRow, CreditLogRow, FeatureCounterRow, UserRow
from tests import builders
from tests.api.browser import Browser
from tests.billing.test_credits import subscribe
from tests.shop import FIRST_OF_FEBRUARY, Shop

CREDITS, DEDUCT, HOLDS = "/api/v1/credits", "/api/v1/credits/deduct", "/api/v1/credits/holds"
COUNT = "/api/v1/limits/chats_per_month/count"
READS = [CREDITS, f"{CREDITS}/history", f"{CREDITS}/lots", "/api/v1/orders", "/api/v1/limits/chats_per_month"]


the_api = cache(build_api)


class Client:
    """A program that calls with a key."""

    def __init__(self, key: str) -> None:
        self._browser = Browser(the_api())
        self._key = {b"authorization": f"Bearer {key}".encode()} if key else {}

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self._browser.get(path, params=params, headers=self._key)

    def post(self, path: str, body: Any, key: str | None = "k") -> httpx.Response:
        return self._browser.post(
            path, json=body, headers=self._key | ({b"idempotency-key": key.encode()} if key else {})
        )


@pytest.fixture
def ada(shop: Shop) -> Iterator[Client]:
    """Ada's program; she has 100 credits."""
    builders.give_credits(shop.user_id, 100)
    yield Client(api_keys.create(shop.user_id, "laptop", api_keys.SCOPES).key)
    throttle.forget_everything()


@pytest.fixture
def server(shop: Shop) -> Client:
    """A server of the operator's."""
    return Client(api_keys.create_for_server("backend").key)


def total(user_id: str) -> int:
    return credits.get_user_benefits(user_id).total_available_credits


# Reading


def test_the_balance_tells_both_pools_what_is_held_and_when_more_comes(shop: Shop, ada: Client) -> None:
    subscription = subscribe(shop)
    holds.hold(shop.user_id, 30, key="work")
    answer = ada.get(CREDITS)
    assert answer.status_code == 200
    assert answer.json() == {
        "total": 70,
        "subscription": 0,
        "one_time": 70,
        "held": 30,
        "debt": 0,
        "next_credit_date": subscription.current_period_end and "2027-02-28T00:00:00Z",
        "plan": "Pro",
    }


def test_the_history_comes_in_pages_and_the_lots_with_their_story(shop: Shop, ada: Client) -> None:
    for number in range(4):
        credits.spend(shop.user_id, 5, key=f"k{number}", feature="chat")
    first = ada.get(f"{CREDITS}/history", limit=3).json()
    second = ada.get(f"{CREDITS}/history", limit=3, after=first["next"]).json()
    assert [line["amount"] for line in first["data"] + second["data"]] == [-5, -5, -5, -5, 100]
    assert second["next"] is None
    (lot,) = ada.get(f"{CREDITS}/lots").json()["data"]
    assert (lot["amount"], lot["remaining"], lot["state"], len(lot["uses"])) == (100, 80, "open", 5)


def test_orders_subscription_and_limits_are_read_with_the_same_key(shop: Shop, ada: Client) -> None:
    order = builders.add_order(shop.user_id, shop.pack)
    assert [row["id"] for row in ada.get("/api/v1/orders").json()["data"]] == [order.id]
    assert ada.get("/api/v1/subscription").status_code == 404
    subscribe(shop)
    assert ada.get("/api/v1/subscription").json()["plan"] == "Pro"
    unlimited = ada.get("/api/v1/limits/chats_per_month").json()
    assert (unlimited["limit"], unlimited["left"], unlimited["used"]) == (-1, None, 0)


# Taking


def test_a_deduction_takes_credits_once_per_key(shop: Shop, ada: Client) -> None:
    wish = {"amount": 30, "feature": "chat", "note": "one answer"}
    first, again = ada.post(DEDUCT, wish), ada.post(DEDUCT, wish)
    assert first.status_code == again.status_code == 200
    assert first.json() | {"replayed": True} == again.json()
    assert (first.json()["one_time"], first.json()["total"], first.json()["replayed"]) == (70, 70, False)
    assert total(shop.user_id) == 70
    assert ada.post(DEDUCT, wish | {"amount": 31}).status_code == 409


def test_a_shortage_says_what_is_needed_what_is_there_and_where_to_buy(shop: Shop, ada: Client) -> None:
    for path, body in ((DEDUCT, {"amount": 101}), (HOLDS, {"amount": 101})):
        answer = ada.post(path, body)
        assert (answer.status_code, answer.headers["content-type"]) == (402, "application/problem+json")
        problem = answer.json()
        assert (problem["needed"], problem["available"]) == (101, 100)
        assert problem["offer_url"] == f"{get_settings().site_url}/pricing"
    assert total(shop.user_id) == 100


def test_what_would_happen_twice_needs_a_key_that_names_the_intent(shop: Shop, ada: Client) -> None:
    for path, body in ((DEDUCT, {"amount": 1}), (HOLDS, {"amount": 1}), (COUNT, {})):
        assert ada.post(path, body, key=None).status_code == 422
    assert builders.counts(CreditLogRow, CreditHoldRow, FeatureCounterRow) == (1, 0, 0)


SENSELESS: list[Any] = [
    {},
    [],
    {"amount": 0},
    {"amount": -1},
    {"amount": 1.5},
    {"amount": "10"},
    {"amount": True},
    {"amount": 2**53 + 1},
    {"amount": 1, "note": "\x00"},
    {"amount": 1, "feature": "x" * 101},
    {"amount": 1, "surprise": 1},
]


def test_a_deduction_that_makes_no_sense_is_a_problem_and_takes_nothing(shop: Shop, ada: Client) -> None:
    answers = [ada.post(DEDUCT, body) for body in SENSELESS]
    assert [answer.status_code for answer in answers] == [422] * len(SENSELESS)
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}
    assert total(shop.user_id) == 100


def test_a_hold_is_settled_once_and_what_is_left_goes_back(shop: Shop, ada: Client) -> None:
    held = ada.post(HOLDS, {"amount": 50, "seconds": 60, "feature": "chat"}).json()
    assert ada.post(HOLDS, {"amount": 50, "seconds": 60, "feature": "chat"}).json()["replayed"]
    settle, release = f"{HOLDS}/{held['id']}/settle", f"{HOLDS}/{held['id']}/release"
    assert (held["status"], total(shop.user_id)) == ("open", 50)
    first = ada.post(settle, {"cost": 20}, key=None).json()
    assert (first["status"], first["settled_amount"]) == ("settled", 20)
    assert ada.post(settle, {"cost": 20}, key=None).json()["replayed"]
    assert ada.post(settle, {"cost": 21}, key=None).status_code == 409
    assert ada.post(release, {}, key=None).json()["key"] == "errors.hold_closed"
    assert total(shop.user_id) == 80


def test_a_released_hold_gives_everything_back_and_an_unknown_one_is_not_found(shop: Shop, ada: Client) -> None:
    held = ada.post(HOLDS, {"amount": 50}).json()
    assert ada.post(f"{HOLDS}/{held['id']}/release", None, key=None).json()["status"] == "released"
    assert total(shop.user_id) == 100
    assert ada.post(f"{HOLDS}/{'0' * 32}/release", {}, key=None).status_code == 404


def test_a_limit_is_counted_once_per_key(shop: Shop, ada: Client) -> None:
    subscribe(shop)
    assert ada.post(COUNT, {"number": 2}).json()["used"] == 2
    assert ada.post(COUNT, {"number": 2}).json()["used"] == 2
    assert ada.post(COUNT, {"number": 3}).status_code == 409
    assert ada.post(COUNT, {"number": 2}, key="other").json()["used"] == 4


def test_who_has_no_plan_has_no_limit_to_use(ada: Client) -> None:
    assert ada.post(COUNT, {}).json()["key"] == "errors.limit_reached"


# Who may


def test_nobody_gets_in_without_a_key_that_opens(shop: Shop) -> None:
    for key in ("", "npk_wrong", "wrong", "npk_\u00e9"):
        stranger = Client(key)
        assert [stranger.get(path).status_code for path in READS] == [401] * len(READS)
        answer = stranger.post(DEDUCT, {"amount": 1})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_key_does_what_its_scopes_say_and_no_more(shop: Shop) -> None:
    reader = Client(api_keys.create(shop.user_id, "reader", [api_keys.CREDITS_READ]).key)
    assert reader.get(CREDITS).status_code == 200
    for refused in (
        reader.post(DEDUCT, {"amount": 1}),
        reader.get("/api/v1/orders"),
        reader.get("/api/v1/subscription"),
    ):
        assert (refused.status_code, refused.json()["key"]) == (403, "errors.not_allowed")


def test_a_customers_key_acts_for_its_customer_only(shop: Shop, ada: Client) -> None:
    bob = builders.add_user("bob")
    builders.give_credits(bob, 10)
    assert ada.post(DEDUCT, {"amount": 1, "user_id": bob}).status_code == 403
    assert [ada.get(path, user_id=bob).status_code for path in READS] == [403] * len(READS)
    assert ada.post(DEDUCT, {"amount": 1, "user_id": shop.user_id}).status_code == 200
    assert total(bob) == 10


def test_a_server_acts_for_whom_it_names_and_must_name_somebody(shop: Shop, ada: Client, server: Client) -> None:
    assert server.post(DEDUCT, {"amount": 1}).status_code == 422
    assert server.post(DEDUCT, {"amount": 1, "user_id": "nobody"}).status_code == 404
    assert server.post(COUNT, {"user_id": "nobody"}).status_code == 404
    assert [server.get(path).status_code for path in READS] == [422] * len(READS)
    assert [server.get(path, user_id="nobody").status_code for path in READS] == [404] * len(READS)
    assert server.post(DEDUCT, {"amount": 1, "user_id": shop.user_id}).json()["total"] == 99
    assert server.get(CREDITS, user_id=shop.user_id).json()["total"] == 99


def test_a_customer_cannot_take_back_what_a_server_set_aside_for_work(shop: Shop, ada: Client, server: Client) -> None:
    held = server.post(HOLDS, {"amount": 50, "user_id": shop.user_id}).json()["id"]
    assert ada.post(f"{HOLDS}/{held}/release", {}, key=None).status_code == 404
    assert ada.post(f"{HOLDS}/{held}/settle", {"cost": 0}, key=None).status_code == 404
    assert server.post(f"{HOLDS}/{held}/settle", {"cost": 50, "user_id": shop.user_id}, key=None).status_code == 200


def test_a_customers_keys_are_not_a_servers_keys(shop: Shop, ada: Client, server: Client) -> None:
    assert ada.post(DEDUCT, {"amount": 5}, key="chat-1").status_code == 200
    later = server.post(DEDUCT, {"amount": 5, "user_id": shop.user_id}, key="chat-1")
    assert (later.status_code, later.json()["replayed"], total(shop.user_id)) == (200, False, 90)


def test_a_revoked_key_opens_nothing_from_that_instant_on(shop: Shop) -> None:
    made = api_keys.create(shop.user_id, "laptop", api_keys.SCOPES)
    program = Client(made.key)
    assert program.get(CREDITS).status_code == 200
    api_keys.revoke(shop.user_id, made.view.id)
    assert program.get(CREDITS).status_code == 401


def test_a_browsers_session_works_too_but_not_from_another_site(shop: Shop) -> None:
    token = accounts.redeem_ticket(accounts.sign_up("carol@example.com", "a long enough one"))
    carol = accounts.current_user(token)
    assert carol is not None
    builders.give_credits(carol.id, 10)
    browser = Browser(the_api())
    browser.cookies.set(COOKIE, token)
    assert browser.get(CREDITS).json()["total"] == 10
    forged = browser.post(
        DEDUCT, json={"amount": 1}, headers={"idempotency-key": "k", "origin": "https://evil.example"}
    )
    assert forged.status_code == 403
    meant = browser.post(DEDUCT, json={"amount": 1}, headers={"idempotency-key": "k", "origin": get_settings().origin})
    assert (meant.status_code, total(carol.id)) == (200, 9)


def test_who_calls_too_often_waits_and_others_do_not(
    shop: Shop, ada: Client, server: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_CALLS_PER_MINUTE", "3")
    reset_settings()
    throttle.forget_everything()
    answers = [ada.get(CREDITS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert server.get(CREDITS, user_id=shop.user_id).status_code == 200


def test_every_answer_says_how_many_calls_are_left(shop: Shop, ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_CALLS_PER_MINUTE", "4")
    reset_settings()
    throttle.forget_everything()
    answers = [
        ada.get(CREDITS),
        ada.post(DEDUCT, {"amount": 1}),
        ada.post(DEDUCT, {"amount": 10_000}, "k2"),
        ada.post(DEDUCT, {"amount": -1}, "k3"),
        ada.get(CREDITS),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 402, 422, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["3", "2", "1", "0", "0"]
    assert {answer.headers["ratelimit-limit"] for answer in answers} == {"4"}
    assert all(1 <= int(answer.headers["ratelimit-reset"]) <= 60 for answer in answers)


def test_the_documentation_describes_every_route_with_examples_and_refusals(shop: Shop) -> None:
    spec = Browser(the_api()).get("/api/openapi.json").json()
    own = {path: methods for path, methods in spec["paths"].items() if path.startswith("/api/v1/")}
    for methods in own.values():
        for route in methods.values():
            assert {"401", "403", "422", "429"} <= route["responses"].keys()
            assert [*route["responses"]["401"]["content"]] == ["application/problem+json"]
            assert route["security"] == [{"API key": []}]
            assert "RateLimit-Remaining" in route["responses"]["429"]["headers"]
    assert "402" in own[DEDUCT]["post"]["responses"]
    assert spec["components"]["schemas"]["Deduction"]["properties"]["amount"]["examples"] == [10]


def test_a_servers_key_spends_nothing_of_a_disabled_user(shop: Shop, server: Client) -> None:
    builders.set_columns(UserRow, "id", shop.user_id, disabled_at=FIRST_OF_FEBRUARY)
    for route, wish in ((DEDUCT, {"amount": 1}), (f"{CREDITS}/holds", {"amount": 1})):
        answer = server.post(route, {**wish, "user_id": shop.user_id})
        assert (answer.status_code, answer.json()["detail"]) == (422, str(AccountDisabled()))
