"""Credit notes on paid and open invoices, by refund, as credit and outside of the company."""

from typing import Any

import pytest
import stripe

from tests.sandbox import shapes
from tests.sandbox.world import Served


def bought(sandbox: Served) -> Any:
    """The paid invoice of a subscription with German tax: $29.00 and 19%."""
    sandbox.press(sandbox.session(sandbox.price(), automatic_tax={"enabled": True}), country="DE")
    return sandbox.client.invoices.list().data[0]


def owed(sandbox: Served) -> Any:
    """An open invoice over $29.00."""
    customer = sandbox.client.customers.create()
    sandbox.client.subscriptions.create(
        {"customer": customer.id, "items": [{"price": sandbox.price().id}], "payment_behavior": "default_incomplete"}
    )
    return sandbox.client.invoices.list().data[0]


def test_a_paid_invoice_goes_back_partly_by_refund_partly_as_credit(sandbox: Served) -> None:
    invoice = bought(sandbox)
    note = sandbox.client.credit_notes.create(
        {
            "invoice": invoice.id,
            "lines": [{"type": "invoice_line_item", "invoice_line_item": invoice.lines.data[0].id, "amount": 1190}],
            "refund_amount": 690,
            "credit_amount": 300,
            "out_of_band_amount": 200,
            "reason": "order_change",
        }
    )
    assert (note.number, note.type, note.total, note.subtotal) == (
        f"{invoice.number}-CN-01",
        "post_payment",
        1190,
        1000,
    )
    assert sandbox.client.refunds.retrieve(str(note.refunds[0].refund)).amount == 690
    assert sandbox.client.customers.retrieve(str(invoice.customer)).balance == -300
    assert sandbox.client.invoices.retrieve(invoice.id).post_payment_credit_notes_amount == 1190
    assert sandbox.types("credit_note", "refund.c", "invoice.updated")[-3:] == [
        "refund.created",
        "invoice.updated",
        "credit_note.created",
    ]
    whole = sandbox.call("GET", f"/credit_notes/{note.id}?expand[]=customer_balance_transaction").json()
    assert shapes.faults(whole) == []


def test_what_goes_back_must_add_up_and_be_there(sandbox: Served) -> None:
    invoice = bought(sandbox)
    for params, says in (
        ({"amount": 1000, "refund_amount": 900}, "must equal the credit note amount"),
        ({"amount": 9000, "refund_amount": 9000}, "at most"),
        ({"lines": [{"type": "invoice_line_item", "invoice_line_item": "il_none"}]}, "No such invoice line item"),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=says):
            sandbox.client.credit_notes.create({"invoice": invoice.id, **params})  # pyright: ignore[reportArgumentType]
    assert sandbox.client.credit_notes.list({"invoice": invoice.id}).data == []
    preview = sandbox.client.credit_notes.preview({"invoice": invoice.id, "amount": 1190})
    assert preview.total_excluding_tax == 1000


def test_less_is_due_on_an_open_invoice_until_the_note_is_voided(sandbox: Served) -> None:
    invoice = owed(sandbox)
    note = sandbox.client.credit_notes.create({"invoice": invoice.id, "amount": 900, "memo": "Sorry"})
    assert note.type == "pre_payment"
    assert sandbox.client.invoices.retrieve(invoice.id).amount_remaining == 2000
    assert sandbox.client.credit_notes.void_credit_note(note.id).status == "void"
    assert sandbox.client.invoices.retrieve(invoice.id).amount_remaining == 2900
    assert sandbox.types("credit_note") == ["credit_note.created", "credit_note.voided"]
    with pytest.raises(stripe.InvalidRequestError, match="only void"):
        sandbox.client.credit_notes.void_credit_note(note.id)


def test_an_open_invoice_that_is_credited_whole_is_paid(sandbox: Served) -> None:
    invoice = owed(sandbox)
    sandbox.client.credit_notes.create({"invoice": invoice.id, "amount": 2900})
    after = sandbox.client.invoices.retrieve(invoice.id)
    assert (after.status, after.amount_paid) == ("paid", 0)
    assert sandbox.types("payment_intent.c")[-1] == "payment_intent.canceled"


def test_memo_and_metadata_of_a_note_change(sandbox: Served) -> None:
    note = sandbox.client.credit_notes.create({"invoice": bought(sandbox).id, "amount": 100, "out_of_band_amount": 100})
    assert sandbox.client.credit_notes.update(note.id, {"memo": "Later", "metadata": {"a": "1"}}).memo == "Later"
    assert sandbox.client.credit_notes.line_items.list(note.id).data[0].amount == 100
    assert sandbox.types("credit_note.u") == ["credit_note.updated"]
