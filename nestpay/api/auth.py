"""The two routes that put the session's cookie into a browser and take it out again.

A page's handler speaks over a websocket and cannot set a cookie that scripts do not see; so it checks the password,
gets a ticket, and sends the browser here.
"""

from typing import Annotated
from urllib.parse import urlsplit

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from nestpay.api.client_ip import client_ip
from nestpay.billing import accounts
from nestpay.billing.identity import COOKIE
from nestpay.domain.errors import NotAllowed
from nestpay.settings import get_settings

_SECONDS_A_DAY = 86_400

router = APIRouter(prefix="/api/auth", include_in_schema=False)

Next = Annotated[str, Query(alias="next")]


@router.get("/session")
async def begin(request: Request, ticket: str = "", wanted: Next = "/") -> RedirectResponse:
    """Turn a ticket into the session's cookie and go on. A stale ticket sets nothing: the next page asks to sign in."""
    answer = _go_to(wanted)
    if _comes_from_elsewhere(request):
        return answer
    before = request.cookies.get(COOKIE)
    ip, user_agent = client_ip(request), request.headers.get("user-agent", "")
    try:
        token = await to_thread.run_sync(
            lambda: accounts.redeem_ticket(ticket, ip=ip, user_agent=user_agent, replaces=before)
        )
    except NotAllowed:
        return answer
    settings = get_settings()
    answer.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_days * _SECONDS_A_DAY,
        path="/",
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/sign-out")
async def end(request: Request, wanted: Next = "/") -> RedirectResponse:
    """Take out the cookie of a session that has ended. One that lives stays, so that no link can sign anybody out."""
    answer = _go_to(wanted)
    token = request.cookies.get(COOKIE)
    if token and await to_thread.run_sync(accounts.current_user, token) is None:
        answer.delete_cookie(COOKIE, path="/", secure=get_settings().is_https, httponly=True, samesite="lax")
    return answer


def local_path(wanted: str) -> str:
    """`wanted` when it is a path of this site, else `/`: nobody is sent to another site by a link of ours."""
    is_clean = wanted.isprintable() and "\\" not in wanted
    if not is_clean or not wanted.startswith("/") or wanted.startswith("//"):
        return "/"
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return "/"
    return wanted if not parts.scheme and not parts.netloc else "/"


def _go_to(wanted: str) -> RedirectResponse:
    return RedirectResponse(local_path(wanted), status_code=303, headers={"Cache-Control": "no-store"})


def _comes_from_elsewhere(request: Request) -> bool:
    """Whether another site led here: it could sign its visitor in to an account that is not theirs."""
    return request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
