"""Builds the sandbox as one ASGI app, to be mounted in another app or served alone."""

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from nestpay.sandbox import upkeep
from nestpay.sandbox.clock import Clock
from nestpay.sandbox.creem import events as creem_events
from nestpay.sandbox.creem.api import CreemApi
from nestpay.sandbox.creem.pages import checkout as creem_checkout
from nestpay.sandbox.creem.pages import controls as creem_controls
from nestpay.sandbox.creem.pages import desk as creem_desk
from nestpay.sandbox.creem.pages import portal as creem_portal
from nestpay.sandbox.deliveries import Courier
from nestpay.sandbox.documents import Store
from nestpay.sandbox.door import RAW_SEND
from nestpay.sandbox.pages import bank, checkout, controls, fault_page, front, invoice_page, papers, portal, time_page
from nestpay.sandbox.stripe.api import StripeApi
from nestpay.sandbox.stripe.events import upsert_endpoint
from nestpay.sandbox.travel import Traveller
from nestpay.sandbox.world import World

log = logging.getLogger("nestpay.sandbox")


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How a sandbox is set up.

    `database` is its own SQLite file; `public_url` the address under which browsers and clients reach it, no trailing
    slash; `webhook_url` and `webhook_secret` make sure of one webhook endpoint for all events of Stripe, and the same
    two with `creem_` of Creem's; `pauses` are the seconds between the tries of a delivery, on real time at Stripe and on
    the world's clock at Creem; `time_source` is the real time in seconds.
    """

    database: Path
    public_url: str
    webhook_url: str | None = None
    webhook_secret: str | None = None
    pauses: tuple[float, ...] = (1, 5, 30, 300, 3600)
    creem_webhook_url: str | None = None
    creem_webhook_secret: str | None = None
    creem_pauses: tuple[float, ...] = (30, 60, 300, 3600)
    time_source: Callable[[], float] = time.time


class Sandbox:
    """The ASGI app. Served alone it starts and stops itself; a host that mounts it calls `start` and `stop`.

    A host that forgets `start` gets a sandbox that starts with its first request.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        site = options.public_url.rstrip("/")
        self.world = World(Store(options.database), Clock(options.time_source), site)
        self.traveller = Traveller(self.world)
        self._hosts = {"localhost", "127.0.0.1", "::1", urlsplit(site).hostname}
        self._tasks: list[asyncio.Task[None]] = []
        self._starting = asyncio.Lock()
        stripe, creem = StripeApi(self.world), CreemApi(self.world)
        methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
        self._inner = Starlette(
            routes=[
                Route("/stripe/v1/{rest:path}", stripe, methods=methods),
                Route("/creem/v1/{rest:path}", creem, methods=methods),
                *creem_checkout.routes(self.world),
                *creem_controls.routes(self.world),
                *creem_desk.routes(self.world),
                *creem_portal.routes(self.world),
                *front.routes(self.world),
                *checkout.routes(self.world),
                *bank.routes(self.world),
                *controls.routes(self.world),
                *fault_page.routes(self.world),
                *invoice_page.routes(self.world),
                *papers.routes(self.world),
                *portal.routes(self.world),
                *time_page.routes(self.world, self.traveller),
            ]
        )

    async def start(self) -> None:
        """Open the database, make sure of the webhook endpoint, and start the background work. May be called twice."""
        async with self._starting:
            if self._tasks:
                return
            await self.world.store.run(self.world.clock.load)
            await self.world.board.load()
            options = self.options
            if url := options.webhook_url:
                await self.world.work(lambda books: upsert_endpoint(books, url, options.webhook_secret))
            if creem_url := options.creem_webhook_url:
                await self.world.work(
                    lambda books: creem_events.upsert_endpoint(books, creem_url, options.creem_webhook_secret)
                )
            courier = Courier(self.world, {"stripe": options.pauses, "creem": options.creem_pauses})
            self._tasks = [
                asyncio.create_task(_forever("deliveries", courier.run)),
                asyncio.create_task(_forever("upkeep", lambda: upkeep.run(self.world, self.traveller))),
            ]

    async def stop(self) -> None:
        """Stop the background work and close the database; what is still to be delivered waits in it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.world.store.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer loopback clients only."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        if scope["type"] == "http" and not self._is_local(scope):
            refusal = PlainTextResponse("The sandbox only answers this machine (loopback).", status_code=403)
            await refusal(scope, receive, send)
            return
        if not self._tasks:
            await self.start()
        await self._inner({**scope, RAW_SEND: send}, receive, send)

    def _is_local(self, scope: Scope) -> bool:
        """The client is on this machine and asked for it by a name of this machine (no rebound DNS name)."""
        client = scope.get("client")
        named = dict(scope["headers"]).get(b"host", b"localhost").decode("latin-1")
        host = urlsplit(f"//{named}").hostname
        try:
            return host in self._hosts and (client is None or ipaddress.ip_address(client[0]).is_loopback)
        except ValueError:
            return False

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.start()
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.stop()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _forever(name: str, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            log.exception("the sandbox's %s stumbled and goes on", name)
            await asyncio.sleep(1)


def build_sandbox(options: SandboxOptions) -> Sandbox:
    """The sandbox as an ASGI app; see `Sandbox` for how a host starts it."""
    return Sandbox(options)
