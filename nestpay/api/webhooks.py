"""Where providers deliver: the raw body is verified and stored, and only then answered with 200."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from nestpay.api.bounded import limited_body
from nestpay.billing import inbox
from nestpay.settings import get_settings

router = APIRouter(include_in_schema=False)


@router.post("/api/webhooks/{provider}")
async def receive(provider: str, request: Request) -> JSONResponse:
    """Store one delivery. 400 for a bad signature or body, 413 for a large one, 404 for a provider that is not on."""
    body = await limited_body(request, get_settings().webhook_body_limit_bytes)
    is_new = await inbox.receive(provider, body, request.headers)
    return JSONResponse({"received": True, "duplicate": not is_new})


@router.post("/api/{provider}/webhook")
async def receive_under_nextys_path(provider: str, request: Request) -> Any:
    """NEXTY's path for the same."""
    return await receive(provider, request)
