"""Files for the admin's desk, for the browser an admin is signed in with."""

from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from nestpay.api.session import SignedIn
from nestpay.billing import order_desk, report_files
from nestpay.billing.accounts import CurrentUser
from nestpay.billing.order_desk import OrderQuery
from nestpay.domain.errors import NotAllowed
from nestpay.settings import get_settings

router = APIRouter(prefix="/api/admin", tags=["admin"])

_LINES_A_PIECE = 500
_OUR_OWN_PAGES = (None, "same-origin", "none")
"""What a browser says of a request that a page of ours, or an address typed by hand, caused. Source: Fetch Metadata."""


async def admin(request: Request, user: SignedIn) -> CurrentUser:
    """The admin of the session cookie. Raises SignInRequired, and NotAllowed for others and for other sites' pages."""
    origin = request.headers.get("origin")
    is_ours = request.headers.get("sec-fetch-site") in _OUR_OWN_PAGES and origin in (None, get_settings().origin)
    if user.role != "admin" or not is_ours:
        raise NotAllowed
    return user


Admin = Annotated[CurrentUser, Depends(admin)]


@router.get("/orders.csv", response_class=StreamingResponse)
async def orders_csv(request: Request, _: Admin) -> StreamingResponse:
    """Every order that the desk's filters find, as CSV (times in UTC, amounts in major units), sent while it is read.

    The filters are named as in `OrderQuery`; what is left out does not matter. 422 for a filter that cannot be read.
    """
    known = {field.name for field in fields(OrderQuery)}
    query = OrderQuery(**{name: value for name, value in request.query_params.items() if name in known})
    lines = await to_thread.run_sync(order_desk.csv_of, query)
    headers = {"Content-Disposition": 'attachment; filename="orders.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(lines), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/reports/{name}.csv", response_class=StreamingResponse)
async def report_csv(
    name: str, _: Admin, first: str = "", last: str = "", step: str = "", currency: str = ""
) -> StreamingResponse:
    """One report as CSV: growth, revenue, plans, recovery or credits, in minor units, from a first to a last day (UTC).

    The last thirty days when none are said; `step` is day, week or month. 404 for another name or currency, 422 for
    dates that make no sense.
    """
    lines = await to_thread.run_sync(report_files.csv_of, name, currency, first, last, step)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(lines), media_type="text/csv; charset=utf-8", headers=headers)


def _pieces(lines: Iterator[str]) -> Iterator[str]:
    """The lines in larger pieces: each piece costs a change of threads."""
    while piece := "".join(islice(lines, _LINES_A_PIECE)):
        yield piece
