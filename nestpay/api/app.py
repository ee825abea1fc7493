"""All HTTP routes of ours as one FastAPI application, for Reflex to mount or for a host without Reflex."""

from typing import Any

from fastapi import APIRouter, FastAPI

from nestpay.api import admin, auth, credits, downloads, errors, payment, product_files, quota, seeds, v1, webhooks

_ABOUT = """
Everything that the pages do, for programs. Call with an API key (`Authorization: Bearer npk_…`) or, from a browser of
ours, with its session. Every refusal is a problem (RFC 9457, `application/problem+json`); lists are paged by `next` and
`previous`; amounts are integers in minor units, instants are UTC.
"""

added: list[APIRouter] = []
"""Routes of extensions; they come after ours."""


def build_api() -> FastAPI:
    """A fresh application with every route."""
    api = FastAPI(
        title="nestpay",
        version="1",
        description=_ABOUT,
        docs_url="/api/docs",
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    errors.install(api)
    hot_first = (webhooks.router, *v1.routers)  # a request is held against one router after the other
    for router in (
        *hot_first,
        auth.router,
        downloads.router,
        payment.router,
        credits.router,
        admin.router,
        product_files.router,
        seeds.router,
        *added,
    ):
        api.include_router(router)
    describe = api.openapi
    api.openapi = lambda: _with_problems(describe())
    return api


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """The same document, with the refusals under the media type that they are sent as, and the headers of limits."""
    for name, path in document["paths"].items():
        for operation in path.values():
            for response in operation["responses"].values():
                if name.startswith("/api/v1/"):
                    response["headers"] = response.get("headers", {}) | quota.DESCRIBED
                content = response.get("content", {})
                schema = content.get("application/json", {}).get("schema", {})
                if schema.get("$ref", "").endswith(("/Problem", "/Shortage")):
                    content[errors.MEDIA_TYPE] = content.pop("application/json")
    return document
