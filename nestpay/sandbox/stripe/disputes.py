"""Disputes: a bank takes money back or asks about it; the case is answered, then won, lost or closed."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import fraud_warnings, lists
from nestpay.sandbox.stripe.errors import StripeError, invalid
from nestpay.sandbox.stripe.objects import payments
from nestpay.sandbox.stripe.objects import trouble as objects
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Metadata, Text, merge_metadata

DAY = 86400
TIME_TO_ANSWER = 9 * DAY
FEE = 1500  # minor units, as Stripe charges for a US card
CLOSED = ("won", "lost", "warning_closed", "prevented")
REASONS = (
    "bank_cannot_process check_returned credit_not_processed customer_initiated debit_not_authorized duplicate fraudulent general "
    "incorrect_account_details insufficient_funds noncompliant product_not_received product_unacceptable subscription_canceled "
    "unrecognized"
).split()
VERDICTS = {"winning_evidence": "won", "losing_evidence": "lost"}
EVIDENCE = Hash(
    {name: Text(most=20000) for name in objects.EVIDENCE if name != "appeal"}, ignores="appeal enhanced_evidence"
)
UPDATE = Hash(
    expandable(
        {"evidence": EVIDENCE, "metadata": Metadata(), "submit": Flag(), "intended_submission_method": Text()},
    )
)
LIST = Hash({**lists.PAGING, "charge": Text(), "payment_intent": Text()})


def open_dispute(
    books: Books, charge: Document, reason: str = "fraudulent", inquiry: bool = False, amount: int | None = None
) -> Document:
    """A new dispute over what was not refunded yet (or over `amount`): created, then the money is withdrawn.

    An inquiry takes no money. Raises StripeError (400) for a charge that cannot be disputed (again).
    """
    if reason not in REASONS:
        raise invalid(f"Invalid reason: must be one of {', '.join(REASONS)}", "reason")
    left = charge["amount"] - charge["amount_refunded"]
    over = amount or left
    if charge["status"] != "succeeded" or not 0 < over <= left:
        raise invalid("Only a paid charge can be disputed, and for no more than is left of it.", "charge")
    if charge["disputed"]:
        raise invalid(f"The charge {charge['id']} is disputed already.", "charge")
    due_by = books.now + TIME_TO_ANSWER
    dispute = objects.dispute(new_id("du"), books.now, charge, over, due_by, inquiry, reason=reason)
    changed(books, charge, {"disputed": True})
    books.add(dispute)
    books.announce("charge.dispute.created", dispute)
    if not inquiry:
        dispute = _withdraw(books, dispute)
    fraud_warnings.review(books, charge["id"])
    return dispute


def _withdraw(books: Books, dispute: Document) -> Document:
    line = _line(books, dispute, -dispute["amount"], FEE, "Chargeback withdrawal", "dispute")
    dispute = books.save({**dispute, "balance_transactions": [*dispute["balance_transactions"], line]})
    books.announce("charge.dispute.funds_withdrawn", dispute)
    return dispute


def _line(books: Books, dispute: Document, amount: int, fee: int, what: str, category: str) -> Document:
    line = payments.balance_transaction(
        new_id("txn"), books.now, amount, fee, dispute["currency"], dispute["id"], "adjustment",
        description=f"{what} for {dispute['charge']}", reporting_category=category,
    )  # fmt: skip
    return books.add(line)


def answered(books: Books, dispute: Document, evidence: Document, submit: bool = True) -> Document:
    """Evidence was handed in: `charge.dispute.updated`. Stripe's test texts decide the case at once.

    `winning_evidence`, `losing_evidence` and, for inquiries, `escalate_inquiry_evidence`, as `uncategorized_text`.
    """
    details = {**dispute["evidence_details"], "has_evidence": True}
    changes: Document = {"evidence": {**dispute["evidence"], **evidence}, "evidence_details": details}
    if submit:
        details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
        warning = dispute["status"].startswith("warning")
        changes["status"] = "warning_under_review" if warning else "under_review"
    dispute = changed(books, dispute, changes, "charge.dispute.updated")
    word = evidence.get("uncategorized_text")
    if submit and word == "escalate_inquiry_evidence":
        return escalate(books, dispute)
    if submit and word in VERDICTS:
        verdict = "warning_closed" if dispute["status"].startswith("warning") else VERDICTS[word]
        return close(books, dispute, verdict)
    return dispute


def escalate(books: Books, dispute: Document) -> Document:
    """An inquiry becomes a chargeback: updated, then the money is withdrawn. Raises StripeError (400) otherwise."""
    if not dispute["status"].startswith("warning_") or dispute["status"] in CLOSED:
        raise invalid("Only an open inquiry can be escalated.", "id")
    changes: Document = {"is_charge_refundable": False, "status": "needs_response"}
    by = dispute["payment_method_details"]
    if by:
        changes["payment_method_details"] = {**by, "card": {**by["card"], "case_type": "chargeback"}}
    return _withdraw(books, changed(books, dispute, changes, "charge.dispute.updated"))


def close(books: Books, dispute: Document, outcome: str) -> Document:
    """The case ends `won`, `lost` or (an inquiry) `warning_closed`: closed, and what was won is reinstated.

    Raises StripeError (400) when it is closed already or the outcome does not fit.
    """
    inquiry = dispute["status"].startswith("warning_")
    if dispute["status"] in CLOSED:
        raise StripeError(400, "This dispute is already closed", code="dispute_already_closed", param="id")
    if (outcome == "warning_closed") != inquiry:
        raise invalid("An inquiry is closed as `warning_closed`, a chargeback as `won` or `lost`.", "outcome")
    dispute = changed(books, dispute, {"status": outcome})
    books.announce("charge.dispute.closed", dispute)
    if outcome == "won":
        line = _line(books, dispute, dispute["amount"], 0, "Chargeback reversal", "dispute_reversal")
        dispute = books.save({**dispute, "balance_transactions": [*dispute["balance_transactions"], line]})
        books.announce("charge.dispute.funds_reinstated", dispute)
    return dispute


def forbids_refund(books: Books, charge: Document) -> bool:
    """Whether a chargeback stands in the way of a refund: one that is open or lost."""
    found = books.select("dispute", "json_extract(body, '$.charge') = ?", [charge["id"]])
    return any(one["status"] != "won" and not one["is_charge_refundable"] for one in found)


def update(call: Call) -> Document:
    """POST /v1/disputes/{id}."""
    books, given = call.books, call.params
    dispute = fetch(books, "dispute", call.ids[0])
    if "metadata" in given:
        metadata = merge_metadata(dispute["metadata"], given["metadata"])
        dispute = changed(books, dispute, {"metadata": metadata}, "charge.dispute.updated")
    if given.get("evidence"):
        if dispute["status"] in CLOSED:
            raise invalid("This dispute is closed; evidence can no longer be submitted.", "evidence")
        dispute = answered(books, dispute, given["evidence"], given.get("submit") is not False)
    return dispute


def close_call(call: Call) -> Document:
    """POST /v1/disputes/{id}/close: give in; the case is lost."""
    dispute = fetch(call.books, "dispute", call.ids[0])
    inquiry = dispute["status"].startswith("warning_")
    return close(call.books, dispute, "warning_closed" if inquiry else "lost")


def list_disputes(call: Call) -> Document:
    """GET /v1/disputes."""
    where = lists.Filter().equal(call.params, "charge", "payment_intent")
    return lists.page(call.books, "dispute", call.params, "/v1/disputes", where)


def open_for(books: Books, charge_id: str, reason: str = "fraudulent", inquiry: bool = False) -> None:
    """The appointment of a card that disputes: nothing happens when the charge was refunded or disputed meanwhile."""
    charge = fetch(books, "charge", charge_id)
    if not charge["refunded"] and not charge["disputed"]:
        open_dispute(books, charge, reason, inquiry)


ROUTES = [
    Route("GET", "/v1/disputes", list_disputes, LIST),
    Route("GET", "/v1/disputes/{id}", lambda call: fetch(call.books, "dispute", call.ids[0])),
    Route("POST", "/v1/disputes/{id}", update, UPDATE),
    Route("POST", "/v1/disputes/{id}/close", close_call),
]
