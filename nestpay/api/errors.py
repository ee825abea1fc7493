"""Answers every error of the product as a problem (RFC 9457), each family with its status, once for all routes."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from nestpay.domain import errors
from nestpay.domain.errors import NestpayError

MEDIA_TYPE = "application/problem+json"

_STATUSES: dict[type[NestpayError], int] = {
    errors.Refused: 422,
    errors.Conflict: 409,
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.SignInRequired: 401,
    errors.WrongCredentials: 401,
    errors.RateLimited: 429,
    errors.BadEvent: 400,
    errors.BodyTooLarge: 413,
    errors.ProviderTrouble: 502,
    NestpayError: 500,
}
_TITLES = {
    413: "Content Too Large",
    422: "Unprocessable Content",
}  # as RFC 9110 names them; Python before 3.13 does not


def status_of(error: NestpayError) -> int:
    """The HTTP status of an error: its own, or that of the nearest family it belongs to."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def problem(error: NestpayError) -> JSONResponse:
    """The answer to an error: `detail` for people, `key` and `values` for programs that speak to people."""
    status = status_of(error)
    headers = {"Cache-Control": "no-store"}
    if isinstance(error, errors.RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    content = {
        "type": "about:blank",
        "title": _TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "detail": str(error),
        "key": error.key,
        "values": jsonable_encoder(error.values),
    }
    return JSONResponse(content, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every route of `app` raise the product's errors."""

    async def answer(_request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, NestpayError)
        return problem(error)

    app.add_exception_handler(NestpayError, answer)
