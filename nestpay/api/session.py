"""Who calls an API route with a browser's session, and that the call is meant."""

from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request

from nestpay.billing import acting, identity
from nestpay.billing.accounts import CurrentUser
from nestpay.domain.errors import NotAllowed, SignInRequired
from nestpay.settings import get_settings

_OTHER_SITES = frozenset({"cross-site", "same-site"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def signed_in(request: Request) -> CurrentUser:
    """The user of the session cookie. Raises SignInRequired, and NotAllowed for a change that another site asks for."""
    if request.method not in _SAFE_METHODS:
        _refuse_other_sites(request)
    user = await to_thread.run_sync(identity.visitor, request.cookies)
    if user is None:
        raise SignInRequired
    acting.begin(user)
    return user


def _refuse_other_sites(request: Request) -> None:
    """A form of another site can only post, and no JSON; a script of one says where it comes from."""
    origin = request.headers.get("origin")
    is_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
    is_form = request.method == "POST" and not is_json
    is_elsewhere = origin is not None and origin != get_settings().origin
    if is_form or is_elsewhere or request.headers.get("sec-fetch-site") in _OTHER_SITES:
        raise NotAllowed


SignedIn = Annotated[CurrentUser, Depends(signed_in)]
