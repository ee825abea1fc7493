"""The paid API of the examples, against a real server: answers cost what they cost, once, and failures nothing."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from examples.paid_api.app import build
from nestpay.billing import api_keys
from nestpay.billing.accounts import DEMO_CUSTOMER
from nestpay.client import AsyncNestpay, Nestpay, NotEnoughCredits, NotReached, Problem
from nestpay.store import session
from tests.infra.server import Server


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, str]]:
    """The address of a real server, and a server's key of its house."""
    from tests.infra.server import own_server

    server: Server = own_server()
    server.start()
    session.connect(server.database_url)
    key = api_keys.create_for_server("paid api").key
    session.disconnect()
    yield server.url, key
    server.stop()


@pytest.fixture
def nestpay(served: tuple[str, str]) -> Iterator[Nestpay]:
    with Nestpay(*served) as client:
        yield client


@pytest.fixture
def user(nestpay: Nestpay) -> str:
    (found,) = nestpay.customers(email=DEMO_CUSTOMER).data
    return found.id


def ask(served: tuple[str, str], *questions: tuple[str, str, str]) -> list[httpx.Response]:
    """Ask with (token, request id, text) each."""

    async def run() -> list[httpx.Response]:
        async with AsyncNestpay(*served) as client:
            app = build(client, {"letmein": DEMO_CUSTOMER})
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://paid.example") as caller:
                return [
                    await caller.post("/answer", json={"text": text}, headers={"X-Token": token, "X-Request-Id": name})
                    for token, name, text in questions
                ]

    return asyncio.run(run())


def test_an_answer_costs_what_it_was_worth_and_the_rest_of_the_hold_goes_back(
    served: tuple[str, str], nestpay: Nestpay, user: str
) -> None:
    before = nestpay.balance(user=user)
    first, again = ask(
        served, ("letmein", "r1", "what does an answer cost"), ("letmein", "r1", "what does an answer cost")
    )
    assert first.json() == {"text": "tahw seod na rewsna tsoc", "cost": 3}
    assert again.json() == first.json()
    after = nestpay.balance(user=user)
    assert (before.total - after.total, after.held) == (3, 0)
    types = [line.type for line in nestpay.history(user=user, limit=3).data]
    assert "hold_settle" in types


def test_work_that_fails_costs_nothing(served: tuple[str, str], nestpay: Nestpay, user: str) -> None:
    before = nestpay.balance(user=user)
    (answer,) = ask(served, ("letmein", "r2", "a riddle"))
    assert (answer.status_code, nestpay.balance(user=user)) == (503, before)


def test_a_stranger_is_not_served_and_who_has_too_little_learns_where_to_buy(
    served: tuple[str, str], nestpay: Nestpay, user: str
) -> None:
    left = nestpay.balance(user=user).total
    nestpay.deduct(left - 10, key="empty", user=user)
    stranger, poor = ask(served, ("wrong", "r3", "hello"), ("letmein", "r4", "hello"))
    assert stranger.status_code == 401
    assert (poor.status_code, poor.json()["needed"], poor.json()["available"]) == (402, 40, 10)
    assert poor.json()["buy_at"] == f"{served[0]}/pricing"


# The client


def test_both_clients_read_the_same_answers(served: tuple[str, str], nestpay: Nestpay, user: str) -> None:
    async def the_same() -> list[Any]:
        async with AsyncNestpay(*served) as client:
            return [
                await client.balance(user=user),
                await client.check("api", user=user),
                await client.benefits(user=user),
                await client.orders(user=user),
                await client.subscriptions(user=user),
                await client.limit("chats_per_month", user=user),
                await client.customer(user),
            ]

    calls: list[Callable[[], Any]] = [
        lambda: nestpay.balance(user=user),
        lambda: nestpay.check("api", user=user),
        lambda: nestpay.benefits(user=user),
        lambda: nestpay.orders(user=user),
        lambda: nestpay.subscriptions(user=user),
        lambda: nestpay.limit("chats_per_month", user=user),
        lambda: nestpay.customer(user),
    ]
    assert [call() for call in calls] == asyncio.run(the_same())


def test_a_payment_page_is_opened_and_its_state_told(nestpay: Nestpay, user: str) -> None:
    page = nestpay.checkout(plan="credits-500", interval="once", user=user, key="buy")
    assert nestpay.checkout(plan="credits-500", interval="once", user=user, key="buy") == page
    session_id = page.url.rsplit("/", 1)[-1]
    assert nestpay.verify(session_id, user=user).state == "confirming"
    assert [order.id for order in nestpay.orders(user=user).data if order.status == "pending"] == [page.order_id]


def test_a_refusal_is_a_problem_and_a_shortage_says_more(nestpay: Nestpay, user: str) -> None:
    with pytest.raises(NotEnoughCredits) as shortage:
        nestpay.deduct(10_000_000, user=user)
    assert shortage.value.needed == 10_000_000
    for refused, status in ((lambda: nestpay.customer("nobody"), 404), (lambda: nestpay.balance(), 422)):
        with pytest.raises(Problem) as problem:
            refused()
        assert problem.value.status == status


def test_a_moments_trouble_is_tried_again_under_the_same_key() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["idempotency-key"])
        if len(seen) == 1:
            raise httpx.ConnectError("refused")
        if len(seen) == 2:
            return httpx.Response(503, headers={"retry-after": "0"})
        body = {"id": "l", "amount": -1, "subscription": 0, "one_time": 9, "total": 9, "replayed": False, "new": 1}
        return httpx.Response(200, json=body)

    with Nestpay("https://shop.example", "npk_x", transport=httpx.MockTransport(answer)) as client:
        assert client.deduct(1).total == 9
    assert len(seen) == 3
    assert len(set(seen)) == 1


def test_nobody_there_is_said_after_some_tries() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with (
        Nestpay("https://shop.example", "npk_x", transport=httpx.MockTransport(refuse)) as client,
        pytest.raises(NotReached),
    ):
        client.balance()
