"""Customers over REST, for the operator's own servers."""

from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Path, Query
from pydantic import BaseModel

from nestpay.api.bounded import bounded_router
from nestpay.api.v1.caller import PROBLEMS, Calling, Storable, needs
from nestpay.api.v1.credits import After, Limit
from nestpay.billing import directory
from nestpay.billing.api_keys import SERVER
from nestpay.billing.directory import CustomerView

router = bounded_router(prefix="/api/v1/customers", tags=["customers"], responses=PROBLEMS)

Serving = Annotated[Calling, Depends(needs(SERVER))]
CustomerId = Annotated[str, Path(max_length=64, pattern="^[0-9A-Za-z_-]+$")]


class CustomersPage(BaseModel):
    """Customers, the newest first."""

    data: list[CustomerView]
    next: str | None
    previous: str | None


@router.get("")
async def customers(
    _: Serving,
    email: Annotated[str, Query(max_length=320), Storable] = "",
    after: After = None,
    limit: Limit = 20,
) -> CustomersPage:
    """A page of all customers, or the one with this address. For server keys."""
    page = await to_thread.run_sync(lambda: directory.customers(email=email, after=after, limit=limit))
    return CustomersPage(data=list(page.rows), next=page.next, previous=page.previous)


@router.get("/{customer_id}")
async def customer(customer_id: CustomerId, _: Serving) -> CustomerView:
    """One customer, and as whom the providers know them. For server keys."""
    return await to_thread.run_sync(directory.customer, customer_id)
