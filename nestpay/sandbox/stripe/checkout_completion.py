"""How a checkout session ends well: what is written on it, on its customer and on its invoice once it is paid."""

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import checkout_bill, discounts, invoices, payment_methods
from nestpay.sandbox.stripe.objects import billing, checkout
from nestpay.sandbox.stripe.records import changed, fetch


def payment_went(books: Books, session_id: str, intent: Document) -> None:
    """The payment intent of a session changed: complete it, or report how a slow payment ended."""
    session = fetch(books, "checkout.session", session_id)
    status = intent["status"]
    if session["status"] == "open" and status in ("succeeded", "processing"):
        complete(books, session, "paid" if status == "succeeded" else "unpaid", intent)
    elif session["status"] == "complete" and session["payment_status"] == "unpaid":
        if status == "succeeded":
            session = changed(books, session, {"payment_status": "paid"})
            session = _write_invoice(books, session)
            books.announce("checkout.session.async_payment_succeeded", session)
        elif status == "requires_payment_method":
            books.announce("checkout.session.async_payment_failed", session)


def complete(books: Books, session: Document, payment_status: str, intent: Document | None = None) -> Document:
    """Write down who bought and how it was paid, keep the payment method, and announce `checkout.session.completed`."""
    inner = books.inner(session["id"])
    attempt, draft = inner.get("attempt") or {}, inner.get("draft") or {}
    customer = books.find("customer", attempt["customer"]) if attempt.get("customer") else None
    if customer:
        _keep_method(books, session, customer, attempt, intent)
    changes: Document = {
        "consent": _consent(session, draft),
        "custom_fields": [_answered(field, draft.get("values") or {}) for field in session["custom_fields"]],
        "customer": customer["id"] if customer else None,
        "customer_details": _details(session, customer, draft),
        "payment_intent": attempt.get("payment_intent"),
        "payment_status": payment_status,
        "setup_intent": attempt.get("setup_intent"),
        "invoice": attempt.get("invoice"),
        "status": "complete",
        "subscription": attempt.get("subscription"),
        "url": None,
    }
    session = changed(books, session, changes)
    books.cancel_appointment("expire_session", session["id"])
    if inner.get("coupon"):
        code = books.find("promotion_code", inner["promotion_code"]) if inner.get("promotion_code") else None
        discounts.redeem(books, fetch(books, "coupon", inner["coupon"]), code)
    if payment_status != "unpaid":
        session = _write_invoice(books, session)
    books.announce("checkout.session.completed", session)
    return session


def _keep_method(
    books: Books, session: Document, customer: Document, attempt: Document, intent: Document | None
) -> None:
    method = books.find("payment_method", attempt["payment_method"]) if attempt.get("payment_method") else None
    future = session["mode"] != "payment" or (intent or {}).get("setup_future_usage")
    if method and future and method["customer"] is None:
        payment_methods.attach(books, method, customer["id"])


def _consent(session: Document, draft: Document) -> Document | None:
    asked = session["consent_collection"]
    if not asked:
        return None
    accepted = asked["terms_of_service"] == "required" and draft.get("terms")
    return {"promotions": None, "terms_of_service": "accepted" if accepted else None}


def _answered(field: Document, values: Document) -> Document:
    kind = field["type"]
    return {**field, kind: {**field[kind], "value": values.get(field["key"]) or None}}


def _details(session: Document, customer: Document | None, draft: Document) -> Document:
    lines = {name: draft.get(name) or None for name in ("city", "country", "line1", "postal_code")}
    tax_ids = [{"type": "unknown", "value": draft["tax_id"]}] if draft.get("tax_id") else []
    return checkout.customer_details(
        address=checkout.address(**lines),
        email=draft.get("email") or (customer or {}).get("email") or session["customer_email"],
        name=draft.get("name") or (customer or {}).get("name"),
        phone=draft.get("phone") or (customer or {}).get("phone"),
        tax_exempt=(customer or {}).get("tax_exempt") or "none",
        tax_ids=tax_ids,
    )


def _write_invoice(books: Books, session: Document) -> Document:
    """A paid invoice for a one-time purchase that asked for one."""
    wanted = session["invoice_creation"]
    if not wanted or not wanted["enabled"] or session["invoice"] or not session["customer"]:
        return session
    customer = fetch(books, "customer", session["customer"])
    bill = checkout_bill.bill(books, session)
    names = [item["description"] for item in checkout_bill.items(books, session)]
    more = [
        {
            "currency": session["currency"],
            "description": name,
            "parent": billing.of_invoice_item("ii_" + item_id.removeprefix("li_")),
            "period": (books.now, books.now),
        }
        for name, item_id in zip(names, books.inner(session["id"])["line_items"], strict=True)
    ]
    data = wanted["invoice_data"]
    fields = {"description": data["description"], "footer": data["footer"], "metadata": data["metadata"] or {}}
    invoice = invoices.draft(books, customer, bill, more, fields)
    invoice = invoices.settle_with(books, invoice, session["payment_intent"])
    return changed(books, session, {"invoice": invoice["id"]})
