"""Refunds, full and partial: how they are made, how they end, and the lines they leave in the balance."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import shown as money
from nestpay.sandbox.stripe import cards, disputes, fraud_warnings, lists
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.objects import payments as objects
from nestpay.sandbox.stripe.records import changed, created, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Metadata, Text, merge_metadata

SETTLES_AFTER = 5  # seconds from the refund to the bank's answer, for the cards that make it wait
FINAL = ("failed", "canceled")
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
    if disputes.forbids_refund(books, charge):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeError(400, message, code="charge_disputed")
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
    """Refund an amount of a succeeded charge: `refund.created`, then `charge.refunded`.

    What the card says about refunds decides whether the bank takes it at once, later, or in the end not at all.
    """
    card = cards.CARDS.get(books.inner(charge["payment_method"]).get("number", ""))
    goes = card.refund if card else "succeeds"
    refund_id = new_id("re")
    line = objects.balance_transaction(new_id("txn"), books.now, -amount, 0, charge["currency"], refund_id, "refund")
    books.add(line)
    waits = {"status": "pending", "pending_reason": "processing"} if goes == "waits" else {}
    refund = objects.refund(refund_id, books.now, charge, amount, balance_transaction=line["id"], **waits, **fields)
    refunded = charge["amount_refunded"] + amount
    books.save({**charge, "amount_refunded": refunded, "refunded": refunded == charge["amount"]})
    created(books, refund)
    previous = {"amount_refunded": charge["amount_refunded"]}
    if refunded == charge["amount"]:
        previous["refunded"] = False
    books.announce("charge.refunded", fetch(books, "charge", charge["id"]), previous)
    if goes != "succeeds":
        books.appoint(books.now + SETTLES_AFTER, "settle_refund", refund_id)
    fraud_warnings.review(books, charge["id"])
    return refund


def settle(books: Books, refund: Document, outcome: str) -> Document:
    """The bank's answer to a refund: `succeeded`, `failed` or `canceled`. One that has ended stays as it is.

    A refund that fails may have been called succeeded before, as Stripe does; its amount counts as not refunded again.
    """
    if refund["status"] in FINAL or refund["status"] == outcome:
        return refund
    books.cancel_appointment("settle_refund", refund["id"])
    changes: Document = {"status": outcome, "pending_reason": None}
    if outcome in FINAL:
        changes["failure_balance_transaction"] = _take_back(books, refund)
    if outcome == "failed":
        changes["failure_reason"] = "expired_or_canceled_card"
    elif outcome == "succeeded" and "card" in refund["destination_details"]:
        known = {**refund["destination_details"]["card"], "reference": "4829" * 5, "reference_status": "available"}
        changes["destination_details"] = {**refund["destination_details"], "card": known}
    refund = _tell(books, refund, changes)
    if outcome == "failed":
        books.announce("refund.failed", refund)
    return refund


def answer_of_the_bank(books: Books, id: str) -> None:
    """The appointment of a refund that had to wait: it succeeds or fails as its card says."""
    refund = fetch(books, "refund", id)
    card = cards.CARDS[books.inner(refund["payment_method"])["number"]]
    settle(books, refund, "failed" if card.refund == "fails" else "succeeded")


def _take_back(books: Books, refund: Document) -> str:
    """Count the amount as not refunded; returns the line that brings it back into the balance."""
    charge = fetch(books, "charge", refund["charge"])
    books.save({**charge, "amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False})
    line = objects.balance_transaction(
        new_id("txn"), books.now, refund["amount"], 0, refund["currency"], refund["id"], "refund_failure"
    )
    return books.add(line)["id"]


def _tell(books: Books, refund: Document, changes: Document) -> Document:
    """Write changes and announce them under both names that Stripe has for it."""
    before = len(books.announcements)
    refund = changed(books, refund, changes, "refund.updated")
    for said in books.announcements[before:]:
        if said is not None:
            books.announce("charge.refund.updated", said.object, said.previous)
    return refund


def update(call: Call) -> Document:
    """POST /v1/refunds/{id}: its metadata."""
    refund = fetch(call.books, "refund", call.ids[0])
    changes = (
        {"metadata": merge_metadata(refund["metadata"], call.params["metadata"])} if "metadata" in call.params else {}
    )
    return _tell(call.books, refund, changes)


def cancel(call: Call) -> Document:
    """POST /v1/refunds/{id}/cancel: only one that waits for the customer, so never one to a card."""
    refund = fetch(call.books, "refund", call.ids[0])
    if refund["status"] != "requires_action":
        message = f"Refunds can only be canceled in the `requires_action` status; this one is {refund['status']}."
        raise invalid(message, "id", "refund_not_cancelable")
    return settle(call.books, refund, "canceled")


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
    Route("POST", "/v1/refunds/{id}/cancel", cancel),
    Route("GET", "/v1/balance_transactions", list_lines, LIST_LINES),
    Route("GET", "/v1/balance_transactions/{id}", lambda call: fetch(call.books, "balance_transaction", call.ids[0])),
]
