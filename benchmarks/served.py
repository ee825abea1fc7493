"""Our HTTP routes on uvicorn without Reflex, wired as in production, plus bare routes to compare with.

python -m benchmarks.served PORT
"""

import gc
import sys

import uvicorn
from fastapi import Request
from fastapi.responses import JSONResponse

from benchmarks.deliveries import BARE_CHECK_PATH, BARE_DEDUCT_PATH, BARE_PATH
from nestpay import queue
from nestpay.api.app import build_api
from nestpay.api.v1.caller import ForUser, IdempotencyKey
from nestpay.api.v1.credits import Deduction, Writing
from nestpay.api.v1.entitlements import Reading
from nestpay.api.webhooks import limited_body
from nestpay.billing import house
from nestpay.billing.clock import real_now
from nestpay.providers import registry
from nestpay.providers.stripe import signature
from nestpay.settings import get_settings
from nestpay.store import session


def main(port: int) -> None:
    """Serve until SIGTERM. Jobs are enqueued, as in production, and worked on by nobody: workers are other processes."""
    settings = get_settings()
    session.connect(settings.database)
    house.claim_database()
    registry.switch_on(settings)
    queue.connect(database_url=settings.database, redis_url=settings.redis_url, var_dir=settings.var_dir)
    secrets = [secret.get_secret_value() for secret in settings.stripe_webhook_secrets]
    api = build_api()

    @api.post(BARE_PATH)
    async def bare(request: Request) -> JSONResponse:
        body = await limited_body(request, settings.webhook_body_limit_bytes)
        signature.verify(body, request.headers.get("stripe-signature", ""), secrets, real_now())
        return JSONResponse({"received": True, "duplicate": False})

    @api.post(BARE_DEDUCT_PATH)
    async def bare_deduct(wish: Deduction, key: IdempotencyKey, calling: Writing) -> JSONResponse:
        return JSONResponse({"id": key, "amount": wish.amount, "replayed": calling.is_server})

    @api.get(BARE_CHECK_PATH)
    async def bare_check(calling: Reading, user_id: ForUser = None) -> JSONResponse:
        return JSONResponse({"name": calling.user(user_id), "allowed": True})

    gc.freeze()  # as in production
    uvicorn.run(api, host="127.0.0.1", port=port, access_log=False, log_level="warning", server_header=False)


if __name__ == "__main__":
    main(int(sys.argv[1]))
