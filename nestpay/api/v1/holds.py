"""Holds over REST: set credits aside for work whose cost is known only afterwards, then settle or release them.

A customer's key ends only holds that were made with such a key: those that the operator's own code made for work in
progress are not the customer's to take back.
"""

from datetime import datetime, timedelta
from typing import Annotated

from anyio import to_thread
from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import CONFLICT, PROBLEMS, SHORTAGE, IdempotencyKey
from nestpay.api.v1.credits import Amount, BodyUserId, Feature, Writing
from nestpay.billing import holds
from nestpay.billing.holds import HoldView
from nestpay.domain.ledger import LARGEST_AMOUNT

router = bounded_router(prefix="/api/v1/credits/holds", tags=["credits"], responses={**PROBLEMS, **CONFLICT})

HoldId = Annotated[str, Path(max_length=64, pattern="^[0-9a-f]+$")]
_LONGEST_SECONDS = int(holds.LONGEST_LIFE.total_seconds())


class HoldWish(BaseModel):
    """Credits to set aside, for how many seconds, what for, and from whom (server keys)."""

    model_config = ConfigDict(extra="forbid")

    amount: Amount
    seconds: Annotated[int, Field(strict=True, gt=0, le=_LONGEST_SECONDS, examples=[300])] = 900
    feature: Feature = ""
    user_id: BodyUserId = None


class Settlement(BaseModel):
    """What the work cost in credits; 0 for nothing."""

    model_config = ConfigDict(extra="forbid")

    cost: Annotated[int, Field(strict=True, ge=0, le=LARGEST_AMOUNT, examples=[32])]
    user_id: BodyUserId = None


class Release(BaseModel):
    """Whose hold it is (server keys)."""

    model_config = ConfigDict(extra="forbid")

    user_id: BodyUserId = None


class Held(BaseModel):
    """A hold: credits set aside, what it ended with, `open|settled|released|expired`, and until when (UTC)."""

    id: str
    amount: int
    settled_amount: int
    status: str
    expires_at: datetime
    replayed: bool


def _answer(hold: HoldView) -> Held:
    return Held(
        id=hold.id,
        amount=hold.amount,
        settled_amount=hold.settled_amount,
        status=hold.status,
        expires_at=hold.expires_at,
        replayed=hold.replayed,
    )


@router.post("", responses=SHORTAGE)
async def hold(wish: HoldWish, key: IdempotencyKey, calling: Writing) -> Held:
    """Set credits aside, once per idempotency key."""
    user_id, life = calling.user(wish.user_id), timedelta(seconds=wish.seconds)
    made = await to_thread.run_sync(
        lambda: holds.hold(user_id, wish.amount, key=calling.key_of(key), life=life, feature=wish.feature)
    )
    return _answer(made)


@router.post("/{hold_id}/settle", responses=SHORTAGE)
async def settle(hold_id: HoldId, wish: Settlement, calling: Writing) -> Held:
    """End a hold for what the work cost. A hold ends once by itself: the same cost again gets the first answer."""
    user_id = calling.user(wish.user_id)
    ended = await to_thread.run_sync(lambda: holds.settle(user_id, hold_id, wish.cost, key_prefix=calling.key_prefix))
    return _answer(ended)


@router.post("/{hold_id}/release")
async def release(hold_id: HoldId, calling: Writing, wish: Release | None = None) -> Held:
    """End a hold without a cost; everything goes back. Again gets the first answer."""
    user_id = calling.user(wish.user_id if wish else None)
    ended = await to_thread.run_sync(lambda: holds.release(user_id, hold_id, key_prefix=calling.key_prefix))
    return _answer(ended)
