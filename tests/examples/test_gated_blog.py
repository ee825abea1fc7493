"""The gated blog of the examples, in front of the real API: the rest of a post is sent to who has it, and nobody else."""

import asyncio

import httpx
import pytest

from examples.gated_blog.app import build
from nestpay.api.app import build_api
from nestpay.billing import api_keys
from nestpay.client import AsyncNestpay
from nestpay.domain.orders import OrderStatus
from nestpay.store.tables import ArticleRow, OrderRow
from tests import builders
from tests.billing.test_content import add, add_price
from tests.shop import Shop, shop, stripe_edge

__all__ = ["shop", "stripe_edge"]

THE_REST = "the riddle is solved"


def look(slug: str = "riddles", token: str = "letmein", *, is_up: bool = True) -> httpx.Response:
    """What the blog answers to somebody with this token; its nestpay is this very process, or out of reach."""

    async def gone(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody is there", request=request)

    async def run() -> httpx.Response:
        key = api_keys.create_for_server("blog").key
        shop_side = httpx.ASGITransport(build_api()) if is_up else httpx.MockTransport(gone)
        async with AsyncNestpay("http://nestpay.example", key, transport=shop_side) as nestpay:
            app = build(nestpay, {"letmein": "ada@example.com"})
            reader_side = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=reader_side, base_url="http://blog.example") as browser:
                return await browser.get(f"/{slug}", headers={"X-Token": token})

    return asyncio.run(run())


@pytest.fixture
def order_id(shop: Shop) -> str:
    price = add_price("article", add(ArticleRow, "three-prices-that-sell"))
    return builders.add_order(shop.user_id, price, status=OrderStatus.SUCCEEDED).id


def test_a_buyer_reads_on_until_the_refund(order_id: str) -> None:
    assert THE_REST in look().text
    builders.set_columns(OrderRow, "id", order_id, status=OrderStatus.REFUNDED)
    closed = look()
    assert THE_REST not in closed.text
    assert "a riddle" in closed.text
    assert closed.headers["cache-control"] == "private, no-store"


@pytest.mark.usefixtures("order_id")
def test_a_stranger_reads_the_preview_only_and_so_does_everybody_while_nestpay_is_away() -> None:
    assert THE_REST not in look(token="").text
    assert THE_REST not in look(is_up=False).text
    assert look("nowhere").status_code == 404
