"""The sandbox as a program: mounted in another app, left open for a day, looked at on its front page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from nestpay.sandbox.app import SandboxOptions, build_sandbox
from tests.sandbox.world import Served, eventually


def test_a_host_mounts_it_and_starts_it_from_its_own_lifespan(tmp_path: Path) -> None:
    site = "http://127.0.0.1:8000/sandbox"
    sandbox = build_sandbox(SandboxOptions(tmp_path / "sandbox.sqlite", site))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await sandbox.start()
        await sandbox.start()
        yield
        await sandbox.stop()

    host = Starlette(routes=[Mount("/sandbox", sandbox)], lifespan=lifespan)

    async def story() -> None:
        transport = httpx.ASGITransport(host, client=("127.0.0.1", 1))
        async with lifespan(host), httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            headers = {"Authorization": "Bearer sk_test_sandbox"}
            data = {
                "mode": "payment",
                "success_url": "http://shop.example/",
                "line_items[0][quantity]": "1",
                "line_items[0][price_data][currency]": "usd",
                "line_items[0][price_data][unit_amount]": "900",
                "line_items[0][price_data][product_data][name]": "Pack",
            }
            made = await client.post("/sandbox/stripe/v1/checkout/sessions", data=data, headers=headers)
            assert made.json()["url"].startswith(f"{site}/stripe/checkout/cs_test_")
            page = await client.get(made.json()["url"])
            assert "Pack" in page.text
            assert f'action="{made.json()["url"]}"' in page.text
            assert (await client.get("/sandbox/static/sandbox.css")).status_code == 200
            assert (await client.get("/sandbox/")).status_code == 200

    asyncio.run(story())


def test_clients_of_other_machines_are_turned_away(tmp_path: Path) -> None:
    sandbox = build_sandbox(SandboxOptions(tmp_path / "sandbox.sqlite", "http://127.0.0.1:8000"))

    async def story() -> int:
        transport = httpx.ASGITransport(sandbox, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            return (await client.get("/")).status_code

    assert asyncio.run(story()) == 403


def test_a_session_left_open_for_a_day_expires_by_itself(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price())
    assert session.expires_at == session.created + 86400
    sandbox.time.ahead = 86401
    eventually(lambda: sandbox.reread(session).status == "expired")
    event = sandbox.client.events.list({"type": "checkout.session.expired"}).data[0]
    assert event.created == session.expires_at


def test_the_front_page_shows_what_is_going_on_and_every_object(sandbox: Served) -> None:
    customer = sandbox.client.customers.create({"email": "ada@example.com"})
    session = sandbox.session(sandbox.price(), customer=customer.id)
    sandbox.press(session)
    page = sandbox.browser.get("/").text
    assert "ada@example.com" in page
    assert "no real money" in page
    assert customer.id in sandbox.browser.get(f"/stripe/objects/{customer.id}").text
    charge = sandbox.client.charges.list().data[0]
    assert "Receipt" in sandbox.browser.get(str(charge.receipt_url)).text
    assert sandbox.browser.get("/stripe/objects/nothing").status_code == 404


def test_what_a_customer_types_is_never_taken_for_markup(sandbox: Served) -> None:
    session = sandbox.session(sandbox.price(product_data={"name": "<b>Pro</b>"}))
    page = sandbox.press(session, number="", name="<script>alert(1)</script>").text
    assert "<script>alert" not in page
    assert "<b>Pro" not in page
