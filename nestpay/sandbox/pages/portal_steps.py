"""What a customer does in the billing portal, each through the very calls that the API has for it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.card_buttons import KEEP as BUTTONS
from nestpay.sandbox.pages.texts import Tongue
from nestpay.sandbox.stripe import cards, invoices
from nestpay.sandbox.stripe.api import handle
from nestpay.sandbox.stripe.errors import StripeError, invalid
from nestpay.sandbox.stripe.records import fetch
from nestpay.sandbox.stripe.subscriptions import live

REQUIRES_ACTION = "subscription_payment_intent_requires_action"
Given = dict[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A customer in the portal: their session, what it allows, their language, and the portal's address for them."""

    session: Document
    customer: Document
    configuration: Document
    tongue: Tongue
    base: str

    @property
    def features(self) -> Document:
        """What the configuration allows."""
        return self.configuration["features"]

    def allows(self, feature: str) -> None:
        """Raises StripeError (400) when the configuration has the feature off."""
        if not self.features[feature]["enabled"]:
            raise invalid(f"{feature} is not enabled in this portal.")


@dataclass(slots=True)
class Outcome:
    """What a step led to: an address to go to, or the page of a step again with what is wrong."""

    go: str | None = None
    step: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    notice: str | None = None


def own_subscription(books: Books, visit: Visit, given: Given) -> Document:
    """The customer's own live subscription that was named. Raises StripeError (404) for anybody else's."""
    found = fetch(books, "subscription", given.get("subscription", ""))
    if found["id"] not in {one["id"] for one in live(books, visit.customer["id"])}:
        raise invalid("That is no subscription of yours.", "subscription")
    return found


def _done(books: Books, visit: Visit, word: str) -> Outcome:
    """Where a finished step leads: home, or where the flow of the session says."""
    flow = visit.session["flow"]
    if not flow or books.inner(visit.session["id"]).get("done"):
        return Outcome(go=f"{visit.base}?done={word}")
    books.remember(visit.session["id"], done=True)
    after = flow["after_completion"]
    if after["type"] == "redirect":
        return Outcome(go=after["redirect"]["return_url"])
    return Outcome(
        go=f"{visit.base}/finished" if after["type"] == "hosted_confirmation" else f"{visit.base}?done={word}"
    )


def cancel(books: Books, visit: Visit, given: Given) -> Outcome:
    """End a subscription, with its reason: when its period ends, or now when the configuration says so."""
    visit.allows("subscription_cancel")
    subscription, feature = own_subscription(books, visit, given), visit.features["subscription_cancel"]
    reason = given.get("feedback", "")
    details = {"feedback": reason, "comment": given.get("comment", "")[:500]}
    details = {name: value for name, value in details.items() if value}
    address = f"/v1/subscriptions/{subscription['id']}"
    if feature["mode"] == "immediately":
        prorate = "false" if feature["proration_behavior"] == "none" else "true"
        handle(
            books,
            "DELETE",
            address,
            {"cancellation_details": details, "prorate": prorate} if details else {"prorate": prorate},
        )
    else:
        form = {"cancel_at_period_end": "true", **({"cancellation_details": details} if details else {})}
        handle(books, "POST", address, form)
    return _done(books, visit, "canceled")


def resume(books: Books, visit: Visit, given: Given) -> Outcome:
    """Take a planned end back."""
    subscription = own_subscription(books, visit, given)
    handle(books, "POST", f"/v1/subscriptions/{subscription['id']}", {"cancel_at_period_end": "false"})
    return _done(books, visit, "resumed")


def retain(books: Books, visit: Visit, given: Given) -> Outcome:
    """Take the coupon that was offered for staying."""
    subscription, flow = own_subscription(books, visit, given), visit.session["flow"] or {}
    offer = ((flow.get("subscription_cancel") or {}).get("retention") or {}).get("coupon_offer")
    if not offer:
        raise invalid("Nothing was offered.")
    form = {"discounts": {"0": {"coupon": offer["coupon"]}}}
    handle(books, "POST", f"/v1/subscriptions/{subscription['id']}", form)
    return _done(books, visit, "retained")


def change_form(books: Books, visit: Visit, subscription: Document, given: Given) -> dict[str, object]:
    """The parameters of a change of plan, as the API takes them for the update and for its preview."""
    feature = visit.features["subscription_update"]
    item: dict[str, str] = {"id": subscription["items"]["data"][0], "price": given.get("price", "")}
    if given.get("quantity", "").isdigit():
        item["quantity"] = given["quantity"]
    form: dict[str, object] = {"items": {"0": item}, "proration_behavior": feature["proration_behavior"]}
    if given.get("at", "").isdigit():
        form["proration_date"] = given["at"]
    return form


def change_plan(books: Books, visit: Visit, given: Given) -> Outcome:
    """Change price or quantity at once. A card that refuses changes nothing; one that wants approval is asked first."""
    visit.allows("subscription_update")
    subscription = own_subscription(books, visit, given)
    address = f"/v1/subscriptions/{subscription['id']}"
    form = change_form(books, visit, subscription, given)
    books.connection.execute("savepoint change")
    try:
        handle(books, "POST", address, {**form, "payment_behavior": "error_if_incomplete"})
    except StripeError as error:
        books.connection.execute("rollback to change")
        books.announcements.clear()
        if error.body.get("code") != REQUIRES_ACTION:
            return Outcome(step="confirm", notice=error.body["message"])
        handle(books, "POST", address, {**form, "payment_behavior": "pending_if_incomplete"})
        return _approval(books, visit, fetch(books, "subscription", subscription["id"]))
    return _done(books, visit, "changed")


def _approval(books: Books, visit: Visit, subscription: Document) -> Outcome:
    invoice = fetch(books, "invoice", subscription["latest_invoice"])
    intent = invoices.intent_of(books, invoice)
    if intent is None or intent["status"] != "requires_action":
        return Outcome(go=visit.base)
    books.remember(intent["id"], return_url=f"{visit.base}?done=changed")
    return Outcome(go=f"{books.site}/stripe/authenticate/{intent['id']}")


def add_card(books: Books, visit: Visit, given: Given) -> Outcome:
    """Keep a new card and make it the one that pays."""
    visit.allows("payment_method_update")
    button = given.get("do", "").removeprefix("card-")
    if button in BUTTONS:
        given["number"] = BUTTONS[button][1]
        return Outcome(step="card")
    card = cards.by_number(given.get("number", ""))
    if card is None or card.bank:
        empty = not given.get("number", "").strip()
        text = "Choose a test card above." if empty else "That is not a test card. Real cards are never accepted here."
        return Outcome(errors={"number": text})
    own = {"type": "card", "card": {"number": card.number}, "billing_details": _details(visit)}
    form = {"customer": visit.customer["id"], "confirm": "true", "payment_method_data": own, "return_url": visit.base}
    try:
        intent = handle(books, "POST", "/v1/setup_intents", form)
    except StripeError as error:
        if not error.keep:
            raise
        return Outcome(errors={"number": error.body["message"]})
    if intent["status"] == "requires_action":
        books.remember(intent["id"], return_url=f"{visit.base}/card-done?setup_intent={intent['id']}")
        return Outcome(go=f"{books.site}/stripe/authenticate/{intent['id']}")
    return keep_card(books, visit, {"setup_intent": intent["id"]})


def _details(visit: Visit) -> dict[str, str]:
    return {name: visit.customer[name] for name in ("email", "name") if visit.customer[name]}


def keep_card(books: Books, visit: Visit, given: Given) -> Outcome:
    """The card of a setup intent that went well becomes the default; otherwise back to the form."""
    intent = books.find("setup_intent", given.get("setup_intent", ""))
    if intent is None or intent["customer"] != visit.customer["id"] or intent["status"] != "succeeded":
        return Outcome(go=f"{visit.base}/card?refused=1")
    return make_default(books, visit, {"payment_method": intent["payment_method"]})


def own_method(books: Books, visit: Visit, given: Given) -> Document:
    """The customer's own payment method that was named. Raises StripeError (404) for anybody else's."""
    found = fetch(books, "payment_method", given.get("payment_method", ""))
    if found["customer"] != visit.customer["id"]:
        raise invalid("That is no payment method of yours.", "payment_method")
    return found


def make_default(books: Books, visit: Visit, given: Given) -> Outcome:
    """Let a payment method pay from now on: for the customer and for each subscription that has its own."""
    visit.allows("payment_method_update")
    method = own_method(books, visit, given)["id"]
    form = {"invoice_settings": {"default_payment_method": method}}
    handle(books, "POST", f"/v1/customers/{visit.customer['id']}", form)
    for subscription in live(books, visit.customer["id"]):
        if subscription["default_payment_method"] not in (None, method):
            handle(books, "POST", f"/v1/subscriptions/{subscription['id']}", {"default_payment_method": method})
    return _done(books, visit, "card")


def remove_card(books: Books, visit: Visit, given: Given) -> Outcome:
    """Detach a payment method that pays for nothing."""
    visit.allows("payment_method_update")
    method = own_method(books, visit, given)["id"]
    if method in paying(books, visit):
        return Outcome(step="", notice=visit.tongue("This card pays for your subscription. Choose another one first."))
    handle(books, "POST", f"/v1/payment_methods/{method}/detach", {})
    return Outcome(go=f"{visit.base}?done=card")


def paying(books: Books, visit: Visit) -> set[str]:
    """The payment methods that live subscriptions are charged to."""
    default = visit.customer["invoice_settings"]["default_payment_method"]
    return {one["default_payment_method"] or default for one in live(books, visit.customer["id"])} - {None}


def save_details(books: Books, visit: Visit, given: Given) -> Outcome:
    """Change name, e-mail, phone and address, as far as the configuration lets the customer."""
    visit.allows("customer_update")
    allowed = visit.features["customer_update"]["allowed_updates"]
    if "email" in allowed and "@" not in given.get("email", ""):
        return Outcome(errors={"email": "Enter an e-mail address."})
    form: dict[str, object] = {name: given.get(name, "") for name in ("name", "email", "phone") if name in allowed}
    if "address" in allowed:
        form["address"] = {name: given.get(name, "") for name in ("line1", "postal_code", "city", "country")}
    handle(books, "POST", f"/v1/customers/{visit.customer['id']}", form)
    return _done(books, visit, "details")


STEPS: dict[str, Callable[[Books, Visit, Given], Outcome]] = {
    "cancel": cancel,
    "card": add_card,
    "card-default": make_default,
    "card-remove": remove_card,
    "details": save_details,
    "confirm": change_plan,
    "resume": resume,
    "retain": retain,
}
