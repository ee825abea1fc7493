"""Subscriptions over REST: all of them, ending one, taking that back, and changing it at a price known beforehand."""

from typing import Annotated, Any, Literal

from anyio import to_thread
from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import CONFLICT, PROBLEMS, TROUBLE, Calling, ForUser, IdempotencyKey, Storable, needs
from nestpay.api.v1.checkout import Locale, Name
from nestpay.api.v1.credits import BodyUserId
from nestpay.billing import change_options, changes, holdings, offers, subscriptions
from nestpay.billing.api_keys import SUBSCRIPTIONS_READ, SUBSCRIPTIONS_WRITE
from nestpay.billing.change_options import ChangeOption
from nestpay.billing.changes import QuoteView
from nestpay.billing.holdings import Holding
from nestpay.billing.subscriptions import Agreed
from nestpay.domain.subscriptions import CancelReason

router = bounded_router(prefix="/api/v1", tags=["subscriptions"], responses={**PROBLEMS, **CONFLICT, **TROUBLE})

Reading = Annotated[Calling, Depends(needs(SUBSCRIPTIONS_READ))]
Writing = Annotated[Calling, Depends(needs(SUBSCRIPTIONS_WRITE))]
SubscriptionId = Annotated[str, Path(max_length=255, description="Our id, or the provider's.")]
QuoteId = Annotated[str, Path(max_length=64, pattern="^[0-9a-f]+$")]


class Holdings(BaseModel):
    """Subscriptions, the newest first."""

    data: list[Holding]


class Options(BaseModel):
    """What a subscription may be changed to."""

    data: list[ChangeOption]


class Cancellation(BaseModel):
    """Why the customer leaves."""

    model_config = ConfigDict(extra="forbid")

    reason: CancelReason | Literal[""] = ""
    comment: Annotated[str, Field(max_length=subscriptions.LONGEST_COMMENT), Storable] = ""
    user_id: BodyUserId = None


class Whose(BaseModel):
    """Whose subscription it is (server keys)."""

    model_config = ConfigDict(extra="forbid")

    user_id: BodyUserId = None


class ChangeWish(BaseModel):
    """What to change to: a price, or a plan and how often it is paid. `timing` left out is the natural one."""

    model_config = ConfigDict(extra="forbid")

    price_id: Name = ""
    plan: Annotated[Name, Field(examples=["business"])] = ""
    interval: Literal["", "month", "year"] = ""
    quantity: Annotated[int | None, Field(strict=True, ge=1, le=changes.MOST_SEATS)] = None
    timing: Literal["now", "period_end"] | None = None
    locale: Locale = "en"
    user_id: BodyUserId = None


@router.get("/subscriptions")
async def holdings_of(calling: Reading, user_id: ForUser = None, locale: Locale = "en") -> Holdings:
    """All subscriptions, ended ones too."""
    found = await to_thread.run_sync(lambda: holdings.holdings_of(calling.existing_user(user_id), locale))
    return Holdings(data=list(found))


@router.get("/subscriptions/{subscription_id}")
async def holding(
    subscription_id: SubscriptionId, calling: Reading, user_id: ForUser = None, locale: Locale = "en"
) -> Holding:
    """One subscription."""
    return await to_thread.run_sync(lambda: holdings.holding(calling.existing_user(user_id), subscription_id, locale))


@router.post("/subscriptions/{subscription_id}/cancel", response_model=Holding)
async def cancel(
    subscription_id: SubscriptionId, wish: Cancellation, key: IdempotencyKey, calling: Writing
) -> dict[str, Any]:
    """End it with its period; access goes on until then. What is unpaid or paused ends at once."""
    user_id = calling.user(wish.user_id)

    def work() -> object:
        group = holdings.running(user_id, subscription_id).sales_group
        subscriptions.cancel(user_id, reason=wish.reason, comment=wish.comment, sales_group=group)
        return holdings.holding(user_id, subscription_id)

    return await calling.once(f"cancel:{subscription_id}", key, wish, work)


@router.post("/subscriptions/{subscription_id}/resume", response_model=Holding)
async def resume(subscription_id: SubscriptionId, wish: Whose, key: IdempotencyKey, calling: Writing) -> dict[str, Any]:
    """Take a cancellation back before the period has ended."""
    user_id = calling.user(wish.user_id)

    def work() -> object:
        subscriptions.resume(user_id, sales_group=holdings.running(user_id, subscription_id).sales_group)
        return holdings.holding(user_id, subscription_id)

    return await calling.once(f"resume:{subscription_id}", key, wish, work)


@router.get("/subscriptions/{subscription_id}/options")
async def options(
    subscription_id: SubscriptionId, calling: Reading, user_id: ForUser = None, locale: Locale = "en"
) -> Options:
    """The prices that it may be changed to, its own among them."""

    def work() -> tuple[ChangeOption, ...]:
        whose = calling.existing_user(user_id)
        holdings.running(whose, subscription_id)
        return change_options.options(whose, locale)

    return Options(data=list(await to_thread.run_sync(work)))


@router.post("/subscriptions/{subscription_id}/quotes", response_model=QuoteView)
async def quote(
    subscription_id: SubscriptionId, wish: ChangeWish, key: IdempotencyKey, calling: Writing
) -> dict[str, Any]:
    """What a change costs and brings, kept for half an hour to be agreed to."""
    user_id = calling.user(wish.user_id)

    def work() -> object:
        holdings.running(user_id, subscription_id)
        price_id = offers.find(price=wish.price_id, plan=wish.plan, cycle=wish.interval)
        return changes.quote(user_id, price_id, quantity=wish.quantity, timing=wish.timing, locale=wish.locale)

    return await calling.once(f"quote:{subscription_id}", key, wish, work)


@router.post("/quotes/{quote_id}/agree", response_model=Agreed)
async def agree(quote_id: QuoteId, wish: Whose, key: IdempotencyKey, calling: Writing) -> dict[str, Any]:
    """Carry out what a quote said: `done`, `scheduled`, or `action_required` at `url`. Refused when it no longer holds."""
    user_id = calling.user(wish.user_id)
    return await calling.once(f"agree:{quote_id}", key, wish, lambda: changes.agree(user_id, quote_id))
