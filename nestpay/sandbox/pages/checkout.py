"""The hosted checkout page: shows a session and carries what the customer does on it to the till."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nestpay.sandbox import tax
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.card_buttons import PAY as BUTTONS
from nestpay.sandbox.pages.render import away, message, page
from nestpay.sandbox.pages.texts import tongue_of
from nestpay.sandbox.stripe import cards, checkout_bill, checkout_flow, checkout_recovery, discounts, settlement
from nestpay.sandbox.stripe.checkout_flow import OPEN_FIELDS, Details
from nestpay.sandbox.stripe.errors import StripeError
from nestpay.sandbox.stripe.wire import read_form
from nestpay.sandbox.world import World

ADDRESS = {"line1": "Enter your address.", "city": "Enter your city.", "postal_code": "Enter your postal code."}


@dataclass(slots=True)
class Outcome:
    """What a posted form led to: a place to go to, or the page again with what is wrong."""

    go: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notice: str | None = None
    details: Details | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """The form as the browser sent it."""

    do: str
    details: Details
    code: str
    form: Mapping[str, Any]


def routes(world: World) -> list[Route]:
    """The page's addresses."""
    desk = CheckoutPage(world)
    return [
        Route("/stripe/checkout/{id}", desk.show, methods=["GET"]),
        Route("/stripe/checkout/{id}", desk.post, methods=["POST"]),
        Route("/stripe/recover/{id}", desk.recover, methods=["GET"]),
    ]


class CheckoutPage:
    """Shows and serves checkout sessions."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def show(self, request: Request) -> Response:
        """GET: the form while the session is open, else what became of it."""
        return await self._page(request, Outcome())

    async def post(self, request: Request) -> Response:
        """POST: one of the form's buttons was pressed."""
        session_id = request.path_params["id"]
        posted = read((await request.body()).decode("utf-8", "replace"))
        try:
            outcome = await self._world.work(lambda books: act(books, session_id, posted), about=session_id)
        except StripeError as error:
            outcome = Outcome(notice=error.body["message"], details=posted.details)
        if outcome.go:
            return away(outcome.go)
        return await self._page(request, outcome)

    async def recover(self, request: Request) -> Response:
        """GET: an expired session comes back as a new one, as long as that was offered."""
        old = request.path_params["id"]
        session = await self._world.work(lambda books: checkout_recovery.recover(books, old), about=old)
        if session is None:
            text = "This offer is over. Go back to the shop and start again."
            return message(self._world.site, "Nothing here", text, 404)
        return away(session["url"])

    async def _page(self, request: Request, outcome: Outcome) -> Response:
        session_id = request.path_params["id"]
        facts = await self._world.work(lambda books: view(books, session_id, outcome), about=session_id)
        site = self._world.site
        if facts is None:
            return message(
                site, "Nothing here", "This checkout does not exist. Go back to the shop and start again.", 404
            )
        tongue = tongue_of(facts["session"]["locale"], request.headers.get("accept-language"))
        name = "checkout.html" if facts["session"]["status"] == "open" else "checkout_closed.html"
        return page(name, site, t=tongue, lang=tongue.code, **facts)


def read(body: str) -> Posted:
    """The posted form; unknown fields are left alone."""
    form = read_form(body)
    texts = {name: str(form.get(name, "")).strip() for name in OPEN_FIELDS}
    values = form.get("custom")
    details = Details(**texts, terms="terms" in form, values=values if isinstance(values, dict) else {})
    return Posted(str(form.get("do", "pay")), details, str(form.get("code", "")), form)


def act(books: Books, id: str, posted: Posted) -> Outcome:
    """Do what the pressed button says. A session that is no longer open leads on to where it ended."""
    session = books.find("checkout.session", id)
    if session is None or session["status"] != "open":
        return Outcome(go=after(books, session) if session else f"{books.site}/stripe/checkout/{id}")
    here = Outcome(go=f"{books.site}/stripe/checkout/{id}")
    if posted.do == "pay":
        return pay(books, session, posted.details)
    keep_draft(books, session, posted.details)
    if posted.do.startswith("card-"):
        number = BUTTONS[posted.do.removeprefix("card-")][1] if posted.do.removeprefix("card-") in BUTTONS else ""
        keep_draft(books, session, Details(number=number))
    elif posted.do == "promo-apply":
        return apply_code(books, session, posted, here)
    elif posted.do == "promo-remove":
        checkout_flow.remove_code(books, session)
    elif posted.do == "update" and posted.details.country:
        checkout_flow.set_country(books, session, posted.details.country)
    return here


def apply_code(books: Books, session: Document, posted: Posted, here: Outcome) -> Outcome:
    """Try the code that was typed; a refusal is shown beside the box."""
    if not session["allow_promotion_codes"]:
        return here
    books.connection.execute("savepoint code")
    try:
        checkout_flow.apply_code(books, session, posted.code)
    except discounts.Refused as refused:
        books.connection.execute("rollback to code")
        return Outcome(errors={"code": str(refused)}, details=Details(values={"code": posted.code}))
    return here


def keep_draft(books: Books, session: Document, details: Details) -> None:
    """Remember what is filled in so far, so that no button loses it."""
    draft = dict(books.inner(session["id"]).get("draft") or {})
    draft |= {name: getattr(details, name) for name in OPEN_FIELDS if getattr(details, name)}
    draft |= {
        "terms": details.terms or draft.get("terms", False),
        "values": {**draft.get("values", {}), **details.values},
    }
    books.remember(session["id"], draft=draft)


def pay(books: Books, session: Document, details: Details) -> Outcome:
    """Check the form and try to pay; says where the customer goes next."""
    errors = faults(books, session, details)
    if errors:
        return Outcome(errors=errors, details=details)
    if details.country:
        session = checkout_flow.set_country(books, session, details.country)
    intent = checkout_flow.submit(books, session, details)
    if intent is not None:
        settlement.follow(books, intent)
        if intent["status"] == "requires_action":
            return Outcome(go=f"{books.site}/stripe/authenticate/{intent['id']}")
        if intent["status"] == "requires_payment_method":
            return Outcome(go=f"{books.site}/stripe/checkout/{session['id']}")
    return Outcome(go=after(books, books.find("checkout.session", session["id"]) or session))


def faults(books: Books, session: Document, details: Details) -> dict[str, str]:
    """What is missing or wrong in the form, by field."""
    found: dict[str, str] = {}
    if not known_email(session) and "@" not in details.email:
        found["email"] = "Enter an e-mail address."
    if checkout_flow.needs_payment_method(session) and cards.by_number(details.number) is None:
        empty = not details.number.strip()
        found["number"] = (
            "Choose a test card above." if empty else "That is not a test card. Real cards are never accepted here."
        )
    if session["automatic_tax"]["enabled"] and details.country not in tax.COUNTRIES:
        found["country"] = "Choose your country, so that tax can be reckoned."
    asked = {
        "terms": (asks_terms(session), "Agree to the terms of service to go on."),
        "phone": (session["phone_number_collection"]["enabled"], "Enter a phone number."),
        **{name: (session["billing_address_collection"] == "required", text) for name, text in ADDRESS.items()},
    }
    found |= {name: text for name, (needed, text) in asked.items() if needed and not getattr(details, name)}
    for custom in session["custom_fields"]:
        if not custom["optional"] and not details.values.get(custom["key"]):
            found[f"custom[{custom['key']}]"] = "This field is needed."
    return found


def known_email(session: Document) -> str | None:
    """The e-mail address that is settled before the page opens, if there is one."""
    return (session["customer_details"] or {}).get("email")


def asks_terms(session: Document) -> bool:
    """Whether the terms of service must be agreed to."""
    return (session["consent_collection"] or {}).get("terms_of_service") == "required"


def after(books: Books, session: Document) -> str:
    """Where a customer goes when the session is not open any more."""
    url = session["success_url"] or session["return_url"]
    if session["status"] == "complete" and url:
        return url.replace("{CHECKOUT_SESSION_ID}", session["id"])
    return f"{books.site}/stripe/checkout/{session['id']}"


def view(books: Books, id: str, outcome: Outcome) -> Document | None:
    """Everything the page shows, or None for an unknown session."""
    session = books.find("checkout.session", id)
    if session is None:
        return None
    inner = books.inner(id)
    draft = {**(inner.get("draft") or {}), **_filled(outcome)}
    code = books.find("promotion_code", inner["promotion_code"]) if inner.get("promotion_code") else None
    coupon = books.find("coupon", inner["coupon"]) if inner.get("coupon") else None
    attempt = inner.get("attempt") or {}
    intent = books.find_any(
        attempt.get("payment_intent") or attempt.get("setup_intent") or _invoice_intent(books, attempt) or ""
    )
    return {
        "session": session,
        "lines": lines(books, session),
        "draft": draft,
        "code": code,
        "coupon": coupon,
        "can_remove": bool(session["allow_promotion_codes"]),
        "country": draft.get("country") or inner.get("country") or "",
        "countries": tax.COUNTRIES,
        "rate": checkout_bill.rate_of(books, session) if session["mode"] != "setup" else None,
        "trial_end": checkout_bill.trial_end(books, session) if session["mode"] == "subscription" else None,
        "asks_card": checkout_flow.needs_payment_method(session),
        "asks_terms": asks_terms(session),
        "known_email": known_email(session),
        "buttons": BUTTONS,
        "errors": outcome.errors,
        "notice": outcome.notice,
        "refusal": last_error(intent) if not outcome.errors else None,
        "intent": intent,
        "onward": after(books, session) if session["status"] == "complete" else session["cancel_url"],
        "shop": session["branding_settings"]["display_name"],
        "again": ((session["after_expiration"] or {}).get("recovery") or {}).get("url"),
    }


def _filled(outcome: Outcome) -> Document:
    if outcome.details is None:
        return {}
    given = {name: getattr(outcome.details, name) for name in OPEN_FIELDS if getattr(outcome.details, name)}
    return (
        {**given, "terms": outcome.details.terms, "values": outcome.details.values}
        if given
        else {"typed_code": outcome.details.values.get("code")}
    )


def _invoice_intent(books: Books, attempt: Document) -> str | None:
    return books.inner(attempt["invoice"]).get("payment_intent") if attempt.get("invoice") else None


def last_error(intent: Document | None) -> str | None:
    """The sentence that tells the customer why the last try failed."""
    if intent is None or intent["status"] == "canceled":
        return None
    error = intent.get("last_payment_error") or intent.get("last_setup_error")
    return error["message"] if error else None


def lines(books: Books, session: Document) -> list[Document]:
    """The line items with what they cost and how often, as the page lists them."""
    if session["mode"] == "setup":
        return []
    shown: list[Document] = []
    for item in checkout_bill.items(books, session):
        price = books.find("price", item["price"]) or {}
        product = books.find("product", price["product"]) or {}
        repeats = price["recurring"]
        full = checkout_bill.line_of(books, price, item["quantity"], session["currency"]).subtotal
        rhythm = {"interval": repeats["interval"], "count": repeats["interval_count"]} if repeats else {}
        shown.append(
            {**item, "name": item["description"], "details": product.get("description"), "full": full, **rhythm}
        )
    return shown
