"""Answers every error of the product as a problem (RFC 9457), each family with its status, once for all routes."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from nestpay.api import quota
from nestpay.domain import errors
from nestpay.domain.errors import NestpayError
from nestpay.settings import get_settings

MEDIA_TYPE = "application/problem+json"

_STATUSES: dict[type[NestpayError], int] = {
    errors.Refused: 422,
    errors.NotEnoughCredits: 402,
    errors.FileTooLarge: 413,
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
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    content = _content(status, str(error), error.key, jsonable_encoder(error.values))
    if isinstance(error, errors.NotEnoughCredits):
        settings = get_settings()
        content |= {"needed": error.needed, "available": error.available}
        content["offer_url"] = f"{settings.site_url}{settings.pricing_path}"
    return JSONResponse(content, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def _content(status: int, detail: str, key: str, values: dict[str, Any]) -> dict[str, Any]:
    title = _TITLES.get(status) or HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "key": key, "values": values}


def _senseless(error: RequestValidationError) -> JSONResponse:
    """A request that does not have the shape that its route asks for: where, and what is wrong there."""
    where = [{"in": ".".join(map(str, each["loc"])), "says": each["msg"]} for each in error.errors()]
    detail = "; ".join(f"{each['in']}: {each['says']}" for each in where)
    content = _content(422, detail, errors.Refused.key, {"errors": where})
    return JSONResponse(content, status_code=422, headers={"Cache-Control": "no-store"}, media_type=MEDIA_TYPE)


async def _outside(request: Request, error: Exception) -> Response:
    """What the framework itself says: no such route, another method. Pages have words of their own for it."""
    assert isinstance(error, HTTPException)
    if request.method in ("GET", "HEAD") and not request.url.path.startswith("/api/"):
        return await http_exception_handler(request, error)
    known = {404: errors.NotFound, 405: errors.NotAllowed}.get(error.status_code, errors.Refused)
    content = _content(error.status_code, str(error.detail), known.key, {})
    headers = {**(error.headers or {}), "Cache-Control": "no-store"}
    return JSONResponse(content, status_code=error.status_code, headers=headers, media_type=MEDIA_TYPE)


def install_ours(app: FastAPI) -> None:
    """Let every route of `app` raise the product's errors; whatever else it raises is answered as before."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, NestpayError)
        said = problem(error)
        said.headers.update(quota.headers(request))
        return said

    app.add_exception_handler(NestpayError, answer)


def install(app: FastAPI) -> None:
    """Let every route of `app` raise the product's errors, and say in their shape that a request makes no sense."""

    async def answer_senseless(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        said = _senseless(error)
        said.headers.update(quota.headers(request))
        return said

    async def answer_unexpected(_request: Request, _error: Exception) -> JSONResponse:
        return problem(NestpayError())

    app.add_exception_handler(Exception, answer_unexpected)
    app.add_exception_handler(HTTPException, _outside)
    install_ours(app)
    app.add_exception_handler(RequestValidationError, answer_senseless)
