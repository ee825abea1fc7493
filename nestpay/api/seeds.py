"""The five documents' endpoints at their own paths and with their own names: each leads to the route that is ours."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import Depends, Path, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from nestpay.api import payment, webhooks
from nestpay.api.bounded import bounded_router
from nestpay.api.payment import CheckoutSession, CheckoutSessionRequest, Paying
from nestpay.api.v1.caller import PROBLEMS, TROUBLE, Calling, needs
from nestpay.api.v1.credits import After, Limit
from nestpay.billing import holdings, subscriptions, views
from nestpay.billing.api_keys import ORDERS_READ, SUBSCRIPTIONS_READ
from nestpay.billing.holdings import Holding
from nestpay.billing.views import OrderRow
from nestpay.domain.errors import Refused
from nestpay.settings import get_settings

router = bounded_router(tags=["the five documents"], responses={**PROBLEMS, **TROUBLE})
SubscriptionId = Annotated[str, Path(max_length=255)]


class _CamelCase(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class PortalRequest(_CamelCase):
    """Where the provider's page leads back to: a page of ours, as a path or with our address before it."""

    return_url: Annotated[str, Field(max_length=2000)] = "/dashboard/subscription"


class PortalPage(BaseModel):
    """The provider's own page for this customer."""

    url: str


class HeldPlan(_CamelCase):
    """The plan of a subscription."""

    id: str | None
    key: str
    name: str


class HeldSubscription(_CamelCase):
    """A subscription as the documents name its fields; `isPaid`, `startDate` and `endDate` are NestSaaS's."""

    id: str
    stripe_subscription_id: str
    status: str
    plan_id: str | None
    plan: HeldPlan
    interval: str
    is_paid: bool
    start_date: datetime
    end_date: datetime | None
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    canceled_at: datetime | None


class Subscriptions(BaseModel):
    """All subscriptions, the newest first, and the one that runs."""

    subscriptions: list[HeldSubscription]
    subscription: HeldSubscription | None


class Payment(_CamelCase):
    """A payment as the starter names its fields. `amount` is in minor units of `currency`."""

    id: str
    amount: int
    currency: str
    amount_text: str
    status: str
    description: str
    invoice_url: str
    receipt_url: str
    created_at: datetime


class Payments(BaseModel):
    """A page of payments, the newest first."""

    payments: list[Payment]
    next: str | None
    previous: str | None


@router.post("/api/stripe/checkout-session")
@router.post("/api/create-checkout")
@router.post("/stripe-checkout")
@router.post("/functions/v1/stripe-checkout")
async def create_checkout(wish: CheckoutSessionRequest, calling: Paying, request: Request) -> CheckoutSession:
    """NEXTY's, the starter's and ScaleRocket's way to the payment page."""
    return await payment.checkout_session(wish, calling, request)


@router.post("/stripe-portal")
@router.post("/functions/v1/stripe-portal")
async def stripe_portal(calling: Paying, wish: PortalRequest | None = None) -> PortalPage:
    """ScaleRocket's way to the provider's page for cards, plans and invoices."""
    user_id, path = calling.user(None), _path_of(wish.return_url if wish else PortalRequest().return_url)
    return PortalPage(url=await to_thread.run_sync(lambda: subscriptions.portal_url(user_id, path)))


@router.get("/api/subscriptions")
async def list_subscriptions(calling: Annotated[Calling, Depends(needs(SUBSCRIPTIONS_READ))]) -> Subscriptions:
    """The starter's list of subscriptions, each with its plan."""
    user_id = calling.user(None)
    found = [_held(each) for each in await to_thread.run_sync(holdings.holdings_of, user_id)]
    return Subscriptions(subscriptions=found, subscription=next((each for each in found if each.is_paid), None))


@router.delete("/api/subscriptions/{subscription_id}")
async def cancel_subscription(subscription_id: SubscriptionId, calling: Paying) -> HeldSubscription:
    """The starter's way to end a subscription with its period. Again changes nothing."""
    user_id = calling.user(None)

    def work() -> Holding:
        wanted = holdings.running(user_id, subscription_id)
        subscriptions.cancel(user_id, sales_group=wanted.sales_group)
        return holdings.holding(user_id, wanted.id)

    return _held(await to_thread.run_sync(work))


@router.get("/api/payments")
async def list_payments(
    calling: Annotated[Calling, Depends(needs(ORDERS_READ))], after: After = None, limit: Limit = 20
) -> Payments:
    """The starter's list of payments, the newest first."""
    user_id = calling.user(None)
    page = await to_thread.run_sync(lambda: views.orders_of(user_id, after=after, limit=limit))
    return Payments(payments=[_payment(row) for row in page.rows], next=page.next, previous=page.previous)


async def stripe_webhook(request: Request) -> JSONResponse:
    """ScaleRocket's address for Stripe's events."""
    return await webhooks.receive("stripe", request)


for _path in ("/stripe-webhook", "/functions/v1/stripe-webhook"):  # plain routes: an event may be larger than a request
    router.add_api_route(
        _path, stripe_webhook, methods=["POST"], include_in_schema=False, route_class_override=APIRoute
    )


def _path_of(address: str) -> str:
    """The path of one of our own addresses. Raises Refused for anybody else's."""
    own = get_settings().origin
    if address.startswith("/"):
        return address
    try:
        parts = urlsplit(address)
    except ValueError:
        raise Refused("That is none of our pages.") from None
    if f"{parts.scheme}://{parts.netloc}" != own:
        raise Refused("That is none of our pages.")
    return f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"


def _held(held: Holding) -> HeldSubscription:
    return HeldSubscription(
        id=held.id,
        stripe_subscription_id=held.provider_subscription_id,
        status=held.status,
        plan_id=held.plan_id,
        plan=HeldPlan(id=held.plan_id, key=held.plan_key, name=held.plan_title),
        interval=held.interval,
        is_paid=held.is_open,
        start_date=held.created_at,
        end_date=held.ended_at or held.cancels_at or held.current_period_end,
        current_period_start=held.current_period_start,
        current_period_end=held.current_period_end,
        cancel_at_period_end=held.cancel_at_period_end,
        canceled_at=held.canceled_at,
    )


def _payment(row: OrderRow) -> Payment:
    fields: dict[str, Any] = {name: getattr(row, name) for name in Payment.model_fields if name != "amount"}
    return Payment(amount=row.amount_minor, **fields)
