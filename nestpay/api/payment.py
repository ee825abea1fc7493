"""Checkout for clients other than our pages: open a payment page, and ask what became of it."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import Depends, Query, Request
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from nestpay.api.bounded import bounded_router
from nestpay.api.client_ip import client_ip
from nestpay.api.v1.caller import PROBLEMS, TROUBLE, Calling, needs
from nestpay.billing import checkout, offers
from nestpay.billing.api_keys import ORDERS_READ, SUBSCRIPTIONS_WRITE

router = bounded_router(prefix="/api/payment", tags=["payment"], responses={**PROBLEMS, **TROUBLE})

Paying = Annotated[Calling, Depends(needs(SUBSCRIPTIONS_WRITE))]
Asking = Annotated[Calling, Depends(needs(ORDERS_READ))]
Locale = Literal["en", "zh", "fr"]
Name = Annotated[str, Field(max_length=100)]


def _known_as(*names: str) -> Any:
    return Field(default="", validation_alias=AliasChoices(*names))


class CheckoutSessionRequest(BaseModel):
    """What to pay for, under the names that the five documents use; other names are left alone.

    A price by our id or the provider's, or a plan and its billing cycle. `mode` must fit the price.
    """

    model_config = ConfigDict(extra="ignore")

    price_id: Name = _known_as("priceId", "price_id", "stripePriceId", "creemProductId", "productId")
    plan_id: Name = _known_as("planId", "plan_id", "plan")
    billing_cycle: Name = _known_as("billingCycle", "billing_cycle", "interval", "recurringInterval")
    mode: Name = _known_as("mode")
    locale: Locale = "en"


class CheckoutSession(BaseModel):
    """Where the customer pays, and the order that waits for it."""

    url: str
    order_id: Annotated[str, Field(serialization_alias="orderId")]


@router.post("/checkout-session")
async def checkout_session(wish: CheckoutSessionRequest, calling: Paying, request: Request) -> CheckoutSession:
    """Open the payment page and answer with its `url`; the same wish again leads to the same page."""
    user_id, ip = calling.user(None), client_ip(request)

    def work() -> checkout.Started:
        price_id = offers.find(price=wish.price_id, plan=wish.plan_id, cycle=wish.billing_cycle, mode=wish.mode)
        return checkout.start(user_id, price_id, locale=wish.locale, ip=ip)

    started = await to_thread.run_sync(work)
    return CheckoutSession(url=started.url, order_id=started.order_id)


@router.get("/verify-success")
async def verify_success(
    calling: Asking,
    session_id: Annotated[str, Query(max_length=255)] = "",
    checkout_id: Annotated[str, Query(max_length=255, description="Creem's name for it.")] = "",
    locale: Locale = "en",
) -> dict[str, Any]:
    """What became of the caller's own checkout session; asks the provider while it is not known."""
    user_id = calling.user(None)
    confirmation = await to_thread.run_sync(
        lambda: checkout.confirm(user_id, session_id or checkout_id, locale=locale, ask_provider=True)
    )
    return {"success": confirmation.state == "paid", **asdict(confirmation)}
