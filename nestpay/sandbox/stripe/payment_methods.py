"""Payment methods: made from test cards and fixture ids, attached to customers, detached."""

import time

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import cards, lists
from nestpay.sandbox.stripe.errors import declined, invalid, no_such, required
from nestpay.sandbox.stripe.objects import empty_address
from nestpay.sandbox.stripe.objects import people as objects
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Metadata, Text, merge_metadata

ADDRESS = Hash({name: Text() for name in empty_address()})
BILLING = Hash({"address": ADDRESS, "email": Text(), "name": Text(), "phone": Text(), "tax_id": Text()})
CARD = Hash(
    {"number": Text(), "token": Text(), "exp_month": Integer(), "exp_year": Integer(), "cvc": Text()},
    ignores="networks",
)
BANK = Hash(
    {"account_number": Text()}, ignores="account_holder_type account_type routing_number financial_connections_account"
)
REDISPLAY = Text(("always", "limited", "unspecified"))
DATA = Hash(
    {
        "type": Text(("card", "us_bank_account", "sepa_debit")),
        "card": CARD,
        "us_bank_account": BANK,
        "sepa_debit": Hash({"iban": Text()}),
        "billing_details": BILLING,
        "metadata": Metadata(),
        "allow_redisplay": REDISPLAY,
    },
    needs=("type",),
    ignores="radar_options",
)
CREATE = Hash(expandable(DATA.known), needs=("type",), ignores="customer")
UPDATE = Hash(
    expandable({"billing_details": BILLING, "metadata": Metadata(), "allow_redisplay": REDISPLAY, "card": CARD}),
    ignores="us_bank_account payto",
)
ATTACH = Hash(expandable({"customer": Text()}), ignores="customer_account")
LIST = Hash({**lists.PAGING, "customer": Text(), "type": Text(), "allow_redisplay": Text()}, ignores="customer_account")
LIST_OF_CUSTOMER = Hash({**lists.PAGING, "type": Text(), "allow_redisplay": Text()})


def from_card(
    books: Books, card: cards.TestCard, details: Document | None = None, currency: str = "usd", **fields: object
) -> Document:
    """A new payment method that behaves like the test card; a bank account debits by the rails of the currency."""
    year = time.gmtime(books.now).tm_year + 4
    if card.bank:
        kind = "us_bank_account" if currency == "usd" else "sepa_debit"
        own = (objects.us_bank_account if currency == "usd" else objects.sepa_debit)(card.number[-4:], card.fingerprint)
    else:
        kind = "card"
        expiry = (int(str(fields.pop("exp_month", None) or 12)), int(str(fields.pop("exp_year", None) or year)))
        own = objects.card(card.brand, card.number[-4:], card.country, card.funding, card.fingerprint, *expiry)
    method = objects.payment_method(
        new_id("pm"), books.now, kind, own, billing_details=objects.billing_details(details), **fields
    )
    return books.add(method, number=card.number)


def behaviour(books: Books, method: Document) -> cards.TestCard:
    """What the payment method does when it is charged."""
    return cards.CARDS[books.inner(method["id"])["number"]]


def from_data(books: Books, given: Document, param: str = "") -> Document:
    """A new payment method from `type` and its hash. Raises StripeError for a number that is no test card."""
    hash_name = given["type"]
    own = given.get(hash_name) or {}
    number = own.get("number") or own.get("account_number")
    if own.get("token"):
        card = cards.by_fixture(own["token"])
    elif hash_name == "sepa_debit":
        card = cards.CARDS["000123456789"]
    elif number is None:
        raise required(f"{param}[{hash_name}]" if param else hash_name)
    else:
        card = cards.by_number(number)
    if card is None:
        message = "Your card number is incorrect." if number else f"No such token: '{own.get('token')}'"
        raise (
            declined(message, "incorrect_number", None, param="number")
            if number
            else no_such("token", own["token"], "card[token]")
        )
    fields: Document = {"metadata": merge_metadata({}, given.get("metadata") or {})}
    if given.get("allow_redisplay"):
        fields["allow_redisplay"] = given["allow_redisplay"]
    expiry = {name: own[name] for name in ("exp_month", "exp_year") if own.get(name)}
    return from_card(
        books, card, given.get("billing_details"), "eur" if hash_name == "sepa_debit" else "usd", **fields, **expiry
    )


def take(books: Books, id: str, param: str = "id") -> Document:
    """The payment method with that id; a fixture id such as `pm_card_visa` makes a new one each time."""
    card = cards.by_fixture(id)
    return from_card(books, card) if card else fetch(books, "payment_method", id, param)


def attach(books: Books, method: Document, customer: str) -> Document:
    """Bind a payment method to a customer. Raises StripeError 402 when the card refuses even that."""
    card = behaviour(books, method)
    if method["customer"] == customer:
        return method
    if method["customer"]:
        raise invalid(
            "The payment method you provided has already been attached to a customer.",
            "payment_method",
            "payment_method_unexpected_state",
        )
    if card.refusal and card.refuses_at == "attach":
        raise declined(card.refusal.message, card.refusal.code, card.refusal.decline_code)
    method = changed(books, method, {"customer": customer})
    books.announce("payment_method.attached", method)
    return method


def detach(call: Call) -> Document:
    """POST /v1/payment_methods/{id}/detach; the customer's default is cleared with it."""
    books = call.books
    method = fetch(books, "payment_method", call.ids[0])
    if not method["customer"]:
        raise invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            "payment_method",
        )
    customer = books.find("customer", method["customer"])
    after = changed(books, method, {"customer": None})
    books.announce("payment_method.detached", after, {"customer": method["customer"]})
    if (
        customer
        and not customer.get("deleted")
        and customer["invoice_settings"]["default_payment_method"] == method["id"]
    ):
        settings = {**customer["invoice_settings"], "default_payment_method": None}
        changed(books, customer, {"invoice_settings": settings}, "customer.updated")
    return after


def update(call: Call) -> Document:
    """POST /v1/payment_methods/{id}."""
    books, given = call.books, call.params
    method = fetch(books, "payment_method", call.ids[0])
    changes: Document = {}
    if given.get("allow_redisplay"):
        changes["allow_redisplay"] = given["allow_redisplay"]
    if given.get("billing_details"):
        changes["billing_details"] = objects.billing_details({**method["billing_details"], **given["billing_details"]})
    if "metadata" in given:
        changes["metadata"] = merge_metadata(method["metadata"], given["metadata"])
    expiry = {name: value for name, value in (given.get("card") or {}).items() if name in ("exp_month", "exp_year")}
    if expiry and method["type"] == "card":
        changes["card"] = {**method["card"], **expiry}
    return changed(books, method, changes, "payment_method.updated")


def list_methods(call: Call) -> Document:
    """GET /v1/payment_methods and GET /v1/customers/{id}/payment_methods."""
    params = dict(call.params)
    url = "/v1/payment_methods"
    if call.ids:
        params["customer"] = fetch(call.books, "customer", call.ids[0])["id"]
        url = f"/v1/customers/{call.ids[0]}/payment_methods"
    where = (
        lists.Filter()
        .equal(params, "customer", "type", "allow_redisplay")
        .add("json_extract(body, '$.customer') is not null")
    )
    return lists.page(call.books, "payment_method", params, url, where)


def attach_call(call: Call) -> Document:
    """POST /v1/payment_methods/{id}/attach."""
    if not call.params.get("customer"):
        raise required("customer")
    customer = fetch(call.books, "customer", call.params["customer"], "customer")
    return attach(call.books, take(call.books, call.ids[0]), customer["id"])


ROUTES = [
    Route("POST", "/v1/payment_methods", lambda call: from_data(call.books, call.params), CREATE),
    Route("GET", "/v1/payment_methods", list_methods, LIST),
    Route("GET", "/v1/customers/{id}/payment_methods", list_methods, LIST_OF_CUSTOMER),
    Route("GET", "/v1/payment_methods/{id}", lambda call: take(call.books, call.ids[0])),
    Route("POST", "/v1/payment_methods/{id}", update, UPDATE),
    Route("POST", "/v1/payment_methods/{id}/attach", attach_call, ATTACH),
    Route("POST", "/v1/payment_methods/{id}/detach", detach),
]
