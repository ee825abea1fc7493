"""The house without its pages: ties settings, database, providers, jobs and routes together, and knows the sandbox."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import structlog
from fastapi import FastAPI

from nestpay import queue, signals
from nestpay.api.app import build_api
from nestpay.billing import catalog, clock, credits, extensions, house, inbox
from nestpay.domain.errors import NestpayError
from nestpay.jobs import schedule  # noqa: F401  importing it registers the jobs
from nestpay.providers import registry
from nestpay.settings import Settings, get_settings
from nestpay.store import session

if TYPE_CHECKING:
    from nestpay.sandbox.app import Sandbox

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Service:
    """Everything but the pages: `api` answers requests while `running` lasts."""

    settings: Settings
    api: FastAPI
    sandbox: "Sandbox | None"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything that lives as long as the server does."""
        settings = self.settings
        house.claim_database()
        signals.connect(database_url=settings.database, redis_url=settings.redis_url)
        queue.connect(database_url=settings.database, redis_url=settings.redis_url, var_dir=settings.var_dir)
        async with AsyncExitStack() as stack:
            stack.callback(_stop)
            if self.sandbox is not None:
                await self.sandbox.start()
                stack.push_async_callback(self.sandbox.stop)
            if settings.mode == "sandbox":
                for task in (_stock_the_sandbox(), _follow_the_sandbox(settings)):
                    stack.callback(asyncio.create_task(task).cancel)
            if settings.embedded_worker:
                queue.consume_here()
            gc.freeze()  # what start-up made stays: the collector must not walk all of it in the middle of a request
            yield


def build() -> Service:
    """Wire this process up as the settings say. Raises DangerousSettings."""
    settings = get_settings()
    session.connect(settings.database)
    registry.switch_on(settings)
    extensions.load()
    api = build_api()
    sandbox = _sandbox(settings)
    if sandbox is not None:
        api.mount("/sandbox", sandbox)
    return Service(settings, api, sandbox)


def _sandbox(settings: Settings) -> "Sandbox | None":
    """A pretend payment company inside this process; None for a real one, or a sandbox that is a program of its own."""
    if settings.mode != "sandbox" or settings.stripe_api_base:
        return None
    from nestpay.sandbox.app import SandboxOptions, build_sandbox

    creem_secret = next(iter(settings.creem_webhook_secrets), None)
    return build_sandbox(
        SandboxOptions(
            database=settings.var_dir / "sandbox.sqlite",
            public_url=f"{settings.site_url}/sandbox",
            webhook_url=f"{settings.site_url}/api/webhooks/stripe",
            webhook_secret=settings.stripe_webhook_secrets[0].get_secret_value(),
            creem_webhook_url=f"{settings.site_url}/api/webhooks/creem" if creem_secret else None,
            creem_webhook_secret=creem_secret.get_secret_value() if creem_secret else None,
        )
    )


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


async def _follow_the_sandbox(settings: Settings) -> None:
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
