"""A plan's limits over REST: how much is left, and counting a use."""

from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import CONFLICT, PROBLEMS, ForUser, IdempotencyKey
from nestpay.api.v1.credits import BodyUserId, Reading, Writing
from nestpay.billing import limits
from nestpay.billing.limits import Allowance

router = bounded_router(prefix="/api/v1/limits", tags=["limits"], responses=PROBLEMS)

Name = Annotated[str, Path(max_length=64, pattern="^[a-z0-9_]+$", examples=["chats_per_month"])]
_MOST_AT_ONCE = 1_000_000


class Use(BaseModel):
    """How often the limit is used now, and by whom (server keys)."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(strict=True, gt=0, le=_MOST_AT_ONCE, examples=[1])] = 1
    user_id: BodyUserId = None


class LimitAnswer(BaseModel):
    """A limit: -1 is unlimited, and then `left` is null. `used` counts this period, until `resets_at` (UTC)."""

    name: str
    limit: int
    used: int
    left: int | None
    resets_at: datetime | None


def _answer(found: Allowance) -> LimitAnswer:
    return LimitAnswer(name=found.name, limit=found.limit, used=found.used, left=found.left, resets_at=found.resets_at)


@router.get("/{name}")
async def allowance(name: Name, calling: Reading, user_id: ForUser = None) -> LimitAnswer:
    """What the user's plan allows of this, and how much is used. What the plan does not name is 0."""
    return _answer(await to_thread.run_sync(lambda: limits.allowance(calling.existing_user(user_id), name)))


@router.post("/{name}/count", responses=CONFLICT)
async def count(name: Name, wish: Use, key: IdempotencyKey, calling: Writing) -> LimitAnswer:
    """Use a limit that is counted by period, once per idempotency key. Beyond it: 422, and nothing is counted."""
    user_id = calling.user(wish.user_id)
    return _answer(await to_thread.run_sync(lambda: limits.count(user_id, name, wish.number, key=calling.key_of(key))))
