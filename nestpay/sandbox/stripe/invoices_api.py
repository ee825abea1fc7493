"""Invoices and invoice payments as the API reads, pays and voids them."""

from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import invoices, lists, payment_methods, payments, settlement
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.records import changed, fetch
from nestpay.sandbox.stripe.routes import Call, Route, expandable
from nestpay.sandbox.stripe.wire import Flag, Hash, Metadata, Text, merge_metadata

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


def pay(call: Call) -> Document:
    """POST /v1/invoices/{id}/pay: with the named payment method, or the subscription's or customer's default."""
    books, given = call.books, call.params
    invoice = fetch(books, "invoice", call.ids[0])
    if invoice["status"] != "open":
        raise invalid(
            "Invoice is already paid" if invoice["status"] == "paid" else "This invoice cannot be paid.", "id"
        )
    method_id = given.get("payment_method") or _default_method(call, invoice)
    intent = invoices.intent_of(books, invoice)
    if not method_id or intent is None:
        raise invalid(
            "There is no `default_payment_method` set on this Customer or Invoice.",
            "payment_method",
            "invoice_payment_intent_requires_action",
        )
    after = payments.confirm(
        books, intent, payment_methods.take(books, method_id, "payment_method"), given.get("off_session") is not False
    )
    settlement.follow(books, after)
    if after["last_payment_error"]:
        raise payments.refusal_of(after)
    return fetch(books, "invoice", invoice["id"])


def _default_method(call: Call, invoice: Document) -> str | None:
    subscription_id = call.books.inner(invoice["id"]).get("subscription")
    subscription = call.books.find("subscription", subscription_id) if subscription_id else None
    customer = fetch(call.books, "customer", invoice["customer"])
    return (subscription or {}).get("default_payment_method") or customer["invoice_settings"]["default_payment_method"]


def void(call: Call) -> Document:
    """POST /v1/invoices/{id}/void."""
    invoice = fetch(call.books, "invoice", call.ids[0])
    if invoice["status"] != "open":
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
    Route("GET", "/v1/invoices/{id}", lambda call: fetch(call.books, "invoice", call.ids[0])),
    Route("POST", "/v1/invoices/{id}", update, UPDATE),
    Route("POST", "/v1/invoices/{id}/pay", pay, PAY),
    Route("POST", "/v1/invoices/{id}/void", void),
    Route("GET", "/v1/invoices/{id}/lines", list_lines, Hash(lists.PAGING)),
    Route("GET", "/v1/invoice_payments", list_payments, LIST_PAYMENTS),
    Route("GET", "/v1/invoice_payments/{id}", lambda call: fetch(call.books, "invoice_payment", call.ids[0])),
]
