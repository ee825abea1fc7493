"""A customer's own credit history as a file, for the browser they are signed in with."""

from collections.abc import Iterator
from itertools import islice

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from nestpay.api.session import SignedIn
from nestpay.billing import explain

router = APIRouter(prefix="/api/credits", tags=["credits"])

_LINES_A_PIECE = 500


@router.get("/history.csv", response_class=StreamingResponse)
async def history_csv(user: SignedIn) -> StreamingResponse:
    """Every line of the caller's credit log as CSV (times in UTC), the oldest first, sent while it is being read."""
    headers = {"Content-Disposition": 'attachment; filename="credit-history.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_pieces(user.id), media_type="text/csv; charset=utf-8", headers=headers)


def _pieces(user_id: str) -> Iterator[str]:
    """The lines in larger pieces: each piece costs a change of threads."""
    lines = explain.history_csv(user_id)
    while piece := "".join(islice(lines, _LINES_A_PIECE)):
        yield piece
