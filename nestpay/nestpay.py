"""The composition root: ties settings, database, providers, jobs, routes and pages together, and knows the sandbox."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import reflex as rx
import structlog

from nestpay import queue, signals
from nestpay.api.app import build_api
from nestpay.billing import catalog, clock, credits, extensions, house, inbox
from nestpay.domain.errors import NestpayError
from nestpay.jobs import schedule  # noqa: F401  importing it registers the jobs
from nestpay.providers import registry
from nestpay.settings import get_settings
from nestpay.store import session
from nestpay.web import fresh, front, pages

log = structlog.get_logger(__name__)

settings = get_settings()
session.connect(settings.database)
registry.switch_on(settings)
extensions.load()
api = build_api()


if settings.mode == "sandbox" and not settings.stripe_api_base:
    from nestpay.sandbox.app import Sandbox, SandboxOptions, build_sandbox

    creem_secret = next(iter(settings.creem_webhook_secrets), None)
    sandbox: Sandbox | None = build_sandbox(
        SandboxOptions(
            database=settings.var_dir / "sandbox.sqlite",
            public_url=f"{settings.site_url}/sandbox",
            webhook_url=f"{settings.site_url}/api/webhooks/stripe",
            webhook_secret=settings.stripe_webhook_secrets[0].get_secret_value(),
            creem_webhook_url=f"{settings.site_url}/api/webhooks/creem" if creem_secret else None,
            creem_webhook_secret=creem_secret.get_secret_value() if creem_secret else None,
        )
    )
    api.mount("/sandbox", sandbox)
else:
    sandbox = None  # Stripe itself, or a sandbox that runs as a program of its own


@asynccontextmanager
async def running() -> AsyncIterator[None]:
    """Everything that lives as long as the server does."""
    house.claim_database()
    signals.connect(database_url=settings.database, redis_url=settings.redis_url)
    queue.connect(database_url=settings.database, redis_url=settings.redis_url, var_dir=settings.var_dir)
    async with AsyncExitStack() as stack:
        stack.callback(_stop)
        if sandbox is not None:
            await sandbox.start()
            stack.push_async_callback(sandbox.stop)
        if settings.mode == "sandbox":
            for task in (_stock_the_sandbox(), _follow_the_sandbox()):
                stack.callback(asyncio.create_task(task).cancel)
        if settings.embedded_worker:
            queue.consume_here()
        gc.freeze()  # what start-up made stays: the collector must not walk all of it in the middle of a request
        yield


def _stop() -> None:
    queue.disconnect()
    signals.disconnect()
    inbox.stop()
    credits.stop()


async def _stock_the_sandbox() -> None:
    """Make our products and prices at the sandbox, through its API, as soon as it answers: it may be this very server."""
    while True:
        try:
            await asyncio.to_thread(catalog.provision_prices)
        except NestpayError as error:
            log.debug("sandbox.not_stocked_yet", error=str(error))
            await asyncio.sleep(0.2)
        else:
            return


async def _follow_the_sandbox() -> None:
    """Keep billing's clock at the sandbox's, and do at once what its new time makes due."""
    address = f"{settings.stripe_base.removesuffix('/stripe')}/clock"
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            await asyncio.sleep(1)
            try:
                answer = await client.get(address)
                offset = float(answer.raise_for_status().json()["offset_seconds"])
            except httpx.HTTPError:
                continue  # it is not up yet, or going down
            if await asyncio.to_thread(clock.follow, offset):
                for name in ("inbox", "allowance", "holds"):
                    queue.enqueue(name)


app = rx.App(api_transformer=[api, fresh.FreshPages, front.front_door])
app.register_lifespan_task(running)
pages.add_all(app)
