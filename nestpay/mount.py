"""Puts nestpay into an app that is there already: its routes, jobs and pages, and the app's own users as customers."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI

from nestpay import service
from nestpay.api import errors
from nestpay.billing import identity
from nestpay.billing.identity import Identity, Person
from nestpay.launch.machine import ROOT, prepare_environment
from nestpay.service import Service
from nestpay.settings import DangerousSettings

if TYPE_CHECKING:
    from reflex import App

__all__ = ["Identity", "Person", "into_fastapi", "into_reflex"]


def into_fastapi(app: FastAPI, *, users: Identity | None = None) -> FastAPI:
    """Answer with nestpay what none of the app's own routes answers, and run its jobs while the app runs.

    `users` says who is there; without it nestpay keeps accounts of its own. The app's own routes may raise our errors,
    too. The database must be migrated before (`python -m nestpay migrate`). Reflex is never loaded. Raises
    DangerousSettings.
    """
    house = _house(users)
    own_lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(running: Any) -> AsyncIterator[Any]:
        async with own_lifespan(running) as state, house.running():
            yield state

    app.router.lifespan_context = lifespan
    app.router.default = house.api
    errors.install_ours(app)
    return app


def into_reflex(
    app: "App",
    *,
    users: Identity | None = None,
    instead: Mapping[str, str] | None = None,
    name: str = "",
    frame: Callable[[Any], Any] | None = None,
) -> "App":
    """Give a Reflex app nestpay's pages beside its own, its routes, and its jobs while the app runs.

    `users` says who is there; without it nestpay keeps accounts of its own. `instead` names pages of the app that
    stand in for ours, by our path: `{"/sign-in": "/login", "/sign-out": "/logout", "/dashboard": "/home"}`; an empty
    address leaves ours out. The app's own `/` always stays, and "/sign-in" must be among them with `users`. `name` is
    what bars and titles call the site (default: the app's), `frame` draws what is around our public pages (default: a
    bar and a footer of ours). The database must be migrated and seeded before.

    Raises ValueError for what does not fit together, when the pages are built also for an address that both want, and
    DangerousSettings.
    """
    from reflex.config import get_config

    from nestpay.web import fresh, front, host, pages, plugin, session

    house = _house(users)
    config = get_config()
    if house.settings.mode == "live" and "*" in config.cors_allowed_origins:
        raise DangerousSettings(
            f'Other sites could read: cors_allowed_origins=["{house.settings.origin}"] in rxconfig.py'
        )
    pages.add_extensions()
    name = name or config.app_name.replace("_", " ").title()
    host.use(host.Host(name, users is not None, instead or {}, frame))
    plugin.give_words(config.plugins)
    config.plugins.append(plugin.NestpayPlugin(ROOT / "assets"))
    app.api_transformer = [house.api, fresh.FreshPages, front.own_pages_door, *_several(app.api_transformer)]
    app.register_lifespan_task(house.running)
    app.backend_exception_handler = plugin.say_ours_before(app.backend_exception_handler)
    app.add_middleware(session.StrangerGuard(("nestpay", *house.settings.extensions)))
    return app


def app_of_this_folder() -> Any:
    """The Reflex project in the working directory as an ASGI app, as `python -m nestpay run` serves it there."""
    from reflex.utils.prerequisites import get_and_validate_app

    return get_and_validate_app().app()


def _house(users: Identity | None) -> Service:
    prepare_environment()
    identity.use(users)
    return service.build()


def _several(transformers: Any) -> list[Any]:
    if transformers is None:
        return []
    return list(transformers) if isinstance(transformers, list | tuple) else [transformers]
