"""The customer's own pages at Creem: what they subscribe to, the card that pays, and what was paid."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import cards, life, records, subscriptions
from nestpay.sandbox.creem.errors import CreemError, not_found
from nestpay.sandbox.creem.pages.checkout import BUTTONS
from nestpay.sandbox.creem.routes import Call
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.pages.texts import tongue_of
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

KEPT = ("success", "success-new", "decline", "decline-new", "fails-later")
DONE = {
    "cancel": "Your subscription has ended.",
    "resume": "Your subscription goes on.",
    "card": "Your card is saved.",
}


def routes(world: World) -> list[Route]:
    """The pages' address."""
    portal = PortalPage(world)
    return [
        Route("/creem/my-orders/login/{token}", portal.show, methods=["GET"]),
        Route("/creem/my-orders/login/{token}", portal.post, methods=["POST"]),
    ]


class PortalPage:
    """Shows a customer's things to whoever holds a fresh link."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: everything this customer has."""
        return await self._page(request)

    async def post(self, request: Request) -> Response:
        """POST: one of the buttons; then the page again."""
        token = request.path_params["token"]
        form = read_form((await request.body()).decode("utf-8", "replace"))
        try:
            done = await self._world.work(lambda books: act(books, token, form))
        except CreemError as error:
            return await self._page(request, notice=error.messages[0])
        return away(f"{self._world.site}/creem/my-orders/login/{token}?done={done}")

    async def _page(self, request: Request, notice: str | None = None) -> Response:
        token = request.path_params["token"]
        tongue = tongue_of(None, request.headers.get("accept-language"))
        facts = await self._world.work(lambda books: view(books, token))
        if facts is None:
            return message(
                self._world.site, "Nothing here", "This link is not valid any more. Ask the shop for a new one.", 404
            )
        done = DONE.get(request.query_params.get("done", ""))
        return page(
            "creem_portal.html", self._world.site, t=tongue, lang=tongue.code, notice=notice, done=done, **facts
        )


def visitor(books: Books, token: str) -> Document | None:
    """The customer behind a link that is still good, or None."""
    login = books.find(records.kind("login"), f"login_{token}")
    if login is None or login["until"] <= books.now:
        return None
    return records.find(books, "customer", login["customer"])


def act(books: Books, token: str, form: Document) -> str:
    """Do what the pressed button says; returns its name. Raises CreemError."""
    customer, do = visitor(books, token), str(form.get("do", ""))
    subscription = records.fetch(books, "subscription", str(form.get("subscription", "")))
    if customer is None or subscription["customer"] != customer["id"] or do not in DONE:
        raise not_found("Subscription")
    if do == "cancel":
        subscriptions.cancel(Call(books, (subscription["id"],), {"mode": "immediate"}))
    elif do == "resume":
        subscriptions.resume(Call(books, (subscription["id"],), {}))
    else:
        card = cards.by_number(str(form.get("number", "")))
        if card is None or (card.refusal and not card.later):
            raise CreemError(400, card.refusal if card and card.refusal else "Choose a test card above.")
        life.keep_card(books, subscription, card)
    return do


def view(books: Books, token: str) -> Document | None:
    """What the page shows, or None when the link is not good any more."""
    customer = visitor(books, token)
    if customer is None:
        return None
    own = ("json_extract(body, '$.customer') = ?", (customer["id"],))
    found = [records.shown(books, one) for one in records.select(books, "subscription", *own)]
    return {
        "customer": customer,
        "here": f"{books.site}/creem/my-orders/login/{token}",
        "subscriptions": [_line(books, one) for one in found],
        "payments": [{**one, "day": one["created_at"] // 1000} for one in records.select(books, "transaction", *own)],
        "buttons": {name: BUTTONS[name] for name in KEPT},
    }


def _line(books: Books, subscription: Document) -> Document:
    inner = books.inner(subscription["id"])
    return {
        **subscription,
        "price": inner["unit"] * subscription["items"][0]["units"],
        "end": inner["end"],
        "last4": (inner["card"] or "")[-4:],
    }
