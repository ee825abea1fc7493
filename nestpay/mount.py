"""Puts nestpay into a FastAPI app that is there already: its routes, its jobs, and the app's own users as customers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from nestpay import service
from nestpay.billing import identity
from nestpay.billing.identity import Identity, Person

__all__ = ["Identity", "Person", "into_fastapi"]


def into_fastapi(app: FastAPI, *, users: Identity | None = None) -> FastAPI:
    """Answer with nestpay what none of the app's own routes answers, and run its jobs while the app runs.

    `users` says who is there; without it nestpay keeps accounts of its own. The database must be migrated before
    (`python -m nestpay migrate`). Reflex is never loaded. Raises DangerousSettings.
    """
    identity.use(users)
    house = service.build()
    own_lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: Any) -> AsyncIterator[Any]:
        async with own_lifespan(running) as state, house.running():
            yield state

    app.router.lifespan_context = lifespan
    app.router.default = house.api
    return app
