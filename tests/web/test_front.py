"""Addresses that lead on: the documents' own, and other names of this machine."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from nestpay.web import pages as all_pages
from nestpay.web.front import leads_to, own_pages_door

assert all_pages
SITE = "http://127.0.0.1:8000"


def request(address: str, host: str = "127.0.0.1:8000") -> dict[str, Any]:
    path, _, query = address.partition("?")
    return {"type": "http", "path": path, "query_string": query.encode(), "headers": [(b"host", host.encode())]}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("/dashboard/prices", "/dashboard/admin/plans"),
        ("/zh/dashboard/orders", "/zh/dashboard/admin/orders"),
        ("/subscription/", "/dashboard/subscription"),
        ("/accept-seat?token=a%2Fb", "/seats/accept?token=a%2Fb"),
        ("/dashboard?success=true", "/dashboard/my-orders?success=true"),
        ("/fr/dashboard?success=true&session_id=cs_1", "/fr/payment/success?success=true&session_id=cs_1"),
        ("/dashboard?canceled=true", "/pricing?canceled=1"),
    ],
)
def test_an_address_of_the_documents_leads_to_the_page_that_answers_it(asked: str, answered: str) -> None:
    assert leads_to(request(asked)) == answered


@pytest.mark.parametrize(
    "path", ["/", "/pricing", "/zh/pricing", "/dashboard", "/dashboard?x=1", "/api/docs", "/nowhere"]
)
def test_a_page_of_ours_and_what_is_no_page_stay_where_they_are(path: str) -> None:
    assert leads_to(request(path)) is None


def test_another_name_of_this_machine_leads_to_the_one_that_websockets_take() -> None:
    assert leads_to(request("/fr/pricing?a=1", "localhost:8000")) == f"{SITE}/fr/pricing?a=1"
    assert leads_to(request("/dashboard/prices", "localhost:8000")) == f"{SITE}/dashboard/admin/plans"


@pytest.mark.parametrize("host", ["evil.example", "", "127.0.0.1:8000", "[::bad"])
def test_a_host_that_is_not_this_machine_is_not_sent_anywhere(host: str) -> None:
    assert leads_to(request("/pricing", host)) is None


def test_what_is_no_page_answers_under_any_name() -> None:
    assert leads_to(request("/api/webhooks/stripe", "localhost:8000")) is None
    assert leads_to(request("/sandbox/stripe/v1/customers", "localhost:8000")) is None


def test_beside_a_hosts_pages_only_ours_are_led_on_and_get_our_headers() -> None:
    async def theirs(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("theirs")(scope, receive, send)

    async def ask(path: str) -> httpx.Response:
        transport = httpx.ASGITransport(own_pages_door(theirs))
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
            return await client.get(path)

    assert "content-security-policy" in asyncio.run(ask("/fr/pricing")).headers
    for path in ("/", "/subscription", "/dashboard/orders", "/anything"):
        answer = asyncio.run(ask(path))
        assert (answer.status_code, "content-security-policy" in answer.headers) == (200, path == "/")
