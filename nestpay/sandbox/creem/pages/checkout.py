"""Creem's checkout page: shows what is bought and carries the customer's card to the till."""

from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox import tax
from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import cards, checkouts, discounts, products, records, redirect, till
from nestpay.sandbox.creem.errors import CreemError
from nestpay.sandbox.creem.till import Details
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.pages.texts import tongue_of
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

BUTTONS = {
    "success": ("Success", "4242 4242 4242 4242"),
    "success-new": ("Success", "4111 1111 1111 1111"),
    "decline": ("Declined", "4000 0000 0000 0002"),
    "decline-new": ("Declined", "4507 9900 0000 0028"),
    "insufficient": ("Insufficient funds", "4000 0000 0000 9995"),
    "insufficient-new": ("Insufficient funds", "4507 9900 0000 0010"),
    "cvc": ("Wrong security code", "4000 0000 0000 0127"),
    "cvc-new": ("Wrong security code", "4507 9900 0000 0044"),
    "expired": ("Expired card", "4000 0000 0000 0069"),
    "fails-later": ("Fails later", "4000 0000 0000 0341"),
    "dispute": ("Disputed", "4000 0000 0000 0259"),
}
FIELDS = ("email", "name", "country", "number")


@dataclass(slots=True)
class Outcome:
    """What a posted form led to: a place to go to, or the page again with what is wrong."""

    go: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notice: str | None = None
    details: Details | None = None


def routes(world: World) -> list[Route]:
    """The page's addresses."""
    desk = CheckoutPage(world)
    return [
        Route("/creem/checkout/{product}/{id}", desk.show, methods=["GET"]),
        Route("/creem/checkout/{product}/{id}", desk.post, methods=["POST"]),
        Route("/creem/payment/{product}", desk.start, methods=["GET"]),
    ]


class CheckoutPage:
    """Shows and serves checkouts."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: the form while the checkout is open, else what became of it."""
        return await self._page(request, Outcome())

    async def post(self, request: Request) -> Response:
        """POST: one of the form's buttons was pressed."""
        checkout_id = request.path_params["id"]
        form = read_form((await request.body()).decode("utf-8", "replace"))
        try:
            outcome = await self._world.work(lambda books: act(books, checkout_id, form))
        except CreemError as error:
            outcome = Outcome(errors={"code": error.messages[0]}, details=details_of(form))
        return away(outcome.go) if outcome.go else await self._page(request, outcome)

    async def start(self, request: Request) -> Response:
        """GET: the product's own address opens a fresh checkout."""
        product = request.path_params["product"]
        try:
            made = await self._world.work(
                lambda books: checkouts.create(checkouts.Call(books, (), {"product_id": product}))
            )
        except CreemError as error:
            return message(self._world.site, "Nothing here", error.messages[0], error.status)
        return away(made["checkout_url"])

    async def _page(self, request: Request, outcome: Outcome) -> Response:
        checkout_id, site = request.path_params["id"], self._world.site
        facts = await self._world.work(lambda books: view(books, checkout_id, outcome))
        if facts is None:
            return message(
                site, "Nothing here", "This checkout does not exist. Go back to the shop and start again.", 404
            )
        tongue = tongue_of(None, request.headers.get("accept-language"))
        name = "creem_checkout.html" if facts["checkout"]["status"] == "pending" else "creem_closed.html"
        return page(name, site, t=tongue, lang=tongue.code, **facts)


def details_of(form: Document) -> Details:
    """The posted form; unknown fields are left alone."""
    texts = {name: str(form.get(name, "")).strip() for name in FIELDS}
    values = form.get("custom")
    return Details(**texts, values={k: str(v) for k, v in values.items()} if isinstance(values, dict) else {})


def act(books: Books, id: str, form: Document) -> Outcome:
    """Do what the pressed button says. A checkout that is no longer open leads on to where it ended."""
    checkout = records.find(books, "checkout", id)
    if checkout is None or checkout["status"] != "pending":
        return Outcome(go=after(books, checkout) if checkout else f"{books.site}/creem/")
    details, do = details_of(form), str(form.get("do", "pay"))
    if do == "pay":
        return pay(books, checkout, details)
    draft = {name: getattr(details, name) for name in FIELDS} | {"values": details.values}
    button = BUTTONS.get(do.removeprefix("card-"))
    if button:
        draft["number"] = button[1]
    books.remember(id, draft=draft, refusal=None)
    if do == "code-apply":
        product = products.of(books, checkout)
        discount = discounts.redeemable(books, str(form.get("code", "")), product)
        books.remember(id, discount=discount["id"])
        records.change(books, checkout, discount=discounts.summary(discount))
    elif do == "code-remove":
        books.remember(id, discount=None)
        books.save({name: value for name, value in checkout.items() if name != "discount"})
    return Outcome(go=checkout["checkout_url"])


def pay(books: Books, checkout: Document, details: Details) -> Outcome:
    """Check the form and try to pay; says where the customer goes next."""
    details.email = known_email(books, checkout) or details.email
    errors = faults(books, checkout, details)
    if errors:
        return Outcome(errors=errors, details=details)
    refusal = till.submit(books, checkout, details)
    if refusal:
        return Outcome(notice=refusal, details=details)
    return Outcome(go=after(books, records.fetch(books, "checkout", checkout["id"])))


def faults(books: Books, checkout: Document, details: Details) -> dict[str, str]:
    """What is missing or wrong in the form, by field."""
    found: dict[str, str] = {}
    if "@" not in details.email:
        found["email"] = "Enter an e-mail address."
    if asks_card(books, checkout, details.country) and cards.by_number(details.number) is None:
        empty = not details.number.strip()
        found["number"] = (
            "Choose a test card above." if empty else "That is not a test card. Real cards are never accepted here."
        )
    for custom in checkout["custom_fields"]:
        if not custom["optional"] and not details.values.get(custom["key"]):
            found[f"custom[{custom['key']}]"] = "This field is needed."
    return found


def asks_card(books: Books, checkout: Document, country: str | None) -> bool:
    """Whether a card is needed: for money now, or for what comes later."""
    recurring = products.of(books, checkout)["billing_type"] == "recurring"
    return recurring or till.due(books, checkout, country or None).total > 0


def known_email(books: Books, checkout: Document) -> str | None:
    """The e-mail address that the shop gave, if it gave one."""
    customer = records.find(books, "customer", checkout.get("customer"))
    return customer["email"] if customer else books.inner(checkout["id"]).get("email")


def after(books: Books, checkout: Document) -> str:
    """Where a customer goes when the checkout is over."""
    url = checkout["success_url"] or products.of(books, checkout).get("default_success_url")
    if checkout["status"] == "completed" and url:
        return redirect.address(books, checkout, url)
    return checkout["checkout_url"]


def view(books: Books, id: str, outcome: Outcome) -> Document | None:
    """Everything the page shows, or None for an unknown checkout."""
    checkout = records.find(books, "checkout", id)
    if checkout is None:
        return None
    inner, product = books.inner(id), products.of(books, checkout)
    draft: Document = {"values": {}, **(inner.get("draft") or {})}
    if outcome.details:
        draft |= {name: getattr(outcome.details, name) for name in FIELDS} | {"values": outcome.details.values}
    customer = records.find(books, "customer", checkout.get("customer")) or {}
    country = draft.get("country") or customer.get("country") or ""
    return {
        "checkout": checkout,
        "product": product,
        "rhythm": products.rhythm(product) if product["billing_type"] == "recurring" else None,
        "trial": products.trial_days(product),
        "full": checkouts.unit_price(checkout, product) * checkout["units"],
        "owed": till.due(books, checkout, country or None),
        "rate": tax.rate_for(country or None),
        "draft": {**draft, "name": draft.get("name") or inner.get("name") or customer.get("name") or ""},
        "country": country,
        "countries": tax.COUNTRIES,
        "asks_card": asks_card(books, checkout, country),
        "known_email": known_email(books, checkout),
        "buttons": BUTTONS,
        "errors": outcome.errors,
        "notice": outcome.notice,
        "onward": after(books, checkout) if checkout["status"] == "completed" else None,
        "again": product["product_url"],
    }
