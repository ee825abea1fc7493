"""Payment intents and charges as the API makes and reads them; how a payment goes is in payments.py."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists, payment_methods, payments, settlement
from nestpay.sandbox.stripe.catalogue import check_currency
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Integer, Metadata, OrWord, Text, merge_metadata

PLAIN = {
    "description": Text(most=1000),
    "receipt_email": Text(),
    "setup_future_usage": Text(("off_session", "on_session")),
    "statement_descriptor": Text(most=22),
    "statement_descriptor_suffix": Text(most=22),
    "transfer_group": Text(),
}
CONFIRMING = {
    "off_session": OrWord(("one_off", "recurring"), Flag()),
    "payment_method": Text(),
    "payment_method_data": payment_methods.DATA,
    "return_url": Text(),
    "error_on_requires_action": Flag(),
}
IGNORED = (
    "allowed_payment_method_types amount_details application_fee_amount automatic_payment_methods capture_method confirmation_method "
    "confirmation_token customer_account excluded_payment_method_types hooks mandate mandate_data on_behalf_of payment_details "
    "payment_method_configuration payment_method_options radar_options shipping transfer_data use_stripe_sdk payment_method_types "
    "amount_to_confirm"
)
AMOUNT = Integer(0, 99999999)
CREATE = Hash(
    expandable(
        {
            **PLAIN,
            **CONFIRMING,
            "amount": AMOUNT,
            "currency": Text(),
            "customer": Text(),
            "confirm": Flag(),
            "metadata": Metadata(),
        }
    ),
    needs=("amount", "currency"),
    ignores=IGNORED,
)
UPDATE = Hash(
    expandable(
        {
            **PLAIN,
            "amount": AMOUNT,
            "currency": Text(),
            "customer": Text(),
            "payment_method": Text(),
            "metadata": Metadata(),
        }
    ),
    ignores=IGNORED,
)
CONFIRM = Hash(expandable({**CONFIRMING, "receipt_email": Text(), "setup_future_usage": Text()}), ignores=IGNORED)
REASONS = Text(("abandoned", "duplicate", "fraudulent", "requested_by_customer"))
CANCEL = Hash(expandable({"cancellation_reason": REASONS}))
LIST = Hash({**lists.PAGING, "customer": Text()}, ignores="customer_account")
LIST_CHARGES = Hash({**lists.PAGING, "customer": Text(), "payment_intent": Text(), "transfer_group": Text()})
UPDATE_CHARGE = Hash(
    expandable({"description": Text(), "metadata": Metadata(), "receipt_email": Text(), "customer": Text()}),
    ignores="fraud_details shipping transfer_group",
)


def create(call: Call) -> Document:
    """POST /v1/payment_intents."""
    books, given = call.books, call.params
    currency = check_currency(given["currency"])
    if given.get("customer"):
        fetch(books, "customer", given["customer"], "customer")
    method = _chosen(books, given)
    fields = {name: given[name] for name in PLAIN if given.get(name) is not None}
    fields |= {"customer": given.get("customer"), "metadata": merge_metadata({}, given.get("metadata") or {})}
    fields["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    if method:
        fields |= {"payment_method": method["id"], "status": "requires_confirmation"}
    intent = payments.open_intent(books, given["amount"], currency, fields)
    return _confirmed(books, intent, method, given) if given.get("confirm") else intent


def _chosen(books: Books, given: Document) -> Document | None:
    if given.get("payment_method_data"):
        return payment_methods.from_data(books, given["payment_method_data"], "payment_method_data")
    return (
        payment_methods.take(books, given["payment_method"], "payment_method") if given.get("payment_method") else None
    )


def _confirmed(books: Books, intent: Document, method: Document | None, given: Document) -> Document:
    if method is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise invalid(
            f"{message} To confirm the PaymentIntent, specify a payment method attached to the customer.",
            "payment_method",
        )
    if method["customer"] and method["customer"] != intent["customer"]:
        raise invalid("The provided PaymentMethod belongs to another customer.", "payment_method")
    off_session = bool(given.get("off_session")) or bool(given.get("error_on_requires_action"))
    after = payments.confirm(books, intent, method, off_session, given.get("return_url"))
    settlement.follow(books, after)
    if after["last_payment_error"] and after["status"] == "requires_payment_method":
        raise payments.refusal_of(after)
    if after["setup_future_usage"] and after["customer"] and not method["customer"]:
        payment_methods.attach(books, method, after["customer"])
    return after


def confirm(call: Call) -> Document:
    """POST /v1/payment_intents/{id}/confirm."""
    books, given = call.books, call.params
    intent = fetch(books, "payment_intent", call.ids[0])
    method = _chosen(books, given)
    if method is None and intent["payment_method"]:
        method = payment_methods.take(books, intent["payment_method"])
    kept = {name: given[name] for name in ("receipt_email", "setup_future_usage") if given.get(name)}
    return _confirmed(books, changed(books, intent, kept), method, given)


def update(call: Call) -> Document:
    """POST /v1/payment_intents/{id}."""
    books, given = call.books, call.params
    intent = fetch(books, "payment_intent", call.ids[0])
    if intent["status"] in ("succeeded", "canceled", "processing") and given.keys() & {
        "amount",
        "currency",
        "payment_method",
    }:
        raise invalid(
            f"This PaymentIntent could not be updated because it has a status of {intent['status']}.",
            "amount",
            "payment_intent_unexpected_state",
        )
    changes = {name: given[name] for name in (*PLAIN, "amount", "customer") if name in given}
    if given.get("currency"):
        changes["currency"] = check_currency(given["currency"])
    if "metadata" in given:
        changes["metadata"] = merge_metadata(intent["metadata"], given["metadata"])
    method = _chosen(books, given)
    if method:
        changes |= {"payment_method": method["id"], "status": "requires_confirmation"}
    return changed(books, intent, changes)


def cancel(call: Call) -> Document:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = fetch(call.books, "payment_intent", call.ids[0])
    return payments.cancel(call.books, intent, call.params.get("cancellation_reason"))


def list_intents(call: Call) -> Document:
    """GET /v1/payment_intents."""
    return lists.page(
        call.books, "payment_intent", call.params, "/v1/payment_intents", lists.Filter().equal(call.params, "customer")
    )


def list_charges(call: Call) -> Document:
    """GET /v1/charges."""
    where = lists.Filter().equal(call.params, "customer", "payment_intent", "transfer_group")
    return lists.page(call.books, "charge", call.params, "/v1/charges", where)


def update_charge(call: Call) -> Document:
    """POST /v1/charges/{id}."""
    charge, given = fetch(call.books, "charge", call.ids[0]), call.params
    changes = {name: given[name] for name in ("description", "receipt_email") if name in given}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(charge["metadata"], given["metadata"])
    return changed(call.books, charge, changes, "charge.updated")


ROUTES = [
    Route("POST", "/v1/payment_intents", create, CREATE),
    Route("GET", "/v1/payment_intents", list_intents, LIST),
    Route("GET", "/v1/payment_intents/{id}", lambda call: fetch(call.books, "payment_intent", call.ids[0])),
    Route("POST", "/v1/payment_intents/{id}", update, UPDATE),
    Route("POST", "/v1/payment_intents/{id}/confirm", confirm, CONFIRM),
    Route("POST", "/v1/payment_intents/{id}/cancel", cancel, CANCEL),
    Route("GET", "/v1/charges", list_charges, LIST_CHARGES),
    Route("GET", "/v1/charges/{id}", lambda call: fetch(call.books, "charge", call.ids[0])),
    Route("POST", "/v1/charges/{id}", update_charge, UPDATE_CHARGE),
]
