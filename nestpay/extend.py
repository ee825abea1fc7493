"""The one import for developers: what a package named in EXTENSIONS uses to add pages, routes, gates, prices, reactions.

Importing this loads no page: `page` and `slot` bring Reflex in when they are called, which only `pages.py` of a package
does, and only the web process imports that.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Literal, TypeVar

from anyio import to_thread
from fastapi import APIRouter, Depends, Request

from nestpay import queue
from nestpay.api.session import SignedIn, signed_in
from nestpay.billing import acting, deliveries, gates, identity, metering, own_mails, reactions
from nestpay.billing.accounts import CurrentUser
from nestpay.billing.acting import acting_as, current_user
from nestpay.billing.deliveries import Delivery as Benefit
from nestpay.billing.deliveries import Parcel
from nestpay.billing.gates import Gate
from nestpay.domain.errors import SignInRequired
from nestpay.domain.facts import Fact
from nestpay.providers import registry
from nestpay.providers.base import PaymentProvider

__all__ = [
    "Benefit",
    "CurrentUser",
    "Parcel",
    "PaymentProvider",
    "SignedIn",
    "acting_as",
    "benefit",
    "current_user",
    "job",
    "mail",
    "meter",
    "on",
    "page",
    "register",
    "requires",
    "routes",
    "slot",
    "visitor",
]

Function = TypeVar("Function", bound=Callable[..., Any])
Audience = Literal["public", "customer", "admin"]

job = queue.job
"""`@extend.job("name", every_minute=True)`: a job of your own, run by the same workers as ours."""

mail = own_mails.send
"""`extend.mail("lab.welcome", user_id, key="…", credits=40)`: one of your package's mails, through our outbox."""


def page(
    route: str,
    title: str,
    *,
    about: str = "",
    audience: Audience = "customer",
    requires: "Requirement | None" = None,
    menu: str = "",
    icon: str = "spark",
    load: tuple[Any, ...] = (),
    live: Any = None,
) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Make the decorated function the page at `route`, in our frame, in every language and for one `audience`.

    `title`, `about` and `menu` are texts, or keys of texts in the package's `i18n/`; with `menu` the page stands in the
    side bar. `requires` closes the page to whom its gate does not open: they see the offer instead. `load` are handlers
    called when it opens, `live` one that is called when something of the visitor changed.
    """
    from nestpay.web import frames, i18n, register, shell
    from nestpay.web.admin.frame import admin
    from nestpay.web.gate import GateState, gated

    name = "extension_" + route.strip("/").replace("/", "_").replace("-", "_")
    for key, text in ((f"meta.{name}.title", title), (f"meta.{name}.about", about or title), (f"nav.{name}", menu)):
        i18n.add_text(key, text)
    if menu:
        register.menu.append(register.MenuEntry(route, icon, f"nav.{name}", audience))
    frame = {"public": frames.public, "customer": frames.customer, "admin": admin}[audience]

    def decorate(draw: Callable[[], Any]) -> Callable[[], Any]:
        shown, loads = draw, load
        if requires is not None:
            register.gates[route] = requires.gate
            shown, loads = gated(draw), (GateState.look, *load)
        shell.page(route, f"meta.{name}", frame=frame, audience=audience, load=loads, live=live)(shown)
        return draw

    return decorate


def slot(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Draw the decorated function's component in a slot of ours: `<page>.above` or `<page>.below`, as in `overview.below`.

    A name that is on no page is refused when the pages are built, with all the names that there are.
    """

    def decorate(draw: Callable[[], Any]) -> Callable[[], Any]:
        from nestpay.web import slots

        slots.fill(name, draw)
        return draw

    return decorate


def routes(router: APIRouter) -> APIRouter:
    """Answer the routes of a FastAPI router of your own, beside ours and with our errors; `/api/docs` lists them too.

    A path that is ours stays ours. A route learns who asks by `user: CurrentUser = gate.user` or `user: SignedIn`: by the
    session cookie, refusing a change that another site asks for.
    """
    from nestpay.api import app

    if router not in app.added:
        app.added.append(router)
    return router


async def visitor(of: Any) -> CurrentUser | None:
    """Who looks at a State's tab (`await extend.visitor(self)`) or sent a FastAPI request; None for nobody.

    For handlers and routes that are open to everybody; the others have a gate. Raises EmailTaken for somebody of a host
    app whose address another account has.
    """
    if isinstance(of, Request):
        return await to_thread.run_sync(identity.visitor, of.cookies)
    from nestpay.web.session import visitor_of

    return await visitor_of(of)


def on(kind: type[Fact], *, name: str = "") -> Callable[[Function], Function]:
    """Call the decorated function with each fact of this kind (`nestpay.domain.facts`) that changed something.

    It gets the fact and the id of the user whom it changed (None when nobody is concerned), after the commit, on a
    worker, again and again until it does not raise: so it must be safe to repeat. `name` is what its rows are filed
    under; the default is the function's own.
    """

    def decorate(listener: Function) -> Function:
        reactions.listen(kind, name or f"{listener.__module__}.{listener.__qualname__}", listener)
        return listener

    return decorate


class Requirement:
    """A gate that decorates functions and State handlers, closes pages and guards routes. It fails closed."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.user = Depends(self._of_request)
        """For a FastAPI route: `user: CurrentUser = gate.user`."""

    def check(self, user: CurrentUser | None = None) -> CurrentUser:
        """The user (default: the current one), if the gate opens. Raises SignInRequired, NotIncluded."""
        return gates.check(self.gate, user or current_user())

    def __call__(self, function: Function) -> Function:
        """Let the function run only for a current user for whom the gate opens."""
        if inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def steps(*args: Any, **kwargs: Any) -> Any:
                await self._admit(args)
                async for step in function(*args, **kwargs):
                    yield step

            return steps  # pyright: ignore[reportReturnType]
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call(*args: Any, **kwargs: Any) -> Any:
                await self._admit(args)
                return await function(*args, **kwargs)

            return call  # pyright: ignore[reportReturnType]

        @functools.wraps(function)
        def call_at_once(*args: Any, **kwargs: Any) -> Any:
            self.check()
            return function(*args, **kwargs)

        return call_at_once  # pyright: ignore[reportReturnType]

    async def _admit(self, args: tuple[Any, ...]) -> None:
        """Check the current user, or in a State's handler the visitor of its tab."""
        state = args[0] if args and hasattr(args[0], "router") else None
        user = current_user()
        if state is not None:
            from nestpay.web.session import visitor_of

            user = await visitor_of(state)
        if user is None:
            raise SignInRequired
        acting.begin(await to_thread.run_sync(gates.check, self.gate, user))

    async def _of_request(self, request: Request) -> CurrentUser:
        user = await signed_in(request)
        return await to_thread.run_sync(gates.check, self.gate, user)


def requires(*, plan: str | tuple[str, ...] = (), entitlement: str = "", purchase: str = "") -> Requirement:
    """A gate that any one of these opens: a plan (or one of several) by key, an entitlement or limit, a plan bought once.

    Use it as a decorator of functions and State handlers, as `requires=` of a page, and on FastAPI routes as
    `user: CurrentUser = gate.user`. Raises ValueError when nothing could ever open it.
    """
    plans = (plan,) if isinstance(plan, str) else plan
    return Requirement(Gate(plans=plans, entitlement=entitlement, purchase=purchase))


def meter(
    *, credits: int | str | Callable[..., int], key: str | Callable[..., str], feature: str = ""
) -> Callable[[Function], Function]:
    """Let each call of the decorated function cost the current user credits, which come back when it raises.

    `credits` is a number, the name of a feature with a price (FEATURE_COSTS or the plan's own), or a function of the
    call's arguments. `key` names the intent, so that a repeated call is paid once: the name of an argument, or a
    function of the arguments. Raises SignInRequired for nobody, NotEnoughCredits (an API answers it with 402 and the
    offer), Conflict while the same call is running.
    """

    def decorate(function: Function) -> Function:
        signature = inspect.signature(function)

        def begin(*args: Any, **kwargs: Any) -> metering.Running:
            user = current_user()
            if user is None:
                raise SignInRequired
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            intent = str(bound.arguments[key]) if isinstance(key, str) else key(*bound.args, **bound.kwargs)
            cost = credits(*bound.args, **bound.kwargs) if callable(credits) else credits
            amount = metering.cost_of(user.id, cost) if isinstance(cost, str) else cost
            name = feature or (credits if isinstance(credits, str) else function.__qualname__)
            return metering.begin(user.id, amount, key=f"{name}:{intent}", feature=name)

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call(*args: Any, **kwargs: Any) -> Any:
                running = await to_thread.run_sync(lambda: begin(*args, **kwargs))
                try:
                    result = await function(*args, **kwargs)
                except BaseException:  # whoever is cancelled or interrupted does not pay either
                    await to_thread.run_sync(metering.give_back, running)
                    raise
                await to_thread.run_sync(metering.finish, running)
                return result

            return call  # pyright: ignore[reportReturnType]

        @functools.wraps(function)
        def call_at_once(*args: Any, **kwargs: Any) -> Any:
            running = begin(*args, **kwargs)
            try:
                result = function(*args, **kwargs)
            except BaseException:  # likewise
                metering.give_back(running)
                raise
            metering.finish(running)
            return result

        return call_at_once  # pyright: ignore[reportReturnType]

    return decorate


def benefit(own: Benefit) -> Benefit:
    """Let plans and products hand over something of your own: name it among the deliveries of their benefits.

    A worker calls `carry_out` when an order, or a subscription's first invoice, is paid, and `take_back` when the money
    went back or the subscription ended; what fails is tried again and shown to the admin. Renewals are heard with
    `on(InvoicePaid)`.
    """
    deliveries.register(own)
    return own


def register(provider: PaymentProvider) -> PaymentProvider:
    """Switch a payment provider of your own on. Its name is what prices say in their field `provider`."""
    registry.register(provider)
    return provider
