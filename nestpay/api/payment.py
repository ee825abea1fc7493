"""Checkout for clients other than our pages: open a payment page, and ask what became of it."""

from dataclasses import asdict
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from nestpay.api.client_ip import client_ip
from nestpay.api.session import SignedIn
from nestpay.billing import checkout

router = APIRouter(prefix="/api/payment", tags=["payment"])


class CheckoutSessionRequest(BaseModel):
    """Which price to pay for."""

    model_config = ConfigDict(populate_by_name=True)

    price_id: Annotated[str, Field(alias="priceId", min_length=1, max_length=100)]
    locale: Annotated[str, Field(pattern="^(en|zh|fr)$")] = "en"


@router.post("/checkout-session")
async def checkout_session(wish: CheckoutSessionRequest, user: SignedIn, request: Request) -> dict[str, str]:
    """Open the payment page and answer with its `url`; the same wish again leads to the same page."""
    ip = client_ip(request)
    started = await to_thread.run_sync(lambda: checkout.start(user.id, wish.price_id, locale=wish.locale, ip=ip))
    return {"url": started.url, "orderId": started.order_id}


@router.get("/verify-success")
async def verify_success(
    user: SignedIn, session_id: Annotated[str, Query(min_length=1, max_length=255)]
) -> dict[str, Any]:
    """What became of the caller's own checkout session; asks the provider while it is not known."""
    confirmation = await to_thread.run_sync(
        lambda: checkout.confirm(user.id, session_id, locale=user.locale, ask_provider=True)
    )
    return {"success": confirmation.state == "paid", **asdict(confirmation)}
