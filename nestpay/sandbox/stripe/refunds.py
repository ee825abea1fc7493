"""Refunds, full and partial, and the lines they leave in the balance."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.money import shown as money
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.objects import payments as objects
from nestpay.sandbox.stripe.records import changed, created, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Metadata, Text, merge_metadata

REASON = Text(("duplicate", "fraudulent", "requested_by_customer"))
CREATE = Hash(
    expandable(
        {"amount": Integer(1), "charge": Text(), "payment_intent": Text(), "reason": REASON, "metadata": Metadata()}
    ),
    ignores="currency customer instructions_email origin refund_application_fee reverse_transfer",
)
UPDATE = Hash(expandable({"metadata": Metadata()}))
LIST = Hash({**lists.PAGING, "charge": Text(), "payment_intent": Text()})
LIST_LINES = Hash({**lists.PAGING, "source": Text(), "type": Text(), "currency": Text()}, ignores="payout")


def create(call: Call) -> Document:
    """POST /v1/refunds. Raises StripeError (400) for more than is left."""
    books, given = call.books, call.params
    charge = _charge(books, given)
    if charge["status"] != "succeeded":
        raise invalid(f"This charge has a status of {charge['status']} and cannot be refunded.", "charge")
    left = charge["amount"] - charge["amount_refunded"]
    if left == 0:
        raise StripeError(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = given.get("amount") or left
    if amount > left:
        currency = charge["currency"]
        raise invalid(
            f"Refund amount ({money(amount, currency)}) is greater than unrefunded amount on charge ({money(left, currency)})",
            "amount",
        )
    metadata = merge_metadata({}, given.get("metadata") or {})
    return give_back(books, charge, amount, {"metadata": metadata, "reason": given.get("reason")})


def _charge(books: Books, given: Document) -> Document:
    if given.get("charge"):
        return fetch(books, "charge", given["charge"], "charge")
    if not given.get("payment_intent"):
        raise required("charge")
    intent = fetch(books, "payment_intent", given["payment_intent"], "payment_intent")
    if not intent["latest_charge"]:
        raise invalid("This PaymentIntent does not have a successful charge to refund.", "payment_intent")
    return fetch(books, "charge", intent["latest_charge"], "payment_intent")


def give_back(books: Books, charge: Document, amount: int, fields: Document) -> Document:
    """Refund an amount of a succeeded charge: `refund.created`, then `charge.refunded`."""
    refund_id = new_id("re")
    line = objects.balance_transaction(new_id("txn"), books.now, -amount, 0, charge["currency"], refund_id, "refund")
    books.add(line)
    refund = objects.refund(refund_id, books.now, charge, amount, balance_transaction=line["id"], **fields)
    refunded = charge["amount_refunded"] + amount
    books.save({**charge, "amount_refunded": refunded, "refunded": refunded == charge["amount"]})
    created(books, refund)
    previous = {"amount_refunded": charge["amount_refunded"]}
    if refunded == charge["amount"]:
        previous["refunded"] = False
    books.announce("charge.refunded", fetch(books, "charge", charge["id"]), previous)
    return refund


def update(call: Call) -> Document:
    """POST /v1/refunds/{id}."""
    refund = fetch(call.books, "refund", call.ids[0])
    changes = (
        {"metadata": merge_metadata(refund["metadata"], call.params["metadata"])} if "metadata" in call.params else {}
    )
    return changed(call.books, refund, changes, "refund.updated")


def list_refunds(call: Call) -> Document:
    """GET /v1/refunds."""
    where = lists.Filter().equal(call.params, "charge", "payment_intent")
    return lists.page(call.books, "refund", call.params, "/v1/refunds", where)


def refunds_of(books: Books, charge: Document) -> Document:
    """What `expand[]=refunds` shows."""
    data = books.select("refund", "json_extract(body, '$.charge') = ?", [charge["id"]])
    return listing(data, f"/v1/charges/{charge['id']}/refunds")


def list_lines(call: Call) -> Document:
    """GET /v1/balance_transactions."""
    where = lists.Filter().equal(call.params, "source", "type", "currency")
    return lists.page(call.books, "balance_transaction", call.params, "/v1/balance_transactions", where)


ROUTES = [
    Route("POST", "/v1/refunds", create, CREATE),
    Route("GET", "/v1/refunds", list_refunds, LIST),
    Route("GET", "/v1/refunds/{id}", lambda call: fetch(call.books, "refund", call.ids[0])),
    Route("POST", "/v1/refunds/{id}", update, UPDATE),
    Route("GET", "/v1/balance_transactions", list_lines, LIST_LINES),
    Route("GET", "/v1/balance_transactions/{id}", lambda call: fetch(call.books, "balance_transaction", call.ids[0])),
]
