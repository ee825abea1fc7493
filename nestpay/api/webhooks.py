"""Where providers deliver: the raw body is verified and stored, and only then answered with 200."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from nestpay.api.bounded import limited_body
from nestpay.billing import inbox
from nestpay.settings import get_settings

router = APIRouter()


async def receive(provider: str, request: Request) -> JSONResponse:
    """Store one delivery. 400 for a bad signature or body, 413 for a large one, 404 for a provider that is not on."""
    body = await limited_body(request, get_settings().webhook_body_limit_bytes)
    is_new = await inbox.receive(provider, body, request.headers)
    return JSONResponse({"received": True, "duplicate": not is_new})


async def _receive(request: Request) -> JSONResponse:
    return await receive(request.path_params["provider"], request)


# Plain routes: a provider's raw body needs nothing of what FastAPI does around a route, which costs more than storing it.
for path in ("/api/webhooks/{provider}", "/api/{provider}/webhook"):  # ours, and NEXTY's
    router.add_route(path, _receive, methods=["POST"], include_in_schema=False)
