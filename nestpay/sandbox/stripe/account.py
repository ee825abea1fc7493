"""The account and its balance, as the API reads them."""

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe.errors import StripeError
from nestpay.sandbox.stripe.objects import account as objects
from nestpay.sandbox.stripe.routes import Call, Route

SUM = (
    "select json_extract(body, '$.currency'), sum(json_extract(body, '$.net')) from documents "
    "where kind = 'balance_transaction' and json_extract(body, '$.available_on') {} ? group by 1"
)


def retrieve(call: Call) -> Document:
    """GET /v1/account and GET /v1/accounts/{id}; there is one account only."""
    if call.ids and call.ids[0] != objects.ACCOUNT_ID:
        message = f"The provided key does not have access to account '{call.ids[0]}' (or that account does not exist)."
        raise StripeError(403, message, code="account_invalid")
    return objects.account(call.books.site)


def balance(call: Call) -> Document:
    """GET /v1/balance: lines are available two days after they were written."""
    read = call.books.connection.execute
    available = dict(read(SUM.format("<="), (call.books.now,)).fetchall())
    pending = dict(read(SUM.format(">"), (call.books.now,)).fetchall())
    return objects.balance(available, {**dict.fromkeys(available, 0), **pending})


ROUTES = [
    Route("GET", "/v1/account", retrieve),
    Route("GET", "/v1/accounts/{id}", retrieve),
    Route("GET", "/v1/balance", balance),
]
