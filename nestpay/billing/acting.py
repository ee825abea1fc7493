"""For whom the running code acts: set by the door that checked it, read by whatever is called further in."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nestpay.billing.accounts import CurrentUser

_user: ContextVar[CurrentUser | None] = ContextVar("the checked user of the running handler or request", default=None)


def current_user() -> CurrentUser | None:
    """The user whom the running handler, request or job acts for; None when nobody was checked."""
    return _user.get()


def begin(user: CurrentUser) -> None:
    """From here on, this task acts for `user`, whom the caller has just checked."""
    _user.set(user)


@contextmanager
def acting_as(user: CurrentUser) -> Iterator[None]:
    """The same for a block: for jobs and scripts, which have no session to ask."""
    token = _user.set(user)
    try:
        yield
    finally:
        _user.reset(token)
