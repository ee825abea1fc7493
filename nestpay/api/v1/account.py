"""What a user bought, over REST: orders and the subscription."""

from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Path
from pydantic import BaseModel

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import PROBLEMS, Calling, ForUser, needs
from nestpay.api.v1.credits import After, Limit
from nestpay.billing import views
from nestpay.billing.api_keys import ORDERS_READ, SUBSCRIPTIONS_READ
from nestpay.billing.views import OrderRow
from nestpay.domain.errors import NotFound

router = bounded_router(prefix="/api/v1", responses=PROBLEMS)


class OrdersPage(BaseModel):
    """Orders, the newest first."""

    data: list[OrderRow]
    next: str | None
    previous: str | None


class SubscriptionAnswer(BaseModel):
    """The subscription that decides the user's plan. `cancels_at` is when it ends if nothing changes. Instants are UTC."""

    plan: str
    status: str
    interval: str
    amount: str
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancels_at: datetime | None
    trial_end: datetime | None
    next_credit_date: datetime | None
    provider: str


@router.get("/orders", tags=["orders"])
async def orders(
    calling: Annotated[Calling, Depends(needs(ORDERS_READ))],
    user_id: ForUser = None,
    after: After = None,
    limit: Limit = 20,
) -> OrdersPage:
    """A page of the orders, the newest first."""
    page = await to_thread.run_sync(lambda: views.orders_of(calling.existing_user(user_id), after=after, limit=limit))
    return OrdersPage(data=list(page.rows), next=page.next, previous=page.previous)


@router.get("/orders/{order_id}", tags=["orders"])
async def order(
    order_id: Annotated[str, Path(max_length=64, pattern="^[0-9A-Za-z_-]+$")],
    calling: Annotated[Calling, Depends(needs(ORDERS_READ))],
    user_id: ForUser = None,
) -> OrderRow:
    """One order."""
    return await to_thread.run_sync(lambda: views.order_of(calling.existing_user(user_id), order_id))


@router.get("/payments", tags=["orders"])
async def payments(
    calling: Annotated[Calling, Depends(needs(ORDERS_READ))],
    user_id: ForUser = None,
    after: After = None,
    limit: Limit = 20,
) -> OrdersPage:
    """The same as `/orders`, under the name that who counts money looks for."""
    return await orders(calling, user_id, after, limit)


@router.get("/subscription", tags=["subscriptions"])
async def subscription(
    calling: Annotated[Calling, Depends(needs(SUBSCRIPTIONS_READ))], user_id: ForUser = None
) -> SubscriptionAnswer:
    """The subscription; 404 for who has none."""
    held = await to_thread.run_sync(lambda: views.subscription(calling.existing_user(user_id)))
    if held is None:
        raise NotFound("There is no subscription.")
    return SubscriptionAnswer(
        plan=held.plan_title,
        status=held.status,
        interval=held.interval,
        amount=held.amount_text,
        current_period_start=held.current_period_start,
        current_period_end=held.current_period_end,
        cancels_at=held.cancels_at,
        trial_end=held.trial_end,
        next_credit_date=held.benefits.next_credit_date,
        provider=held.provider,
    )
