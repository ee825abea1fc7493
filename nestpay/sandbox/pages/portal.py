"""The billing portal's page: where a customer looks after plan, card and invoices; one address per step, plain forms."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages import portal_steps, portal_views
from nestpay.sandbox.pages.portal_steps import Outcome, Visit
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.pages.texts import tongue_of
from nestpay.sandbox.stripe.errors import StripeError
from nestpay.sandbox.stripe.portal import CONFIGURATION, SESSION, create_session
from nestpay.sandbox.stripe.routes import Call
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

FLOW_STEPS = {
    "customer_update": "details",
    "payment_method_update": "card",
    "subscription_cancel": "cancel",
    "subscription_update": "plan",
    "subscription_update_confirm": "confirm",
}


@dataclass(slots=True)
class Asked:
    """One request to the portal: which visit, which step, with what."""

    id: str
    step: str
    given: dict[str, str]
    accepted: str | None
    posted: bool = False
    outcome: Outcome = field(default_factory=Outcome)


def routes(world: World) -> list[Route]:
    """The portal's addresses."""
    portal = PortalPage(world)
    return [
        Route("/stripe/portal-sessions/{customer}", portal.enter, methods=["POST"]),
        Route("/stripe/portal/{id}", portal.show, methods=["GET"]),
        Route("/stripe/portal/{id}/{step}", portal.show, methods=["GET"]),
        Route("/stripe/portal/{id}/{step}", portal.post, methods=["POST"]),
    ]


class PortalPage:
    """Shows and serves portal sessions."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def enter(self, request: Request) -> Response:
        """POST from the front page: a portal session for a customer, that leads back there."""
        params = {"customer": request.path_params["customer"], "return_url": f"{self._world.site}/customers"}
        try:
            session = await self._world.work(
                lambda books: create_session(Call(books, (), params)), about=params["customer"]
            )
        except StripeError as error:
            return message(self._world.site, "That did not work", error.body["message"], error.status)
        return away(session["url"])

    async def show(self, request: Request) -> Response:
        """GET: one step of the portal, or its home."""
        asked = Asked(
            request.path_params["id"],
            request.path_params.get("step", ""),
            dict(request.query_params),
            request.headers.get("accept-language"),
        )
        return await self._page(asked)

    async def post(self, request: Request) -> Response:
        """POST: do a step."""
        form = read_form((await request.body()).decode("utf-8", "replace"))
        given = {name: value for name, value in form.items() if isinstance(value, str)}
        step = request.path_params["step"]
        asked = Asked(request.path_params["id"], step, given, request.headers.get("accept-language"), True)
        try:
            outcome = await self._world.work(lambda books: _act(books, asked), about=asked.id)
        except StripeError as error:
            outcome = Outcome(step=step if step in portal_views.VIEWS else "", notice=error.body["message"])
        if outcome.go:
            return away(outcome.go)
        asked.step, asked.outcome = (step if outcome.step is None else outcome.step), outcome
        return await self._page(asked)

    async def _page(self, asked: Asked) -> Response:
        site = self._world.site
        try:
            facts = await self._world.work(lambda books: _view(books, asked), about=asked.id)
        except StripeError as error:
            return message(site, "That did not work", error.body["message"], error.status)
        if facts is None:
            text = "This portal link does not exist any more. Go back to the shop and open it again."
            return message(site, "Nothing here", text, 404)
        if facts.get("go"):
            return away(facts["go"])
        return page(f"portal_{facts['step'] or 'home'}.html", site, **facts)


def visit_of(books: Books, asked: Asked) -> Visit | None:
    """The session behind the address with its customer and what its configuration allows, or None."""
    session = books.find(SESSION, asked.id)
    customer = books.find("customer", session["customer"]) if session else None
    if session is None or customer is None or customer.get("deleted"):
        return None
    configuration = books.find(CONFIGURATION, session["configuration"]) or {}
    locale = session["locale"] or next(iter(customer["preferred_locales"] or []), None)
    return Visit(
        session, customer, configuration, tongue_of(locale, asked.accepted), f"{books.site}/stripe/portal/{asked.id}"
    )


def _act(books: Books, asked: Asked) -> Outcome:
    visit = visit_of(books, asked)
    act = portal_steps.STEPS.get(asked.step)
    if visit is None or act is None:
        return Outcome(go=f"{books.site}/stripe/portal/{asked.id}")
    return act(books, visit, asked.given)


def _view(books: Books, asked: Asked) -> Document | None:
    visit = visit_of(books, asked)
    if visit is None:
        return None
    flow = visit.session["flow"]
    step, given = asked.step, asked.given
    if step == "" and flow and not books.inner(asked.id).get("done"):
        step = FLOW_STEPS.get(flow["type"], "")
        given = {**portal_views.flow_query(flow), **given}
    if step == "card-done":
        return {"go": portal_steps.keep_card(books, visit, given).go}
    view = portal_views.VIEWS.get(step)
    if view is None:
        return {"go": visit.base}
    shared = {
        "step": step,
        "visit": visit,
        "session": visit.session,
        "customer": visit.customer,
        "features": visit.features,
        "t": visit.tongue,
        "lang": visit.tongue.code,
        "base": visit.base,
        "flow": flow,
        "profile": visit.configuration["business_profile"],
        "errors": asked.outcome.errors,
        "notice": asked.outcome.notice,
        "given": given if asked.posted else {},
    }
    return {**shared, **view(books, visit, given)}
