"""Invoices and invoice payments as the API reads, pays and voids them."""

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    collection,
    invoices,
    lists,
    payment_methods,
    payments,
    settlement,
    subscription_bill,
)
from nestpay.sandbox.stripe.catalogue import check_currency
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.records import changed, deleted, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Metadata, Text, merge_metadata

HOUR = 3600
LIST = Hash(
    {
        **lists.PAGING,
        "customer": Text(),
        "subscription": Text(),
        "status": Text(("draft", "open", "paid", "uncollectible", "void")),
        "collection_method": Text(),
    },
    ignores="customer_account due_date",
)
UPDATE = Hash(
    expandable({"description": Text(), "footer": Text(), "metadata": Metadata(), "auto_advance": Flag()}),
    ignores="account_tax_ids automatic_tax collection_method custom_fields days_until_due default_payment_method discounts due_date",
)
PAY = Hash(
    expandable({"payment_method": Text(), "off_session": Flag(), "paid_out_of_band": Flag()}),
    ignores="forgive mandate source",
)
CREATE = Hash(
    expandable(
        {
            "auto_advance": Flag(),
            "currency": Text(),
            "customer": Text(),
            "default_payment_method": Text(),
            "description": Text(),
            "footer": Text(),
            "metadata": Metadata(),
            "pending_invoice_items_behavior": Text(("exclude", "include")),
            "subscription": Text(),
        }
    ),
    ignores=(
        "account_tax_ids automatic_tax automatically_finalizes_at collection_method custom_fields customer_account days_until_due "
        "default_tax_rates discounts due_date effective_at from_invoice issuer number payment_settings rendering statement_descriptor"
    ),
)
FINALIZE = Hash(expandable({"auto_advance": Flag()}))
PAYMENT = Hash({"type": Text(), "payment_intent": Text(), "payment_record": Text()}, needs=("type",))
LIST_PAYMENTS = Hash(
    {**lists.PAGING, "invoice": Text(), "payment": PAYMENT, "status": Text(("canceled", "open", "paid"))}
)


def list_invoices(call: Call) -> Document:
    """GET /v1/invoices."""
    where = lists.Filter().equal(call.params, "customer", "status", "collection_method")
    if call.params.get("subscription"):
        where.add("json_extract(inner, '$.subscription') = ?", call.params["subscription"])
    return lists.page(call.books, "invoice", call.params, "/v1/invoices", where)


def update(call: Call) -> Document:
    """POST /v1/invoices/{id}."""
    invoice, given = fetch(call.books, "invoice", call.ids[0]), call.params
    changes = {name: given[name] for name in ("description", "footer", "auto_advance") if name in given}
    if "metadata" in given:
        changes["metadata"] = merge_metadata(invoice["metadata"], given["metadata"])
    return changed(call.books, invoice, changes, "invoice.updated")


def create(call: Call) -> Document:
    """POST /v1/invoices: a draft over everything that waits for the customer's next invoice (unless told to leave it)."""
    books, given = call.books, call.params
    subscription_id = given.get("subscription")
    subscription = fetch(books, "subscription", subscription_id, "subscription") if subscription_id else None
    customer_id = subscription["customer"] if subscription else given.get("customer")
    if not customer_id:
        raise required("customer")
    customer = fetch(books, "customer", customer_id, "customer")
    takes = (given.get("pending_invoice_items_behavior") or "exclude") == "include" or subscription is not None
    entries = subscription_bill.waiting(books, customer["id"], subscription) if takes else []
    if subscription:
        if not entries:
            raise StripeError(
                400, "Nothing to invoice for customer", code="invoice_no_customer_line_items", param="customer"
            )
        invoice = subscription_bill.draft(books, subscription, entries, "manual")
    else:
        currency = given.get("currency") or customer["currency"] or "usd"
        invoice = subscription_bill.draft_by_hand(books, customer, entries, check_currency(currency))
    fields = {name: given[name] for name in ("description", "footer", "default_payment_method") if given.get(name)}
    fields |= {
        "auto_advance": bool(given.get("auto_advance")),
        "metadata": merge_metadata({}, given.get("metadata") or {}),
    }
    invoice = changed(books, invoice, fields)
    if invoice["auto_advance"]:
        at = books.now + HOUR
        books.appoint(at, "finalize_invoice", invoice["id"])
        invoice = changed(books, invoice, {"automatically_finalizes_at": at, "next_payment_attempt": at})
    return invoice


def finalize(call: Call) -> Document:
    """POST /v1/invoices/{id}/finalize; with `auto_advance` it is collected right afterwards."""
    books = call.books
    invoice = fetch(books, "invoice", call.ids[0])
    if invoice["status"] != "draft":
        raise invalid("This invoice is already finalized, you can't re-finalize a non-draft invoice.", "id")
    if "auto_advance" in call.params:
        invoice = changed(books, invoice, {"auto_advance": bool(call.params["auto_advance"])})
    books.cancel_appointment("finalize_invoice", invoice["id"])
    invoice = invoices.finalize(books, changed(books, invoice, {"automatically_finalizes_at": None}))
    if invoice["status"] == "open" and invoice["auto_advance"]:
        books.appoint(books.now, "retry_payment", invoice["id"])
        books.wakes = True
    return invoice


def pay(call: Call) -> Document:
    """POST /v1/invoices/{id}/pay: with the named payment method, the subscription's or the customer's default."""
    books, given = call.books, call.params
    invoice = fetch(books, "invoice", call.ids[0])
    if invoice["status"] == "draft":
        invoice = finalize(Call(books, call.ids, {}))
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(
            "Invoice is already paid" if invoice["status"] == "paid" else "This invoice cannot be paid.", "id"
        )
    if given.get("paid_out_of_band"):
        intent = invoices.intent_of(books, invoice)
        if intent and intent["status"] in payments.CONFIRMABLE:
            payments.cancel(books, intent, "void_invoice")
        settlement.invoice_paid(books, invoice)
        return fetch(books, "invoice", invoice["id"])
    named = given.get("payment_method")
    method = payment_methods.take(books, named, "payment_method") if named else collection.method_of(books, invoice)
    if method is None or invoices.intent_of(books, invoice) is None:
        message = "There is no `default_payment_method` set on this Customer or Invoice."
        raise invalid(message, "payment_method", "resource_missing")
    after = collection.collect(books, invoice, method, automatic=False)
    if after and after["last_payment_error"]:
        raise payments.refusal_of(after)
    if after and after["status"] == "requires_action":
        message = "This payment requires additional user action before it can be completed successfully."
        code = "invoice_payment_intent_requires_action"
        raise StripeError(402, message, type="card_error", code=code, keep=True, payment_intent=after)
    return fetch(books, "invoice", invoice["id"])


def mark_uncollectible(call: Call) -> Document:
    """POST /v1/invoices/{id}/mark_uncollectible."""
    invoice = fetch(call.books, "invoice", call.ids[0])
    if invoice["status"] != "open":
        raise invalid(f"You can only mark open invoices as uncollectible; this one is {invoice['status']}.", "id")
    return invoices.mark_uncollectible(call.books, invoice)


def send(call: Call) -> Document:
    """POST /v1/invoices/{id}/send: `invoice.sent`; the sandbox sends no mail."""
    books = call.books
    invoice = fetch(books, "invoice", call.ids[0])
    if invoice["status"] == "draft":
        invoice = finalize(Call(books, call.ids, {}))
    books.announce("invoice.sent", invoice)
    return invoice


def delete(call: Call) -> Document:
    """DELETE /v1/invoices/{id}: a draft that no subscription made."""
    books = call.books
    invoice = fetch(books, "invoice", call.ids[0])
    if invoice["status"] != "draft" or books.inner(invoice["id"]).get("subscription"):
        raise invalid("You can only delete one-off draft invoices. Void or mark it as uncollectible instead.", "id")
    for item in books.select("invoiceitem", "json_extract(body, '$.invoice') = ?", [invoice["id"]]):
        changed(books, item, {"invoice": None})
    return deleted(books, invoice, "invoice.deleted")


def void(call: Call) -> Document:
    """POST /v1/invoices/{id}/void."""
    invoice = fetch(call.books, "invoice", call.ids[0])
    if invoice["status"] not in ("open", "uncollectible"):
        raise invalid(f"You can only void open invoices; this one is {invoice['status']}.", "id")
    return invoices.void(call.books, invoice)


def list_lines(call: Call) -> Document:
    """GET /v1/invoices/{id}/lines."""
    invoice = fetch(call.books, "invoice", call.ids[0])
    return lists.page_of(invoice["lines"]["data"], call.params, f"/v1/invoices/{invoice['id']}/lines")


def list_payments(call: Call) -> Document:
    """GET /v1/invoice_payments."""
    where = lists.Filter().equal(call.params, "invoice", "status")
    if (call.params.get("payment") or {}).get("payment_intent"):
        where.add("json_extract(body, '$.payment.payment_intent') = ?", call.params["payment"]["payment_intent"])
    return lists.page(call.books, "invoice_payment", call.params, "/v1/invoice_payments", where)


ROUTES = [
    Route("GET", "/v1/invoices", list_invoices, LIST),
    Route("POST", "/v1/invoices", create, CREATE),
    Route("POST", "/v1/invoices/{id}/finalize", finalize, FINALIZE),
    Route("POST", "/v1/invoices/{id}/mark_uncollectible", mark_uncollectible),
    Route("POST", "/v1/invoices/{id}/send", send),
    Route("DELETE", "/v1/invoices/{id}", delete),
    Route("GET", "/v1/invoices/{id}", lambda call: fetch(call.books, "invoice", call.ids[0])),
    Route("POST", "/v1/invoices/{id}", update, UPDATE),
    Route("POST", "/v1/invoices/{id}/pay", pay, PAY),
    Route("POST", "/v1/invoices/{id}/void", void),
    Route("GET", "/v1/invoices/{id}/lines", list_lines, Hash(lists.PAGING)),
    Route("GET", "/v1/invoice_payments", list_payments, LIST_PAYMENTS),
    Route("GET", "/v1/invoice_payments/{id}", lambda call: fetch(call.books, "invoice_payment", call.ids[0])),
]
