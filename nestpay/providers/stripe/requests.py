"""One call of Stripe's SDK, its errors as ours, and its answer as a plain dict."""

from collections.abc import Callable
from typing import Any, TypeVar

import stripe

from nestpay.domain.errors import ProviderMissing, ProviderRefused, ProviderTrouble

_T = TypeVar("_T")


def asked(call: Callable[[], _T]) -> _T:
    """Call Stripe and turn its errors into ours; nothing of a request or a key gets into the message."""
    try:
        return call()
    except stripe.StripeError as error:
        raise failure(error) from error


def failure(error: stripe.StripeError) -> ProviderTrouble:
    """One of Stripe's errors as ours."""
    if isinstance(error, stripe.InvalidRequestError):
        if error.code == "resource_missing":
            return ProviderMissing(param=error.param or "object")
        return ProviderRefused(reason=error.user_message or "invalid request")
    if isinstance(error, stripe.CardError):
        return ProviderRefused(reason=error.user_message or "the card was declined")
    return ProviderTrouble()


def is_replayed(answer: Any) -> bool:
    """Whether this is an old answer to the same idempotency key: it says what happened, not how things are now."""
    response = answer.last_response
    headers = getattr(response, "headers", None) or {}
    return str({name.lower(): value for name, value in headers.items()}.get("idempotent-replayed", "")) == "true"
