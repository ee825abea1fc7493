"""Invoice items: what a customer's next invoice will charge or credit, put there by hand or by a proration."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.catalogue import PRICE_DATA, check_currency, in_currency, make_price
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import billing, planning
from nestpay.sandbox.stripe.records import changed, created, deleted, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Integer, Metadata, Text, merge_metadata

URL = "/v1/invoiceitems"
KIND = "invoiceitem"
PERIOD = Hash({"start": Integer(), "end": Integer()}, needs=("start", "end"))
PRICING = Hash({"price": Text()})
FIELDS = {
    "amount": Integer(),
    "description": Text(),
    "discountable": Flag(),
    "metadata": Metadata(),
    "period": PERIOD,
    "price_data": PRICE_DATA,
    "pricing": PRICING,
    "quantity": Integer(0),
    "unit_amount_decimal": Text(),
}
IGNORED = "customer_account discounts tax_behavior tax_code tax_rates quantity_decimal"
CREATE = Hash(
    expandable({**FIELDS, "currency": Text(), "customer": Text(), "subscription": Text(), "invoice": Text()}),
    needs=("customer",),
    ignores=IGNORED,
)
UPDATE = Hash(expandable(FIELDS), ignores=IGNORED)
LIST = Hash({**lists.PAGING, "customer": Text(), "invoice": Text(), "pending": Flag()}, ignores="customer_account")


def create(call: Call) -> Document:
    """POST /v1/invoiceitems: an amount, or a price and how many of it."""
    books, given = call.books, call.params
    customer = fetch(books, "customer", given["customer"], "customer")
    subscription_id = given.get("subscription")
    subscription = fetch(books, "subscription", subscription_id, "subscription") if subscription_id else None
    if given.get("invoice"):
        raise invalid("The sandbox adds items to the next invoice only, not to a draft.", "invoice")
    currency = given.get("currency") or (subscription or {}).get("currency") or customer["currency"] or "usd"
    quantity = 1 if given.get("quantity") is None else given["quantity"]
    price, amount = _price(books, given, check_currency(currency), quantity)
    span = given.get("period") or {"end": books.now, "start": books.now}
    item = planning.invoice_item(
        new_id("ii"),
        books.now,
        customer["id"],
        amount,
        currency,
        description=given.get("description"),
        discountable=given.get("discountable") is not False and amount > 0,
        metadata=merge_metadata({}, given.get("metadata") or {}),
        parent=planning.of_subscription(subscription["id"]) if subscription else None,
        period=span,
        pricing=billing.pricing(price, price["unit_amount_decimal"]),
        quantity=quantity,
        quantity_decimal=str(quantity),
        test_clock=books.clock,
    )
    return created(books, item, waiting=subscription_id)


def _price(books: Books, given: Document, currency: str, quantity: int) -> tuple[Document, int]:
    """The price of an item (made for it when only an amount is given) and what it comes to."""
    price_id = (given.get("pricing") or {}).get("price")
    if price_id:
        price = fetch(books, "price", price_id, "pricing[price]")
    elif given.get("price_data"):
        price = make_price(books, given["price_data"], inline=True)
    elif given.get("amount") is not None:
        data = {"name": given.get("description") or "Invoice item"}
        price = make_price(
            books, {"currency": currency, "product_data": data, "unit_amount": given["amount"]}, inline=True
        )
        return price, given["amount"]
    else:
        raise invalid("You must provide `amount`, `pricing[price]` or `price_data`.", "amount")
    _, unit = in_currency(books, price, currency)
    return price, round(unit * quantity)


def update(call: Call) -> Document:
    """POST /v1/invoiceitems/{id}: only while no invoice has taken it up."""
    item, given = _waiting(call), call.params
    changes = {name: given[name] for name in ("amount", "description", "discountable", "period") if name in given}
    if "amount" in changes:
        changes["net_amount"] = changes["amount"]
    if "metadata" in given:
        changes["metadata"] = merge_metadata(item["metadata"], given["metadata"])
    return changed(call.books, item, changes)


def delete(call: Call) -> Document:
    """DELETE /v1/invoiceitems/{id}: only while no invoice has taken it up."""
    return deleted(call.books, _waiting(call), "invoiceitem.deleted")


def _waiting(call: Call) -> Document:
    item = fetch(call.books, KIND, call.ids[0])
    if item["invoice"]:
        raise invalid(f"This invoice item is part of the invoice `{item['invoice']}` already.", "id")
    return item


def list_items(call: Call) -> Document:
    """GET /v1/invoiceitems; `pending` ones are on no invoice yet."""
    where = lists.Filter().equal(call.params, "customer", "invoice")
    if call.params.get("pending") is not None:
        where.add(f"json_extract(body, '$.invoice') is {'' if call.params['pending'] else 'not '}null")
    return lists.page(call.books, KIND, call.params, URL, where)


ROUTES = [
    Route("POST", URL, create, CREATE),
    Route("GET", URL, list_items, LIST),
    Route("GET", f"{URL}/{{id}}", lambda call: fetch(call.books, KIND, call.ids[0])),
    Route("POST", f"{URL}/{{id}}", update, UPDATE),
    Route("DELETE", f"{URL}/{{id}}", delete),
]
