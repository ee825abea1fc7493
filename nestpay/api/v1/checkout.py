"""Paying over REST: the payment page, what became of it, and the provider's own page for a customer."""

from dataclasses import asdict
from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from nestpay.api.bounded import bounded_router
from nestpay.api.client_ip import client_ip
from nestpay.api.v1.caller import CONFLICT, PROBLEMS, TROUBLE, Calling, ForUser, IdempotencyKey, Storable, needs
from nestpay.api.v1.credits import BodyUserId
from nestpay.billing import checkout, offers, subscriptions
from nestpay.billing.api_keys import ORDERS_READ, SUBSCRIPTIONS_WRITE

router = bounded_router(prefix="/api/v1", tags=["checkout"], responses={**PROBLEMS, **TROUBLE})

Paying = Annotated[Calling, Depends(needs(SUBSCRIPTIONS_WRITE))]
Name = Annotated[str, Field(max_length=255), Storable]
Locale = Literal["en", "zh", "fr"]


class CheckoutWish(BaseModel):
    """What to pay for: a price, or a plan (id or key) and how often it is paid; in which language, and by whom."""

    model_config = ConfigDict(extra="forbid")

    price_id: Annotated[Name, Field(examples=["019a0000000000000000000000000000"])] = ""
    plan: Annotated[Name, Field(examples=["pro"])] = ""
    interval: Literal["", "month", "year", "once"] = ""
    quantity: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    locale: Locale = "en"
    user_id: BodyUserId = None


class CheckoutPage(BaseModel):
    """Where to send the customer, and the order that waits for the payment."""

    url: str
    order_id: str


class PaymentState(BaseModel):
    """What became of a payment page: `confirming`, `paid`, `failed` or `expired`. Credits are those the order granted."""

    state: str
    order_id: str
    plan_title: str
    description: str
    amount_text: str
    interval: str
    credits: int
    credits_pending: bool


class PortalWish(BaseModel):
    """The path of ours that the provider's page leads back to."""

    model_config = ConfigDict(extra="forbid")

    return_path: Annotated[Name, Field(examples=["/dashboard/subscription"])] = "/dashboard/subscription"
    locale: Locale = "en"
    user_id: BodyUserId = None


class Portal(BaseModel):
    """The provider's own page for this customer."""

    url: str


@router.post("/checkout", response_model=CheckoutPage, responses=CONFLICT)
async def start(wish: CheckoutWish, key: IdempotencyKey, calling: Paying, request: Request) -> dict[str, Any]:
    """Open the payment page. While it is open, the same wish leads to the same page under any key."""
    user_id = calling.user(wish.user_id)
    ip = "" if calling.is_server else client_ip(request)

    def work() -> object:
        price_id = offers.find(price=wish.price_id, plan=wish.plan, cycle=wish.interval)
        return asdict(checkout.start(user_id, price_id, locale=wish.locale, ip=ip, quantity=wish.quantity))

    return await calling.once("checkout", key, wish, work)


@router.get("/checkout/{session_id}")
async def verify(
    session_id: Annotated[str, Path(max_length=255)],
    calling: Annotated[Calling, Depends(needs(ORDERS_READ))],
    user_id: ForUser = None,
    locale: Locale = "en",
) -> PaymentState:
    """What became of a payment page of the caller's; asks the provider while it is not known."""
    found = await to_thread.run_sync(
        lambda: checkout.confirm(calling.existing_user(user_id), session_id, locale=locale, ask_provider=True)
    )
    return PaymentState(**asdict(found))


@router.post("/portal", response_model=Portal, responses=CONFLICT)
async def portal(wish: PortalWish, key: IdempotencyKey, calling: Paying) -> dict[str, Any]:
    """The way to the provider's page for cards, invoices and addresses. It is good for some minutes only."""
    user_id = calling.user(wish.user_id)
    return await calling.once(
        "portal",
        key,
        wish,
        lambda: {"url": subscriptions.portal_url(user_id, wish.return_path, locale=wish.locale)},
    )
