"""Customers: create, read, change, delete, and the currency a live subscription binds them to."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists, payment_methods, subscriptions
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import empty_address, listing
from nestpay.sandbox.stripe.objects import people as objects
from nestpay.sandbox.stripe.records import changed, created, deleted, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Listing, Metadata, Text, merge_metadata

ADDRESS = Hash({name: Text() for name in empty_address()})
INVOICE_SETTINGS = Hash({"default_payment_method": Text(), "footer": Text()}, ignores="custom_fields rendering_options")
PLAIN = {
    "balance": Integer(),
    "business_name": Text(most=150),
    "description": Text(),
    "email": Text(most=512),
    "individual_name": Text(most=150),
    "invoice_prefix": Text(),
    "name": Text(most=256),
    "next_invoice_sequence": Integer(1),
    "phone": Text(),
    "preferred_locales": Listing(),
    "tax_exempt": Text(("exempt", "none", "reverse")),
}
FIELDS = {
    **PLAIN,
    "address": ADDRESS,
    "shipping": Hash(
        {"address": ADDRESS, "name": Text(), "phone": Text(), "carrier": Text(), "tracking_number": Text()}
    ),
    "invoice_settings": INVOICE_SETTINGS,
    "metadata": Metadata(),
}
IGNORED = "cash_balance source tax tax_id_data validate default_source"
CREATE = Hash(expandable({**FIELDS, "payment_method": Text(), "test_clock": Text()}), ignores=IGNORED)
UPDATE = Hash(expandable(FIELDS), ignores=IGNORED)
LIST = Hash({**lists.PAGING, "email": Text(), "test_clock": Text()})


def create(call: Call) -> Document:
    """POST /v1/customers."""
    books, given = call.books, call.params
    if given.get("test_clock"):
        fetch(books, "test_helpers.test_clock", given["test_clock"], "test_clock")
    customer = make(books, {**_values(books, None, given), "test_clock": given.get("test_clock")})
    if given.get("payment_method"):
        payment_methods.attach(
            books, payment_methods.take(books, given["payment_method"], "payment_method"), customer["id"]
        )
    return customer


def make(books: Books, values: Document) -> Document:
    """A new customer with these fields, announced."""
    customer_id = new_id("cus", 14)
    prefix = customer_id[4:12].upper()
    return created(books, objects.customer(customer_id, books.now, **{"invoice_prefix": prefix, **values}))


def _values(books: Books, old: Document | None, given: Document) -> Document:
    values = {name: given[name] for name in PLAIN if name in given}
    if "email" in given and given["email"] and "@" not in given["email"]:
        raise invalid(f"Invalid email address: {given['email']}", "email", "email_invalid")
    if "metadata" in given:
        values["metadata"] = merge_metadata(old["metadata"] if old else {}, given["metadata"])
    if "address" in given:
        values["address"] = {**empty_address(), **given["address"]} if given["address"] else None
    if "shipping" in given:
        values["shipping"] = _shipping(given["shipping"]) if given["shipping"] else None
    if given.get("invoice_settings"):
        settings = dict(old["invoice_settings"]) if old else objects.customer("", 0)["invoice_settings"]
        chosen = {
            name: value
            for name, value in given["invoice_settings"].items()
            if name in ("default_payment_method", "footer")
        }
        if chosen.get("default_payment_method"):
            _check_own_method(books, old, chosen["default_payment_method"])
        values["invoice_settings"] = {**settings, **chosen}
    return values


def _shipping(given: Document) -> Document:
    kept = {name: given.get(name) for name in ("carrier", "name", "phone", "tracking_number")}
    return {"address": {**empty_address(), **(given.get("address") or {})}, **kept}


def _check_own_method(books: Books, customer: Document | None, id: str) -> None:
    param = "invoice_settings[default_payment_method]"
    method = fetch(books, "payment_method", id, param)
    if customer is None or method["customer"] != customer["id"]:
        raise invalid(
            "The customer does not have a payment method with the ID "
            + id
            + ". The payment method must be attached to the customer.",
            param,
            "resource_missing",
        )


def update(call: Call) -> Document:
    """POST /v1/customers/{id}."""
    customer = fetch(call.books, "customer", call.ids[0])
    return changed(call.books, customer, _values(call.books, customer, call.params), "customer.updated")


def retrieve(call: Call) -> Document:
    """GET /v1/customers/{id}; a deleted customer answers with its stub."""
    found = call.books.find("customer", call.ids[0])
    return found if found and found.get("deleted") else fetch(call.books, "customer", call.ids[0])


def delete(call: Call) -> Document:
    """DELETE /v1/customers/{id}: live subscriptions end at once."""
    books = call.books
    customer = fetch(books, "customer", call.ids[0])
    for subscription in subscriptions.live(books, customer["id"]):
        subscriptions.end(books, subscription, "cancellation_requested")
    return deleted(books, customer, "customer.deleted")


def list_customers(call: Call) -> Document:
    """GET /v1/customers."""
    where = lists.Filter().equal(call.params, "email", "test_clock")
    return lists.page(call.books, "customer", call.params, "/v1/customers", where)


def subscriptions_of(books: Books, customer: Document) -> Document:
    """What `expand[]=subscriptions` shows."""
    data = subscriptions.live(books, customer["id"])
    return listing(data, f"/v1/customers/{customer['id']}/subscriptions")


def billing_currency(books: Books, customer: Document) -> str | None:
    """The currency of the customer's live subscriptions, to which new ones must keep."""
    bound = (one["currency"] for one in subscriptions.live(books, customer["id"]) if one["status"] != "incomplete")
    return next(bound, None)


ROUTES = [
    Route("POST", "/v1/customers", create, CREATE),
    Route("GET", "/v1/customers", list_customers, LIST),
    Route("GET", "/v1/customers/{id}", retrieve),
    Route("POST", "/v1/customers/{id}", update, UPDATE),
    Route("DELETE", "/v1/customers/{id}", delete),
]
