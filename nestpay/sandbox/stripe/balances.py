"""The customer's balance: credit (below zero) or debt that invoices use up, line by line."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import minimum
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.objects import planning as objects
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Metadata, Text, merge_metadata

CREATE = Hash(
    expandable({"amount": Integer(), "currency": Text(), "description": Text(), "metadata": Metadata()}),
    needs=("amount", "currency"),
)


def due_and_rest(total: int, balance: int, currency: str) -> tuple[int, int]:
    """What is to be paid for an invoice over `total`, and the balance that stays.

    Less than the least amount of the currency is not charged but carried over.
    """
    owed = total + balance
    return (owed, 0) if owed >= minimum(currency) else (0, owed)


def move(books: Books, customer: Document, amount: int, kind: str, invoice: str | None = None, **more: object) -> None:
    """Add `amount` (below zero for credit) to the balance and write the line that says why (a Stripe `type`)."""
    if amount == 0:
        return
    ending = customer["balance"] + amount
    currency = customer["currency"] or "usd"
    fields = {"ending_balance": ending, "invoice": invoice, "type": kind, **more}
    books.add(objects.balance_line(new_id("cbtxn"), books.now, customer["id"], amount, currency, **fields))
    changed(books, customer, {"balance": ending}, "customer.updated")


def settle(books: Books, invoice: Document) -> Document:
    """Use the balance for an invoice that is about to be finalised, or put its credit on the balance."""
    if not books.inner(invoice["id"]).get("subscription") and not books.inner(invoice["id"]).get("uses_balance"):
        return invoice
    customer = fetch(books, "customer", invoice["customer"], "customer")
    due, ending = due_and_rest(invoice["total"], customer["balance"], invoice["currency"])
    amounts = {
        "amount_due": due,
        "amount_remaining": due,
        "starting_balance": customer["balance"],
        "ending_balance": ending,
    }
    if customer["currency"] is None:
        customer = changed(books, customer, {"currency": invoice["currency"]})
    move(books, customer, ending - customer["balance"], "applied_to_invoice", invoice["id"])
    return changed(books, invoice, amounts)


def give_back(books: Books, invoice: Document) -> None:
    """A voided invoice leaves the balance as if it had never been."""
    taken = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if invoice["ending_balance"] is not None and taken:
        customer = fetch(books, "customer", invoice["customer"], "customer")
        move(books, customer, -taken, "unapplied_from_invoice", invoice["id"])


def create(call: Call) -> Document:
    """POST /v1/customers/{id}/balance_transactions."""
    books, given = call.books, call.params
    customer = fetch(books, "customer", call.ids[0])
    if customer["currency"] is None:
        customer = changed(books, customer, {"currency": given["currency"]})
    metadata = merge_metadata({}, given.get("metadata") or {})
    move(books, customer, given["amount"], "adjustment", description=given.get("description"), metadata=metadata)
    return books.select("customer_balance_transaction", "json_extract(body, '$.customer') = ?", [customer["id"]])[0]


def list_lines(call: Call) -> Document:
    """GET /v1/customers/{id}/balance_transactions."""
    customer = fetch(call.books, "customer", call.ids[0])
    where = lists.Filter().equal({"customer": customer["id"]}, "customer")
    url = f"/v1/customers/{customer['id']}/balance_transactions"
    return lists.page(call.books, "customer_balance_transaction", call.params, url, where)


ROUTES = [
    Route("POST", "/v1/customers/{id}/balance_transactions", create, CREATE),
    Route("GET", "/v1/customers/{id}/balance_transactions", list_lines, Hash(lists.PAGING)),
]
