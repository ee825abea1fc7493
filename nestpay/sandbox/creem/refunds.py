"""Money that goes back: refunds of whole transactions, and disputes that a bank opens."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import events, records
from nestpay.sandbox.creem.errors import bad
from nestpay.sandbox.creem.routes import Call, Route
from nestpay.sandbox.creem.wire import Shape, Text
from nestpay.sandbox.documents import Document

CREATE = Shape({"transaction_id": Text()}, needs=("transaction_id",))
REASONS = ("duplicate", "fraudulent", "requested_by_customer", "other")


def create(call: Call) -> Document:
    """POST /v1/refunds: all that was paid, or nothing; answers its status only."""
    transaction = records.fetch(call.books, "transaction", call.params["transaction_id"])
    return {"status": refund(call.books, transaction)["status"]}


def refund(
    books: Books, transaction: Document, reason: str = "requested_by_customer", amount: int | None = None
) -> Document:
    """Give a transaction back; `amount` (cents) is the dashboard's privilege. Raises CreemError (400)."""
    before = transaction["refunded_amount"] or 0
    left = transaction["amount_paid"] - before
    if transaction["status"] not in ("paid", "partialRefund"):
        raise bad(f"Transaction cannot be refunded: it is {transaction['status']}")
    given = left if amount is None else amount
    if not 0 < given <= left:
        raise bad(f"amount must be from 1 to {left}")
    status = "refunded" if given == left else "partialRefund"
    transaction = records.change(books, transaction, status=status, refunded_amount=before + given)
    money = {"refund_amount": given, "refund_currency": transaction["currency"]}
    made = records.entity("ref", "refund", status="succeeded", **money, reason=reason, **_about(books, transaction))
    records.add(books, made)
    events.announce(books, "refund.created", made)
    return made


def dispute(books: Books, transaction: Document) -> Document:
    """The bank takes a payment back. Raises CreemError (400) when there is nothing left to take."""
    left = transaction["amount_paid"] - (transaction["refunded_amount"] or 0)
    if transaction["status"] not in ("paid", "partialRefund") or not left:
        raise bad(f"Transaction cannot be disputed: it is {transaction['status']}")
    paid = transaction["amount_paid"]
    transaction = records.change(books, transaction, status="chargedBack", refunded_amount=paid)
    money = {"amount": left, "currency": transaction["currency"]}
    made = records.entity("disp", "dispute", **money, **_about(books, transaction))
    records.add(books, made)
    events.announce(books, "dispute.created", made)
    return made


def _about(books: Books, transaction: Document) -> Document:
    checkout = books.inner(transaction["id"]).get("checkout")
    return records.given_only(
        transaction=transaction["id"],
        subscription=transaction["subscription"],
        checkout=checkout,
        order=transaction["order"],
        customer=transaction["customer"],
        created_at=books.now * 1000,
    )


def dispute_later(books: Books, transaction_id: str) -> None:
    """The appointment of a card that complains of every payment."""
    transaction = records.find(books, "transaction", transaction_id)
    if transaction is not None and transaction["status"] == "paid":
        dispute(books, transaction)


ROUTES = [Route("POST", "/v1/refunds", create, CREATE)]
