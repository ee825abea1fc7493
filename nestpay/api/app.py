"""All HTTP routes of ours as one FastAPI application, for Reflex to mount or for a host without Reflex."""

from fastapi import FastAPI

from nestpay.api import auth, credits, errors, payment, v1, webhooks


def build_api() -> FastAPI:
    """A fresh application with every route."""
    api = FastAPI(title="nestpay", docs_url="/api/docs", redoc_url=None, openapi_url="/api/openapi.json")
    errors.install(api)
    for router in (auth.router, payment.router, credits.router, webhooks.router, *v1.routers):
        api.include_router(router)
    return api
