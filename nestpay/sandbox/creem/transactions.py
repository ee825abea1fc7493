"""Transactions: money that was taken, for an order or for a period of a subscription."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import records
from nestpay.sandbox.creem.bill import Bill
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Shape, Text
from nestpay.sandbox.documents import Document

RETRIEVE = Shape({"transaction_id": Text()}, needs=("transaction_id",))
SEARCH = Shape({**records.PAGING, "customer_id": Text(), "order_id": Text(), "product_id": Text()})


def paid(
    books: Books,
    bill: Bill,
    customer: str,
    order: str | None,
    subscription: str | None = None,
    period: tuple[int, int] | None = None,
    **inner: str,
) -> Document:
    """Write down that a bill was paid; `period` is what it pays for (Unix seconds)."""
    fields = {
        "amount": bill.amount,
        "amount_paid": bill.total,
        "discount_amount": bill.discount,
        "currency": bill.currency,
        "type": "invoice" if subscription else "payment",
        "tax_country": bill.country,
        "tax_amount": bill.tax,
        "status": "paid",
        "refunded_amount": None,
        "order": order,
        "subscription": subscription,
        "customer": customer,
        "description": "Subscription payment" if subscription else "Payment",
        "created_at": books.now * 1000,
    }
    if period:
        fields |= {"period_start": period[0] * 1000, "period_end": period[1] * 1000}
    return records.add(books, records.entity("tran", "transaction", **fields), **inner)


def retrieve(call: Call) -> Document:
    """GET /v1/transactions."""
    return records.fetch(call.books, "transaction", call.params["transaction_id"])


def search(call: Call) -> Document:
    """GET /v1/transactions/search, by customer, order or product."""
    where, values = ["1"], []
    for name, column in (("customer_id", "customer"), ("order_id", "order")):
        if call.params.get(name):
            where.append(f"json_extract(body, '$.{column}') = ?")
            values.append(call.params[name])
    if call.params.get("product_id"):
        where.append("json_extract(inner, '$.product') = ?")
        values.append(call.params["product_id"])
    found = records.select(call.books, "transaction", " and ".join(where), tuple(values))
    return records.page(call.books, found, call.params)


ROUTES = [
    Route("GET", "/v1/transactions", retrieve, RETRIEVE),
    Route("GET", "/v1/transactions/search", search, SEARCH),
]
