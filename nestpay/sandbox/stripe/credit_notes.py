"""Credit notes: an invoice taken back in part or whole, by refund, as credit, or outside of the company."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import share
from nestpay.sandbox.money import shown as money
from nestpay.sandbox.stripe import balances, invoices, lists, payments, refunds
from nestpay.sandbox.stripe.errors import StripeError, invalid
from nestpay.sandbox.stripe.objects import credit as objects
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Hash, Integer, Listing, Metadata, Text, merge_metadata

LINE = Hash(
    {
        "type": Text(("custom_line_item", "invoice_line_item")),
        "amount": Integer(0),
        "description": Text(),
        "invoice_line_item": Text(),
        "quantity": Integer(1),
        "unit_amount": Integer(0),
        "metadata": Metadata(),
    },
    needs=("type",),
    ignores="tax_amounts tax_rates unit_amount_decimal",
)
CREATE = Hash(
    expandable(
        {
            "invoice": Text(),
            "amount": Integer(1),
            "credit_amount": Integer(0),
            "lines": Listing(LINE),
            "memo": Text(),
            "metadata": Metadata(),
            "out_of_band_amount": Integer(0),
            "reason": Text(("duplicate", "fraudulent", "order_change", "product_unsatisfactory")),
            "refund_amount": Integer(0),
            "refunds": Listing(Hash({"refund": Text(), "amount_refunded": Integer(1)}, ignores="type")),
        }
    ),
    needs=("invoice",),
    ignores="effective_at email_type shipping_cost",
)
UPDATE = Hash(expandable({"memo": Text(), "metadata": Metadata()}))
LIST = Hash({**lists.PAGING, "customer": Text(), "invoice": Text()}, ignores="customer_account")


def create(call: Call) -> Document:
    """POST /v1/credit_notes: on an open invoice less is due, on a paid one the money goes back as said."""
    books, given = call.books, call.params
    invoice = fetch(books, "invoice", given["invoice"], "invoice")
    note = _drafted(books, invoice, given)
    if invoice["status"] == "open":
        books.add(note)
        _take_off(books, invoice, note["amount"])
    else:
        note = _given_back(books, invoice, note, given)
        books.add(note)
        total = invoice["post_payment_credit_notes_amount"] + note["amount"]
        changed(books, invoice, {"post_payment_credit_notes_amount": total}, "invoice.updated")
    books.announce("credit_note.created", note)
    return note


def preview(call: Call) -> Document:
    """GET /v1/credit_notes/preview: the note as it would be, written down nowhere."""
    return _drafted(call.books, fetch(call.books, "invoice", call.params["invoice"], "invoice"), call.params)


def _drafted(books: Books, invoice: Document, given: Document) -> Document:
    if invoice["status"] not in ("open", "paid"):
        raise invalid(f"Credit notes are for open and paid invoices; this one is {invoice['status']}.", "invoice")
    lines = [_line(invoice, line, index) for index, line in enumerate(given.get("lines") or [])]
    amount = sum(line["amount"] for line in lines) or given.get("amount") or 0
    if not lines:
        lines = [objects.credit_note_line(new_id("cnli"), amount, description="Credit")]
    open_one = invoice["status"] == "open"
    left = invoice["amount_remaining"] if open_one else invoice["total"] - invoice["post_payment_credit_notes_amount"]
    if not 0 < amount <= left:
        most = money(left, invoice["currency"])
        text = f"The credit note amount ({money(amount, invoice['currency'])}) must be positive and at most {most}."
        raise invalid(text, "amount")
    note_id = new_id("cn")
    taxes = [{**tax, "amount": share(tax["amount"], amount, invoice["total"])} for tax in invoice["total_taxes"]]
    taxes = [{**tax, "taxable_amount": share(tax["taxable_amount"], amount, invoice["total"])} for tax in taxes]
    net = amount - sum(tax["amount"] for tax in taxes)
    count = len(books.select("credit_note", "json_extract(body, '$.invoice') = ?", [invoice["id"]])) + 1
    return objects.credit_note(
        note_id,
        books.now,
        invoice,
        amount,
        f"{books.site}/stripe/invoices/{invoice['id']}",
        lines=listing(lines, f"/v1/credit_notes/{note_id}/lines"),
        memo=given.get("memo"),
        metadata=merge_metadata({}, given.get("metadata") or {}),
        number=f"{invoice['number']}-CN-{count:02d}",
        post_payment_amount=0 if open_one else amount,
        pre_payment_amount=amount if open_one else 0,
        reason=given.get("reason"),
        subtotal=net,
        subtotal_excluding_tax=net,
        total_excluding_tax=net,
        total_taxes=taxes,
        type="pre_payment" if open_one else "post_payment",
    )


def _line(invoice: Document, given: Document, index: int) -> Document:
    fields = {"description": given.get("description"), "metadata": merge_metadata({}, given.get("metadata") or {})}
    quantity = given.get("quantity") or 1
    if given["type"] == "invoice_line_item":
        where = f"lines[{index}][invoice_line_item]"
        billed = next((one for one in invoice["lines"]["data"] if one["id"] == given.get("invoice_line_item")), None)
        if billed is None:
            raise StripeError(
                400,
                f"No such invoice line item: '{given.get('invoice_line_item')}'",
                code="resource_missing",
                param=where,
            )
        fields |= {"description": billed["description"], "invoice_line_item": billed["id"], "type": "invoice_line_item"}
        unit = share(billed["amount"], 1, billed["quantity"] or 1) if given.get("quantity") else billed["amount"]
    else:
        unit = given.get("unit_amount") or 0
    amount = given["amount"] if given.get("amount") is not None else unit * quantity
    own = {
        "quantity": quantity,
        "unit_amount": share(amount, 1, quantity),
        "unit_amount_decimal": str(share(amount, 1, quantity)),
    }
    return objects.credit_note_line(new_id("cnli"), amount, **fields, **own)


def _take_off(books: Books, invoice: Document, amount: int) -> None:
    """Less is due on an open invoice (more when the note is voided); nothing left means that it is paid."""
    changes = {
        "amount_due": invoice["amount_due"] - amount,
        "amount_remaining": invoice["amount_remaining"] - amount,
        "pre_payment_credit_notes_amount": invoice["pre_payment_credit_notes_amount"] + amount,
    }
    invoice = changed(books, invoice, changes, "invoice.updated")
    intent = invoices.intent_of(books, invoice)
    if intent and intent["status"] in payments.CONFIRMABLE:
        if invoice["amount_due"] == 0:
            payments.cancel(books, intent, "void_invoice")
        else:
            changed(books, intent, {"amount": invoice["amount_due"]})
    if invoice["amount_due"] == 0:
        invoices.paid(books, invoice)


def _given_back(books: Books, invoice: Document, note: Document, given: Document) -> Document:
    named = [_named_refund(books, one) for one in given.get("refunds") or []]
    back, kept = given.get("refund_amount") or 0, given.get("credit_amount") or 0
    outside = given.get("out_of_band_amount") or 0
    said = back + kept + outside + sum(one["amount_refunded"] for one in named)
    if said != note["amount"]:
        text = "The sum of credit amount, refund amount and out of band amount ({}) must equal the credit note amount ({})."
        raise invalid(text.format(money(said, note["currency"]), money(note["amount"], note["currency"])), "amount")
    if back:
        intent = invoices.intent_of(books, invoice)
        params = {"payment_intent": intent["id"] if intent else "none", "amount": back}
        refund = refunds.create(Call(books, (), params))
        named.append(_refunded(refund["id"], back))
    line = None
    if kept:
        customer = fetch(books, "customer", invoice["customer"], "customer")
        balances.move(books, customer, -kept, "credit_note", invoice["id"], credit_note=note["id"])
        own = "json_extract(body, '$.customer') = ?"
        line = books.select("customer_balance_transaction", own, [customer["id"]])[0]["id"]
    return {
        **note,
        "customer_balance_transaction": line,
        "out_of_band_amount": outside or None,
        "refunds": named,
    }


def _named_refund(books: Books, given: Document) -> Document:
    refund = fetch(books, "refund", given.get("refund") or "", "refunds[0][refund]")
    return _refunded(refund["id"], given.get("amount_refunded") or refund["amount"])


def _refunded(refund: str, amount: int) -> Document:
    return {"amount_refunded": amount, "payment_record_refund": None, "refund": refund, "type": "refund"}


def update(call: Call) -> Document:
    """POST /v1/credit_notes/{id}."""
    note, given = fetch(call.books, "credit_note", call.ids[0]), call.params
    changes: Document = {"memo": given["memo"]} if "memo" in given else {}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(note["metadata"], given["metadata"])
    return changed(call.books, note, changes, "credit_note.updated")


def void(call: Call) -> Document:
    """POST /v1/credit_notes/{id}/void: only while its invoice is still open."""
    books = call.books
    note = fetch(books, "credit_note", call.ids[0])
    invoice = fetch(books, "invoice", note["invoice"], "invoice")
    if note["status"] == "void" or invoice["status"] != "open":
        raise invalid("You can only void a credit note that is issued and whose invoice is open.", "id")
    _take_off(books, invoice, -note["amount"])
    note = changed(books, note, {"status": "void", "voided_at": books.now})
    books.announce("credit_note.voided", note)
    return note


def list_notes(call: Call) -> Document:
    """GET /v1/credit_notes."""
    where = lists.Filter().equal(call.params, "customer", "invoice")
    return lists.page(call.books, "credit_note", call.params, "/v1/credit_notes", where)


def list_lines(call: Call) -> Document:
    """GET /v1/credit_notes/{id}/lines."""
    note = fetch(call.books, "credit_note", call.ids[0])
    return lists.page_of(note["lines"]["data"], call.params, f"/v1/credit_notes/{note['id']}/lines")


ROUTES = [
    Route("POST", "/v1/credit_notes", create, CREATE),
    Route("GET", "/v1/credit_notes", list_notes, LIST),
    Route("GET", "/v1/credit_notes/preview", preview, CREATE),
    Route("GET", "/v1/credit_notes/{id}", lambda call: fetch(call.books, "credit_note", call.ids[0])),
    Route("POST", "/v1/credit_notes/{id}", update, UPDATE),
    Route("POST", "/v1/credit_notes/{id}/void", void),
    Route("GET", "/v1/credit_notes/{id}/lines", list_lines, Hash(lists.PAGING)),
]
