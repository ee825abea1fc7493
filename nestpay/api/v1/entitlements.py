"""What a user may do, over REST: everything that is held, and one question about one name."""

from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Path
from pydantic import BaseModel

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import PROBLEMS, Calling, ForUser, needs
from nestpay.billing import credits, entitlements
from nestpay.billing.api_keys import SUBSCRIPTIONS_READ
from nestpay.billing.entitlements import Entitlement

router = bounded_router(prefix="/api/v1", tags=["entitlements"], responses=PROBLEMS)

Reading = Annotated[Calling, Depends(needs(SUBSCRIPTIONS_READ))]
Name = Annotated[str, Path(max_length=150, pattern="^[A-Za-z0-9_.:-]+$", examples=["api"])]


class Benefits(BaseModel):
    """What a user holds now. Instants are UTC; `entitlements` are names that `/entitlements/{name}` answers for."""

    active_plan_id: str | None
    plan: str
    subscription_status: str | None
    current_period_end: datetime | None
    next_credit_date: datetime | None
    total_available_credits: int
    subscription_credits_balance: int
    one_time_credits_balance: int
    entitlements: list[str]


@router.get("/benefits")
async def benefits(calling: Reading, user_id: ForUser = None) -> Benefits:
    """The plan, its dates, the credits, and the names of everything that may be used."""

    def work() -> Benefits:
        whose = calling.existing_user(user_id)
        held = credits.get_user_benefits(whose)
        return Benefits(
            active_plan_id=held.active_plan_id,
            plan=held.plan_title,
            subscription_status=held.subscription_status,
            current_period_end=held.current_period_end,
            next_credit_date=held.next_credit_date,
            total_available_credits=held.total_available_credits,
            subscription_credits_balance=held.subscription_credits_balance,
            one_time_credits_balance=held.one_time_credits_balance,
            entitlements=list(entitlements.all_of(whose)),
        )

    return await to_thread.run_sync(work)


@router.get("/entitlements/{name}")
async def check(name: Name, calling: Reading, user_id: ForUser = None) -> Entitlement:
    """May this user, why, until when, and how many left. A name that nothing includes is refused, not unknown."""
    whose = calling.user(user_id)
    return await to_thread.run_sync(lambda: entitlements.check(whose, name, must_exist=calling.is_server))
