"""Setup intents: keeping a payment method for later without charging it."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import cards, lists, payment_methods
from nestpay.sandbox.stripe.errors import StripeError, declined, invalid
from nestpay.sandbox.stripe.objects import payments as objects
from nestpay.sandbox.stripe.records import changed, created, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Metadata, Text, merge_metadata

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
FIELDS = {"customer": Text(), "description": Text(), "metadata": Metadata(), "payment_method": Text()}
IGNORED = (
    "allowed_payment_method_types attach_to_self automatic_payment_methods confirmation_token customer_account flow_directions "
    "excluded_payment_method_types mandate_data on_behalf_of payment_method_configuration payment_method_options single_use "
    "use_stripe_sdk payment_method_types"
)
MORE = {
    "confirm": Flag(),
    "return_url": Text(),
    "usage": Text(("off_session", "on_session")),
    "payment_method_data": payment_methods.DATA,
}
CREATE = Hash(expandable({**FIELDS, **MORE}), ignores=IGNORED)
UPDATE = Hash(expandable(FIELDS), ignores=IGNORED)
CONFIRM = Hash(
    expandable({"payment_method": Text(), "return_url": Text(), "payment_method_data": payment_methods.DATA}),
    ignores=IGNORED,
)
CANCEL = Hash(expandable({"cancellation_reason": Text(("abandoned", "duplicate", "requested_by_customer"))}))
LIST = Hash({**lists.PAGING, "customer": Text(), "payment_method": Text()}, ignores="customer_account attach_to_self")


def open_intent(books: Books, fields: Document, **inner: object) -> Document:
    """A new setup intent, announced."""
    intent_id = new_id("seti")
    return created(
        books, objects.setup_intent(intent_id, books.now, f"{intent_id}_secret_{new_id('')[1:]}", **fields), **inner
    )


def confirm(books: Books, intent: Document, method: Document, return_url: str | None = None) -> Document:
    """Try to keep the payment method. Raises StripeError (400) when the intent is finished already."""
    if intent["status"] not in CONFIRMABLE:
        message = f"You cannot confirm this SetupIntent because it has a status of {intent['status']}."
        raise StripeError(400, message, code="setup_intent_unexpected_state", setup_intent=intent)
    card = payment_methods.behaviour(books, method)
    intent = {**intent, "payment_method": method["id"]}
    if card.challenge != "never":
        url = f"{books.site}/stripe/authenticate/{intent['id']}"
        books.remember(intent["id"], return_url=return_url)
        action = {"redirect_to_url": {"return_url": return_url, "url": url}, "type": "redirect_to_url"}
        after = _write(books, intent, {"last_setup_error": None, "next_action": action, "status": "requires_action"})
        books.announce("setup_intent.requires_action", after)
        return after
    if card.refusal and card.refuses_at == "attach":
        return fail(books, intent, method, card.refusal)
    return succeed(books, intent, method)


def authenticate(books: Books, intent: Document, approved: bool) -> Document:
    """The customer answered the challenge."""
    if intent["status"] != "requires_action":
        raise invalid(f"This SetupIntent has a status of {intent['status']}; nothing is to be authenticated.")
    method = payment_methods.take(books, intent["payment_method"], "payment_method")
    return succeed(books, intent, method) if approved else fail(books, intent, method, cards.AUTHENTICATION)


def succeed(books: Books, intent: Document, method: Document) -> Document:
    """The payment method is kept, and attached when there is a customer."""
    books.remember(method["id"], set_up=True)
    if intent["customer"]:
        payment_methods.attach(books, method, intent["customer"])
    after = _write(books, intent, {"last_setup_error": None, "next_action": None, "status": "succeeded"})
    books.announce("setup_intent.succeeded", after)
    return after


def fail(books: Books, intent: Document, method: Document, refusal: cards.Refusal) -> Document:
    """The bank does not let the payment method be kept."""
    code = refusal.code.replace("payment_intent", "setup_intent")
    error = objects.payment_error(refusal.message, code, refusal.decline_code, method, None)
    changes = {
        "last_setup_error": error,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    after = _write(books, intent, changes)
    books.announce("setup_intent.setup_failed", after)
    return after


def _write(books: Books, intent: Document, changes: Document) -> Document:
    before = books.find("setup_intent", intent["id"]) or intent
    return changed(books, before, {**intent, **changes})


def create(call: Call) -> Document:
    """POST /v1/setup_intents."""
    books, given = call.books, call.params
    if given.get("customer"):
        fetch(books, "customer", given["customer"], "customer")
    method = _chosen(books, given)
    fields: Document = {
        "customer": given.get("customer"),
        "description": given.get("description"),
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "usage": given.get("usage") or "off_session",
    }
    if method:
        fields |= {"payment_method": method["id"], "status": "requires_confirmation"}
    if not given.get("return_url"):
        fields["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    intent = open_intent(books, fields)
    return _confirmed(books, intent, method, given.get("return_url")) if given.get("confirm") else intent


def _chosen(books: Books, given: Document) -> Document | None:
    if given.get("payment_method_data"):
        return payment_methods.from_data(books, given["payment_method_data"], "payment_method_data")
    return (
        payment_methods.take(books, given["payment_method"], "payment_method") if given.get("payment_method") else None
    )


def _confirmed(books: Books, intent: Document, method: Document | None, return_url: str | None) -> Document:
    if method is None:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.", "payment_method")
    after = confirm(books, intent, method, return_url)
    if after["last_setup_error"]:
        error = after["last_setup_error"]
        raise declined(error["message"], error["code"], error["decline_code"], setup_intent=after)
    return after


def confirm_call(call: Call) -> Document:
    """POST /v1/setup_intents/{id}/confirm."""
    intent = fetch(call.books, "setup_intent", call.ids[0])
    method = _chosen(call.books, call.params)
    if method is None and intent["payment_method"]:
        method = payment_methods.take(call.books, intent["payment_method"])
    return _confirmed(call.books, intent, method, call.params.get("return_url"))


def update(call: Call) -> Document:
    """POST /v1/setup_intents/{id}."""
    intent, given = fetch(call.books, "setup_intent", call.ids[0]), call.params
    changes = {name: given[name] for name in ("customer", "description", "payment_method") if name in given}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(intent["metadata"], given["metadata"])
    return changed(call.books, intent, changes)


def cancel(call: Call) -> Document:
    """POST /v1/setup_intents/{id}/cancel."""
    intent = fetch(call.books, "setup_intent", call.ids[0])
    if intent["status"] not in CONFIRMABLE:
        raise invalid(f"You cannot cancel this SetupIntent because it has a status of {intent['status']}.")
    reason = call.params.get("cancellation_reason")
    after = changed(call.books, intent, {"cancellation_reason": reason, "next_action": None, "status": "canceled"})
    call.books.announce("setup_intent.canceled", after)
    return after


def list_intents(call: Call) -> Document:
    """GET /v1/setup_intents."""
    where = lists.Filter().equal(call.params, "customer", "payment_method")
    return lists.page(call.books, "setup_intent", call.params, "/v1/setup_intents", where)


ROUTES = [
    Route("POST", "/v1/setup_intents", create, CREATE),
    Route("GET", "/v1/setup_intents", list_intents, LIST),
    Route("GET", "/v1/setup_intents/{id}", lambda call: fetch(call.books, "setup_intent", call.ids[0])),
    Route("POST", "/v1/setup_intents/{id}", update, UPDATE),
    Route("POST", "/v1/setup_intents/{id}/confirm", confirm_call, CONFIRM),
    Route("POST", "/v1/setup_intents/{id}/cancel", cancel, CANCEL),
]
