"""Customers: one for each e-mail address, and the link to their own pages."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.creem import records
from nestpay.sandbox.creem.errors import CreemError, not_found
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Anything, Shape, Text
from nestpay.sandbox.documents import Document

PORTAL_HOURS = 24
CREATE = Shape(
    {"email": Text(), "name": Text(), "external_id": Text(), "metadata": Anything()}, needs=("email", "name")
)
UPDATE = Shape({**CREATE.fields, "customer_id": Text()}, needs=("customer_id",))
RETRIEVE = Shape({"customer_id": Text(), "email": Text()})
PAGED = Shape(records.PAGING)


def by_email(books: Books, email: str) -> Document | None:
    """The customer with that address, or None."""
    found = records.select(books, "customer", "json_extract(body, '$.email') = ? collate nocase", (email.strip(),))
    return found[0] if found else None


def find_or_make(books: Books, email: str, name: str, country: str | None) -> Document:
    """Whoever pays with that address; what they say of themselves now counts."""
    found = by_email(books, email)
    if found is None:
        return _made(books, {"email": email.strip(), "name": name}, country or "US")
    return records.change(books, found, name=name or found["name"], country=country or found["country"])


def _made(books: Books, given: Document, country: str | None) -> Document:
    fields = {**given, "country": country, **records.dates(books)}
    return records.add(books, records.entity("cust", "customer", **fields))


def create(call: Call) -> Document:
    """POST /v1/customers."""
    _check_email(call.books, call.params["email"])
    return _made(call.books, call.params, None)


def update(call: Call) -> Document:
    """PATCH /v1/customers. A taken address is a conflict (409)."""
    given = dict(call.params)
    customer = records.fetch(call.books, "customer", given.pop("customer_id"))
    if given.get("email"):
        _check_email(call.books, given["email"], customer["id"])
    return records.change(call.books, customer, **given)


def _check_email(books: Books, email: str, own: str | None = None) -> None:
    if "@" not in email:
        raise CreemError(400, "email must be an email")
    found = by_email(books, email)
    if found is not None and found["id"] != own:
        raise CreemError(409, "A customer with this email already exists")


def retrieve(call: Call) -> Document:
    """GET /v1/customers by id or e-mail."""
    name = records.only_one(call.params, "customer_id", "email")
    if name == "customer_id":
        return records.fetch(call.books, "customer", call.params[name])
    found = by_email(call.books, call.params[name])
    if found is None:
        raise not_found("Customer")
    return found


def list_all(call: Call) -> Document:
    """GET /v1/customers/list."""
    return records.page(call.books, records.select(call.books, "customer"), call.params, size=50)


def belongings(object_name: str) -> Route:
    """GET /v1/customers/{id}/subscriptions and the like."""

    def listed(call: Call) -> Document:
        customer = records.fetch(call.books, "customer", call.ids[0])
        where = "json_extract(body, '$.customer') = ?"
        return records.page(call.books, records.select(call.books, object_name, where, (customer["id"],)), call.params)

    return Route("GET", f"/v1/customers/{{id}}/{object_name}s", listed, PAGED)


def billing_link(call: Call) -> Document:
    """POST /v1/customers/billing: a link to the customer's own pages, good for a day."""
    customer = records.fetch(call.books, "customer", call.params["customer_id"])
    token = new_id("tok", 32).removeprefix("tok_")
    document = {"id": f"login_{token}", "customer": customer["id"], "until": call.books.now + PORTAL_HOURS * 3600}
    call.books.add(document, records.kind("login"))
    return {"customer_portal_link": f"{call.books.site}/creem/my-orders/login/{token}"}


ROUTES = [
    Route("POST", "/v1/customers", create, CREATE),
    Route("PATCH", "/v1/customers", update, UPDATE),
    Route("GET", "/v1/customers", retrieve, RETRIEVE),
    Route("GET", "/v1/customers/list", list_all, PAGED),
    Route("POST", "/v1/customers/billing", billing_link, Shape({"customer_id": Text()}, needs=("customer_id",))),
    belongings("subscription"),
    belongings("order"),
]
