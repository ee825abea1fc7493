"""Stripe's error answers: status, type, code, message and param as the real API words them."""

from typing import Any

DOCS = "https://stripe.com/docs/error-codes/"
IN_USE = (
    "There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other "
    "request is still going through)."
)
FORBIDDEN = "The provided key does not have the required permissions for this endpoint."
REFUSALS: dict[int, dict[str, str]] = {
    401: {"type": "invalid_request_error", "message": "Invalid API Key provided."},
    403: {"type": "invalid_request_error", "code": "more_permissions_required", "message": FORBIDDEN},
    404: {"type": "invalid_request_error", "code": "resource_missing", "message": "No such object."},
    409: {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": IN_USE},
    429: {"type": "invalid_request_error", "code": "rate_limit", "message": "Request rate limit exceeded."},
    500: {"type": "api_error", "message": "An unknown error occurred."},
}


class StripeError(Exception):
    """An answer that is not 200.

    `keep` says that the work done so far stays (a declined card leaves a failed charge behind);
    `started` says whether the request got past validation, so that an idempotency key remembers the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        keep: bool = False,
        started: bool = True,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.keep, self.started = status, keep, started
        self.body: dict[str, Any] = {"type": type, "message": message}
        if code is not None:
            self.body |= {"code": code, "doc_url": DOCS + code.replace("_", "-")}
        if param is not None:
            self.body["param"] = param
        self.body |= extra


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """A request that a rule of the company refuses (400)."""
    return StripeError(400, message, param=param, code=code)


def malformed(message: str, param: str, code: str) -> StripeError:
    """A parameter that cannot be read (400); such a request never started."""
    return StripeError(400, message, param=param, code=code, started=False)


def required(param: str) -> StripeError:
    """A parameter that must be there is not (400)."""
    return malformed(f"Missing required param: {param}.", param, "parameter_missing")


def no_such(kind: str, id: str, param: str = "id", status: int | None = None) -> StripeError:
    """The object does not exist: 404 when it is the one in the address, 400 when a parameter names it."""
    status = status or (404 if param == "id" else 400)
    return StripeError(status, f"No such {kind}: '{id}'", code="resource_missing", param=param)


def declined(message: str, code: str, decline_code: str | None, **extra: Any) -> StripeError:
    """A card that was refused (402); what was tried stays in the books."""
    more = {"decline_code": decline_code} if decline_code else {}
    return StripeError(402, message, type="card_error", code=code, keep=True, **more, **extra)
