"""Who calls the REST API, for whom, and whether they may: an API key, or a browser's session."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Header, Query, Request
from fastapi.encoders import jsonable_encoder
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel

from nestpay.api import quota
from nestpay.api.session import signed_in
from nestpay.billing import api_keys, replies
from nestpay.billing.api_keys import Caller
from nestpay.domain.errors import NotAllowed, SignInRequired

OWN_PREFIX = "api:"
_LONGEST_KEY = 190

_bearer = HTTPBearer(
    auto_error=False, scheme_name="API key", description="`Authorization: Bearer npk_…`; a browser's session works too."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


Storable = AfterValidator(_storable)
UserId = Annotated[str, Query(min_length=1, max_length=64, pattern="^[0-9A-Za-z_-]+$")]
ForUser = Annotated[UserId | None, Query(description="Whom it is about: for server keys, which must say so.")]
IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=_LONGEST_KEY,
        description="Names the intent. The same key with the same request gets the first answer and does nothing again.",
        examples=["chat-8121"],
    ),
]


class Problem(BaseModel):
    """What every refusal looks like (RFC 9457). `key` and `values` are for programs, `detail` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    key: str
    values: dict[str, object]


class Shortage(Problem):
    """402: what is needed, what is there, and where more can be bought."""

    needed: int
    available: int
    offer_url: str


PROBLEMS: dict[int | str, dict[str, object]] = {
    400: {"model": Problem, "description": "The body cannot be read."},
    401: {"model": Problem, "description": "No key, or one that opens nothing."},
    403: {"model": Problem, "description": "The key lacks the scope, or this is somebody else's."},
    404: {"model": Problem, "description": "There is no such thing for this caller."},
    413: {"model": Problem, "description": "The request's body is too large."},
    422: {"model": Problem, "description": "The request makes no sense, or a rule refuses it."},
    429: {"model": Problem, "description": "Too many calls; `Retry-After` says how long to wait."},
}
CONFLICT: dict[int | str, dict[str, object]] = {
    409: {"model": Problem, "description": "The key was used before with another request."}
}
TROUBLE: dict[int | str, dict[str, object]] = {
    502: {"model": Problem, "description": "The payment company refused, was slow or was out of reach."}
}
SHORTAGE: dict[int | str, dict[str, object]] = {402: {"model": Shortage, "description": "Not enough credits."}}


@dataclass(frozen=True, slots=True)
class Calling:
    """One call's caller. `key_of` keeps a customer's idempotency keys apart from those of the operator's servers."""

    caller: Caller

    @property
    def is_server(self) -> bool:
        return self.caller.user_id is None

    @property
    def key_prefix(self) -> str:
        return "" if self.is_server else OWN_PREFIX

    def key_of(self, key: str) -> str:
        return f"{self.key_prefix}{key}"

    def user(self, user_id: str | None) -> str:
        """Whom the call is about. Raises NotAllowed, Refused."""
        return api_keys.user_for(self.caller, user_id)

    def existing_user(self, user_id: str | None) -> str:
        """The same, asking the database whether a server key names somebody who is there. Raises NotFound too."""
        return api_keys.existing_user_for(self.caller, user_id)

    async def once(self, route: str, key: str, request: BaseModel, work: Callable[[], object]) -> dict[str, Any]:
        """What `work` (on a thread) answers, or answered the first time this caller used `key`, as JSON.

        Raises IdempotencyMismatch, Conflict while the first request is under way, and what `work` raises.
        """
        scope = f"api:{self.caller.user_id or 'server'}"
        asked = {"route": route, **request.model_dump(mode="json")}
        return await to_thread.run_sync(lambda: replies.once(scope, key, asked, lambda: jsonable_encoder(work())))


def needs(scope: str) -> Callable[[Request, HTTPAuthorizationCredentials | None], Awaitable[Calling]]:
    """A dependency that lets only callers with this scope through, and only so often."""

    async def check(request: Request, credentials: Credentials) -> Calling:
        caller = await (_key_holder(credentials.credentials) if credentials else _browser(request))
        await quota.count(request, caller)
        if not caller.may(scope):
            raise NotAllowed("This key may not do that: it lacks the scope {scope}.", scope=scope)
        return Calling(caller)

    return check


async def _key_holder(key: str) -> Caller:
    caller = api_keys.remembered_caller(key) or await to_thread.run_sync(api_keys.caller_of, key)
    if caller is None:
        raise SignInRequired("This API key opens nothing: it is wrong, over or revoked.")
    return caller


async def _browser(request: Request) -> Caller:
    user = await signed_in(request)
    return Caller(f"user:{user.id}", user.id, frozenset(api_keys.SCOPES))
