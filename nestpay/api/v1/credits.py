"""Credits over REST: what is there, taking some, and where they came from and went."""

import json
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import (
    CONFLICT,
    PROBLEMS,
    SHORTAGE,
    Calling,
    ForUser,
    IdempotencyKey,
    Storable,
    needs,
)
from nestpay.billing import credits, explain
from nestpay.billing.api_keys import CREDITS_READ, CREDITS_WRITE
from nestpay.billing.credits import CreditLogRow
from nestpay.billing.explain import LotView
from nestpay.domain.ledger import LARGEST_AMOUNT

router = bounded_router(prefix="/api/v1/credits", tags=["credits"], responses=PROBLEMS)

Reading = Annotated[Calling, Depends(needs(CREDITS_READ))]
Writing = Annotated[Calling, Depends(needs(CREDITS_WRITE))]
Amount = Annotated[int, Field(strict=True, gt=0, le=LARGEST_AMOUNT, examples=[10])]
Feature = Annotated[str, Field(max_length=100, examples=["chat"]), Storable]
Note = Annotated[str, Field(max_length=500, examples=["A long answer"]), Storable]
BodyUserId = Annotated[str | None, Field(min_length=1, max_length=64, pattern="^[0-9A-Za-z_-]+$", examples=[None])]
After = Annotated[str | None, Query(max_length=200, description="`next` or `previous` of a page, for that page.")]
Limit = Annotated[int, Query(ge=1, le=100)]


class Balance(BaseModel):
    """What can be spent now, in both balances and together; what open holds set aside; what is owed. Instants are UTC."""

    total: int
    subscription: int
    one_time: int
    held: int
    debt: int
    next_credit_date: datetime | None
    plan: str


class Deduction(BaseModel):
    """Credits to take, what for, and from whom (server keys)."""

    model_config = ConfigDict(extra="forbid")

    amount: Amount
    feature: Feature = ""
    note: Note = ""
    user_id: BodyUserId = None


class Deducted(BaseModel):
    """What was taken, and both balances after it. `replayed`: this key's first answer, and nothing was taken now."""

    id: str
    amount: int
    subscription: int
    one_time: int
    total: int
    replayed: bool


class HistoryPage(BaseModel):
    """Lines of the log, the newest first."""

    data: list[CreditLogRow]
    next: str | None
    previous: str | None


class Lots(BaseModel):
    """Lots, the newest first."""

    data: list[LotView]


@router.get("")
async def balance(calling: Reading, user_id: ForUser = None) -> Balance:
    """The balance."""
    held = await to_thread.run_sync(lambda: credits.get_user_benefits(calling.existing_user(user_id)))
    return Balance(
        total=held.total_available_credits,
        subscription=held.subscription_credits_balance,
        one_time=held.one_time_credits_balance,
        held=held.held_credits,
        debt=held.debt,
        next_credit_date=held.next_credit_date,
        plan=held.plan_title,
    )


@router.post("/deduct", response_model=Deducted, responses={**SHORTAGE, **CONFLICT})
async def deduct(wish: Deduction, key: IdempotencyKey, calling: Writing) -> Response:
    """Take credits, once per idempotency key. Calls that arrive together share a commit; the answer comes after it."""
    spent = await credits.spend_soon(
        calling.user(wish.user_id), wish.amount, key=calling.key_of(key), feature=wish.feature, note=wish.note
    )
    subscription, one_time = spent.subscription_balance_after, spent.one_time_balance_after
    answer = {
        "id": spent.log_id,
        "amount": spent.amount,
        "subscription": subscription,
        "one_time": one_time,
        "total": subscription + one_time,
        "replayed": spent.replayed,
    }
    return Response(json.dumps(answer), media_type="application/json")


@router.get("/history")
async def history(calling: Reading, user_id: ForUser = None, after: After = None, limit: Limit = 20) -> HistoryPage:
    """A page of the log, the newest line first."""
    page = await to_thread.run_sync(lambda: credits.history(calling.existing_user(user_id), after=after, limit=limit))
    return HistoryPage(data=list(page.rows), next=page.next, previous=page.previous)


@router.get("/lots")
async def lots(calling: Reading, user_id: ForUser = None) -> Lots:
    """Every lot with its story: what paid for it, where its credits went, what ended it. At most 200, the newest."""
    found = await to_thread.run_sync(lambda: explain.explain(calling.existing_user(user_id)))
    return Lots(data=list(found))
