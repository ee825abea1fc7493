"""Products: one thing with one price, its rhythm and its trial; archived, never deleted."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import records
from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Anything, Flag, Listing, Shape, Text, Whole
from nestpay.sandbox.documents import Document

PERIODS = {
    "every-day": ("day", 1),
    "every-month": ("month", 1),
    "every-three-months": ("month", 3),
    "every-six-months": ("month", 6),
    "every-year": ("year", 1),
}
LEAST = 100
MOST = 99_999_999
CUSTOM_FIELD = Shape(
    {
        "type": Text(("text", "checkbox")),
        "key": Text(most=200),
        "label": Text(most=50),
        "optional": Flag(),
        "text": Shape({"max_length": Whole(1), "min_length": Whole(0), "minimum_length": Whole(0)}),
        "checkbox": Shape({"label": Text()}),
    },
    needs=("type", "key", "label"),
)
CUSTOM_FIELDS = Listing(CUSTOM_FIELD, most=3)
FIELDS = {
    "name": Text(),
    "description": Text(),
    "image_url": Text(),
    "image_urls": Listing(Text()),
    "price": Whole(0, MOST),
    "currency": Text(("USD", "EUR")),
    "billing_type": Text(("recurring", "onetime")),
    "billing_period": Text((*PERIODS, "once", "custom")),
    "recurring_interval": Text(("day", "week", "month", "year")),
    "recurring_interval_count": Whole(1, 365),
    "tax_mode": Text(("inclusive", "exclusive")),
    "business_net_pricing": Flag(),
    "tax_category": Text(("saas", "digital-goods-service", "ebooks")),
    "pay_what_you_want": Flag(),
    "suggested_price": Whole(0, MOST),
    "trial_period_days": Whole(0, 730),
    "trial_price": Whole(0, MOST),
    "default_success_url": Text(),
    "custom_fields": CUSTOM_FIELDS,
    "custom_field": CUSTOM_FIELDS,
    "abandoned_cart_recovery_enabled": Flag(),
    "features": Listing(Anything()),
}
CREATE = Shape(FIELDS, needs=("name", "description", "price", "currency", "billing_type"))
NOT_PATCHED = ("tax_category", "custom_fields", "custom_field", "abandoned_cart_recovery_enabled")
UPDATE = Shape({name: one for name, one in FIELDS.items() if name not in NOT_PATCHED})
SEARCH = Shape({**records.PAGING, "status": Text(("active", "archived"))})
HIDDEN = ("custom_field", "abandoned_cart_recovery_enabled", "pay_what_you_want", "suggested_price")


def create(call: Call) -> Document:
    """POST /v1/products."""
    books, given = call.books, call.params
    _check(given)
    recurring = given["billing_type"] == "recurring"
    fields = custom_fields(given)
    product = records.entity(
        "prod",
        "product",
        **{
            "billing_period": "every-month" if recurring else "once",
            "status": "active",
            "tax_mode": "inclusive",
            "tax_category": "saas",
            "default_success_url": None,
            **{name: value for name, value in given.items() if name not in HIDDEN},
            **({"custom_fields": fields} if fields else {}),
        },
        **records.dates(books),
    )
    product["product_url"] = f"{books.site}/creem/payment/{product['id']}"
    return records.add(books, product)


def _check(given: Document) -> None:
    if 0 < given.get("price", 0) < LEAST:
        raise bad(f"price must not be less than {LEAST}")
    period, recurring = given.get("billing_period"), given.get("billing_type") == "recurring"
    if period and recurring == (period == "once"):
        raise bad(f"billing_period {period} does not fit billing_type {given.get('billing_type')}")
    if period == "custom" and not given.get("recurring_interval"):
        raise bad("recurring_interval should not be empty")
    if not recurring and given.get("trial_period_days"):
        raise bad("trial_period_days is only available for recurring products")


def custom_fields(given: Document) -> list[Document]:
    """The custom fields of a request as an object shows them, nothing filled in yet."""
    found = []
    for one in given.get("custom_fields") or given.get("custom_field") or []:
        text, checkbox = one.get("text") or {}, one.get("checkbox") or {}
        least = text.get("minimum_length", text.get("min_length"))
        own = {
            "text": {"max_length": text.get("max_length"), "minimum_length": least, "value": None},
            "checkbox": {"label": checkbox.get("label"), "value": None},
        }
        found.append({**one, "optional": bool(one.get("optional")), one["type"]: own[one["type"]]})
    return found


def update(call: Call) -> Document:
    """PATCH /v1/products/{id}: what is sold from now on; running subscriptions keep what they agreed to."""
    product = records.fetch(call.books, "product", call.ids[0])
    after = {**product, **call.params}
    _check({**after, "trial_period_days": call.params.get("trial_period_days")})
    return records.change(call.books, product, **{n: v for n, v in call.params.items() if n not in HIDDEN})


def archive(call: Call) -> Document:
    """DELETE /v1/products/{id}."""
    return records.change(call.books, records.fetch(call.books, "product", call.ids[0]), status="archived")


def search(call: Call) -> Document:
    """GET /v1/products/search."""
    status = call.params.get("status")
    where, values = ("json_extract(body, '$.status') = ?", (status,)) if status else ("1", ())
    return records.page(call.books, records.select(call.books, "product", where, values), call.params)


def rhythm(product: Document) -> tuple[str, int]:
    """How often a recurring product is billed: the interval and how many of them."""
    if product["billing_period"] == "custom":
        return product["recurring_interval"], product.get("recurring_interval_count") or 1
    return PERIODS[product["billing_period"]]


def trial_days(product: Document) -> int:
    """The length of the product's trial, 0 for none."""
    return (product.get("trial_period_days") or 0) if product["billing_type"] == "recurring" else 0


def of(books: Books, document: Document) -> Document:
    """The product of a checkout or subscription."""
    return records.fetch(books, "product", document["product"])


def retrieve(call: Call) -> Document:
    """GET /v1/products/{id}, or with `product_id` in the query as it used to be."""
    return records.fetch(call.books, "product", call.ids[0] if call.ids else call.params["product_id"])


ROUTES = [
    Route("POST", "/v1/products", create, CREATE),
    Route("GET", "/v1/products", retrieve, Shape({"product_id": Text()}, needs=("product_id",))),
    Route("GET", "/v1/products/search", search, SEARCH),
    Route("GET", "/v1/products/{id}", retrieve),
    Route("PATCH", "/v1/products/{id}", update, UPDATE),
    Route("DELETE", "/v1/products/{id}", archive),
]
