"""Checkouts: one product, some units, and a page on which it is paid."""

from urllib.parse import urlsplit

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import discounts, products, records
from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Anything, Shape, Text, Whole
from nestpay.sandbox.documents import Document

HOURS = 24
CREATE = Shape(
    {
        "product_id": Text(),
        "request_id": Text(),
        "units": Whole(1, 10_000),
        "custom_price": Whole(products.LEAST, products.MOST),
        "discount_code": Text(),
        "affiliate_code": Text(),
        "customer": Shape({"id": Text(), "email": Text(), "name": Text()}),
        "custom_fields": products.CUSTOM_FIELDS,
        "custom_field": products.CUSTOM_FIELDS,
        "success_url": Text(),
        "metadata": Anything(),
    },
    needs=("product_id",),
)
RETRIEVE = Shape({"checkout_id": Text()}, needs=("checkout_id",))


def create(call: Call) -> Document:
    """POST /v1/checkouts."""
    books, given = call.books, call.params
    product = records.fetch(books, "product", given["product_id"])
    _check(given, product)
    known = _customer(books, given.get("customer") or {})
    code = given.get("discount_code")
    discount = discounts.redeemable(books, code, product) if code else None
    fields = products.custom_fields(given) or product.get("custom_fields") or []
    checkout = records.entity(
        "ch",
        "checkout",
        status="pending",
        product=product["id"],
        units=given.get("units", 1),
        custom_fields=fields,
        success_url=given.get("success_url"),
        **records.given_only(
            request_id=given.get("request_id"),
            custom_price=given.get("custom_price"),
            metadata=given.get("metadata"),
            customer=known.get("id"),
            discount=discounts.summary(discount) if discount else None,
        ),
    )
    checkout["checkout_url"] = f"{books.site}/creem/checkout/{product['id']}/{checkout['id']}"
    books.appoint(books.now + HOURS * 3600, "expire_creem_checkout", checkout["id"])
    inner = {"email": known.get("email"), "name": known.get("name"), "discount": (discount or {}).get("id")}
    return records.add(books, checkout, key=call.key, **inner)


def _check(given: Document, product: Document) -> None:
    if product["status"] != "active":
        raise bad("Product is archived")
    if given.get("custom_price") and product["billing_type"] == "recurring":
        raise bad("custom_price is only available for one-time products")
    url = given.get("success_url")
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise bad("success_url must be a URL address")
    customer = given.get("customer") or {}
    if customer.get("id") and customer.get("email"):
        raise bad("Only one of customer.id and customer.email may be given")


def _customer(books: Books, given: Document) -> Document:
    if given.get("id"):
        return records.fetch(books, "customer", given["id"])
    return given


def retrieve(call: Call) -> Document:
    """GET /v1/checkouts."""
    return records.fetch(call.books, "checkout", call.params["checkout_id"])


def expire(books: Books, checkout_id: str) -> None:
    """Nobody paid for a day."""
    checkout = records.find(books, "checkout", checkout_id)
    if checkout is not None and checkout["status"] == "pending":
        records.change(books, checkout, status="expired")


def unit_price(checkout: Document, product: Document) -> int:
    """What one unit costs in this checkout, in cents."""
    return checkout.get("custom_price") or product["price"]


ROUTES = [
    Route("POST", "/v1/checkouts", create, CREATE),
    Route("GET", "/v1/checkouts", retrieve, RETRIEVE),
]
