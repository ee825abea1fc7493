"""All HTTP routes of ours as one FastAPI application, for Reflex to mount or for a host without Reflex."""

from fastapi import FastAPI

from nestpay.api import auth, credits, errors, payment, v1, webhooks


def build_api() -> FastAPI:
    """A fresh application with every route."""
    api = FastAPI(title="nestpay", docs_url="/api/docs", redoc_url=None, openapi_url="/api/openapi.json")
    errors.install(api)
    hot_first = (webhooks.router, *v1.routers)  # a request is held against one router after the other
    for router in (*hot_first, auth.router, payment.router, credits.router):
        api.include_router(router)
    return api
