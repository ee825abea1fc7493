"""Products and prices: what can be bought, how often and in which currencies."""

from decimal import Decimal

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import CURRENCIES
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.objects import catalogue as objects
from nestpay.sandbox.stripe.records import changed, created, deleted, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Integer, Listing, Metadata, Number, Text, merge_metadata

INTERVALS = ("day", "month", "week", "year")
TAX_BEHAVIORS = ("exclusive", "inclusive", "unspecified")
RECURRING = Hash(
    {
        "interval": Text(INTERVALS),
        "interval_count": Integer(1, 1095),
        "usage_type": Text(("licensed", "metered")),
        "trial_period_days": Integer(0),
        "meter": Text(),
    },
    needs=("interval",),
)
CURRENCY_OPTION = Hash(
    {"unit_amount": Integer(0), "unit_amount_decimal": Number(), "tax_behavior": Text(TAX_BEHAVIORS)},
    ignores="custom_unit_amount tiers",
)
MONEY_OF_PRICE = {
    "currency": Text(),
    "unit_amount": Integer(0, 99999999),
    "unit_amount_decimal": Number(),
    "tax_behavior": Text(TAX_BEHAVIORS),
}
PRODUCT_DATA = Hash(
    {
        "name": Text(),
        "description": Text(),
        "active": Flag(),
        "id": Text(),
        "images": Listing(),
        "metadata": Metadata(),
        "statement_descriptor": Text(),
        "tax_code": Text(),
        "unit_label": Text(),
    },
    needs=("name",),
    ignores="tax_details",
)
PRICE_DATA = Hash(
    {**MONEY_OF_PRICE, "product": Text(), "product_data": PRODUCT_DATA, "recurring": RECURRING}, needs=("currency",)
)


class PerCurrency:
    """`currency_options`: a hash by currency."""

    def read(self, raw: str | dict[str, object], name: str) -> Document | None:
        """See `Parameter.read`."""
        if not isinstance(raw, dict):
            return None
        return {check_currency(key, name): CURRENCY_OPTION.read(value, f"{name}[{key}]") for key, value in raw.items()}  # pyright: ignore[reportArgumentType]


PRODUCT_FIELDS = {
    "active": Flag(),
    "description": Text(),
    "images": Listing(),
    "marketing_features": Listing(Hash({"name": Text()})),
    "metadata": Metadata(),
    "name": Text(),
    "shippable": Flag(),
    "statement_descriptor": Text(),
    "tax_code": Text(),
    "type": Text(("good", "service")),
    "unit_label": Text(),
    "url": Text(),
}
CREATE_PRODUCT = Hash(
    expandable(
        {
            **PRODUCT_FIELDS,
            "id": Text(),
            "default_price_data": Hash(
                {**MONEY_OF_PRICE, "recurring": RECURRING, "metadata": Metadata(), "currency_options": PerCurrency()},
                needs=("currency",),
            ),
        }
    ),
    needs=("name",),
    ignores="package_dimensions tax_details",
)
UPDATE_PRODUCT = Hash(expandable({**PRODUCT_FIELDS, "default_price": Text()}), ignores="package_dimensions tax_details")
LIST_PRODUCTS = Hash(
    {**lists.PAGING, "active": Flag(), "ids": Listing(), "shippable": Flag(), "url": Text(), "type": Text()}
)
PRICE_FIELDS = {
    "active": Flag(),
    "lookup_key": Text(most=200),
    "metadata": Metadata(),
    "nickname": Text(),
    "transfer_lookup_key": Flag(),
    "currency_options": PerCurrency(),
}
CREATE_PRICE = Hash(
    expandable(
        {
            **PRICE_FIELDS,
            **MONEY_OF_PRICE,
            "product": Text(),
            "product_data": PRODUCT_DATA,
            "recurring": RECURRING,
            "billing_scheme": Text(("per_unit",)),
        }
    ),
    needs=("currency",),
    ignores="custom_unit_amount transform_quantity",
)
UPDATE_PRICE = Hash(expandable({**PRICE_FIELDS, "tax_behavior": Text(TAX_BEHAVIORS)}))
LIST_PRICES = Hash(
    {
        **lists.PAGING,
        "active": Flag(),
        "currency": Text(),
        "lookup_keys": Listing(),
        "product": Text(),
        "type": Text(("one_time", "recurring")),
        "recurring": Hash({"interval": Text(INTERVALS), "meter": Text(), "usage_type": Text()}),
    }
)


def check_currency(currency: str, param: str = "currency") -> str:
    """The currency in small letters. Raises StripeError (400) for one that does not exist."""
    if currency.lower() not in CURRENCIES:
        raise invalid(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: usd, eur, gbp, …", param
        )
    return currency.lower()


def create_product(call: Call) -> Document:
    """POST /v1/products."""
    books, given = call.books, dict(call.params)
    price_data = given.pop("default_price_data", None)
    product_id = given.pop("id", None) or new_id("prod", 14)
    if books.find_any(product_id):
        raise StripeError(400, f"Product already exists: {product_id}", code="resource_already_exists", param="id")
    product = created(books, objects.product(product_id, books.now, **_product_values(given)))
    if price_data:
        price = make_price(books, {**price_data, "product": product_id})
        product = {**product, "default_price": price["id"]}
        books.save(product)
    return product


def _product_values(given: Document) -> Document:
    values = {name: given[name] for name in PRODUCT_FIELDS if name in given and name != "metadata"}
    if "metadata" in given:
        values["metadata"] = merge_metadata({}, given["metadata"])
    return values


def update_product(call: Call) -> Document:
    """POST /v1/products/{id}."""
    books, given = call.books, call.params
    product = fetch(books, "product", call.ids[0])
    changes = {name: given[name] for name in (*PRODUCT_FIELDS, "default_price") if name in given}
    if "name" in changes and changes["name"] is None:
        raise invalid(
            "You passed an empty string for 'name'. We assume empty values are an attempt to unset a parameter; "
            "however 'name' cannot be unset.",
            "name",
            "parameter_invalid_empty",
        )
    if changes.get("default_price"):
        fetch(books, "price", changes["default_price"], "default_price")
    if "metadata" in given:
        changes["metadata"] = merge_metadata(product["metadata"], given["metadata"])
    return changed(books, product, {**changes, "updated": books.now}, "product.updated", silent=("updated",))


def delete_product(call: Call) -> Document:
    """DELETE /v1/products/{id}: only a product without prices goes."""
    product = fetch(call.books, "product", call.ids[0])
    if call.books.select("price", "json_extract(body, '$.product') = ?", [product["id"]]):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.", "id")
    return deleted(call.books, product, "product.deleted")


def list_products(call: Call) -> Document:
    """GET /v1/products."""
    where = lists.Filter().equal(call.params, "active", "shippable", "url", "type")
    if call.params.get("ids"):
        where.add(f"id in ({','.join('?' * len(call.params['ids']))})", *call.params["ids"])
    return lists.page(call.books, "product", call.params, "/v1/products", where)


def make_price(books: Books, given: Document, inline: bool = False) -> Document:
    """A new price from parameters; `inline` prices (of a session or subscription) are born inactive.

    Raises StripeError (400) when the product, the currency or the amount is wrong.
    """
    currency = check_currency(given["currency"])
    if given.get("product_data"):
        data = given["product_data"]
        product = created(
            books,
            objects.product(
                data.get("id") or new_id("prod", 14), books.now, **{"active": not inline, **_product_values(data)}
            ),
        )
    elif given.get("product"):
        product = fetch(books, "product", given["product"], "product")
    else:
        raise required("product")
    amount = _amount(given)
    options = {currency: {**given, **amount}, **(given.get("currency_options") or {})}
    repeats = given.get("recurring")
    fields = {
        "active": given.get("active") is not False and not inline,
        "lookup_key": _claim_lookup_key(books, given),
        "metadata": merge_metadata({}, given.get("metadata") or {}),
        "nickname": given.get("nickname"),
        "recurring": objects.recurring(
            **{name: value for name, value in repeats.items() if name != "meter" and value is not None}
        )
        if repeats
        else None,
        "tax_behavior": given.get("tax_behavior") or "unspecified",
        "type": "recurring" if repeats else "one_time",
        **amount,
    }
    price = objects.price(new_id("price"), books.now, product["id"], currency, **fields)
    return created(books, price, options={name: _option(option) for name, option in options.items()})


def _amount(given: Document) -> Document:
    if given.get("unit_amount") is None and given.get("unit_amount_decimal") is None:
        raise required("unit_amount")
    decimal = Decimal(given["unit_amount_decimal"] if given.get("unit_amount") is None else given["unit_amount"])
    whole = decimal == decimal.to_integral_value()
    return {"unit_amount": int(decimal) if whole else None, "unit_amount_decimal": format(decimal.normalize(), "f")}


def _option(given: Document) -> Document:
    return {
        "custom_unit_amount": None,
        "tax_behavior": given.get("tax_behavior") or "unspecified",
        "tiers": None,
        **_amount(given),
    }


def _claim_lookup_key(books: Books, given: Document) -> str | None:
    key = given.get("lookup_key")
    if not key:
        return None
    for other in books.select("price", "json_extract(body, '$.lookup_key') = ?", [key]):
        if not given.get("transfer_lookup_key"):
            raise invalid(f"A price (`{other['id']}`) already uses that lookup key.", "lookup_key")
        changed(books, other, {"lookup_key": None}, "price.updated")
    return key


def create_price(call: Call) -> Document:
    """POST /v1/prices."""
    return make_price(call.books, call.params)


def update_price(call: Call) -> Document:
    """POST /v1/prices/{id}."""
    books, given = call.books, call.params
    price = fetch(books, "price", call.ids[0])
    changes = {name: given[name] for name in ("active", "nickname", "tax_behavior") if name in given}
    if "lookup_key" in given and given["lookup_key"] != price["lookup_key"]:
        changes["lookup_key"] = _claim_lookup_key(books, given)
    if "metadata" in given:
        changes["metadata"] = merge_metadata(price["metadata"], given["metadata"])
    if given.get("currency_options"):
        options = {name: _option(option) for name, option in given["currency_options"].items()}
        books.remember(price["id"], options={**books.inner(price["id"])["options"], **options})
    return changed(books, price, changes, "price.updated")


def list_prices(call: Call) -> Document:
    """GET /v1/prices."""
    params = call.params
    where = lists.Filter().equal(params, "active", "currency", "product", "type")
    if params.get("lookup_keys"):
        where.add(
            f"json_extract(body, '$.lookup_key') in ({','.join('?' * len(params['lookup_keys']))})",
            *params["lookup_keys"],
        )
    if params.get("recurring", {}) and params["recurring"].get("interval"):
        where.add("json_extract(body, '$.recurring.interval') = ?", params["recurring"]["interval"])
    return lists.page(call.books, "price", params, "/v1/prices", where)


def in_currency(books: Books, price: Document, currency: str | None) -> tuple[str, Decimal]:
    """The currency and unit amount a price charges when that currency is asked for (its own when None).

    Raises StripeError (400) when the price has no such currency.
    """
    options = books.inner(price["id"])["options"]
    chosen = currency or price["currency"]
    if chosen not in options:
        raise invalid(
            f"The price specified supports currencies of `{', '.join(options)}`, but `{chosen}` was asked for.",
            "currency",
        )
    return chosen, Decimal(options[chosen]["unit_amount_decimal"])


def currency_options(books: Books, price: Document) -> Document:
    """What `expand[]=currency_options` shows."""
    return books.inner(price["id"])["options"]


ROUTES = [
    Route("POST", "/v1/products", create_product, CREATE_PRODUCT),
    Route("GET", "/v1/products", list_products, LIST_PRODUCTS),
    Route("GET", "/v1/products/{id}", lambda call: fetch(call.books, "product", call.ids[0])),
    Route("POST", "/v1/products/{id}", update_product, UPDATE_PRODUCT),
    Route("DELETE", "/v1/products/{id}", delete_product),
    Route("POST", "/v1/prices", create_price, CREATE_PRICE),
    Route("GET", "/v1/prices", list_prices, LIST_PRICES),
    Route("GET", "/v1/prices/{id}", lambda call: fetch(call.books, "price", call.ids[0])),
    Route("POST", "/v1/prices/{id}", update_price, UPDATE_PRICE),
]
