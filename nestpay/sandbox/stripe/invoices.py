"""Invoices: drafted from a bill, finalised, paid, refused or voided, and read."""

from collections.abc import Sequence

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.money import shown as money
from nestpay.sandbox.stripe import balances, payments, tax_rates
from nestpay.sandbox.stripe.catalogue import in_currency
from nestpay.sandbox.stripe.objects import billing as objects
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.records import changed, created, fetch
from nestpay.sandbox.stripe.totals import Bill, Line


def draft(
    books: Books,
    customer: Document,
    bill: Bill,
    lines: Sequence[Document],
    fields: Document,
    discount: Document | None = None,
    balance: int = 0,
) -> Document:
    """A draft invoice of the bill, announced; `lines` say for each line of the bill its parent, period and description.

    `balance` is what the customer has (below zero) or owes, in minor units; it is settled when the invoice is finalised.
    """
    invoice_id = new_id("in")
    rate = tax_rates.document(books, bill.rate)["id"] if bill.rate else None
    data = [_line(books, invoice_id, line, more, rate, discount) for line, more in zip(bill.lines, lines, strict=True)]
    due, _ = balances.due_and_rest(bill.total, balance, bill.currency)
    taxable = sum(line.taxable for line in bill.lines)
    behavior = "inclusive" if any(line.inclusive for line in bill.lines) else "exclusive"
    excluded = bill.total - bill.tax
    values = {
        "amount_due": due,
        "amount_remaining": due,
        "auto_advance": True,
        "discounts": [discount["id"]] if discount else [],
        "lines": listing(data, f"/v1/invoices/{invoice_id}/lines"),
        "starting_balance": balance,
        "subtotal": bill.subtotal,
        "subtotal_excluding_tax": bill.subtotal - (bill.tax if behavior == "inclusive" else 0),
        "total": bill.total,
        "total_discount_amounts": [{"amount": bill.discount, "discount": discount["id"]}] if discount else [],
        "total_excluding_tax": excluded,
        "total_pretax_credit_amounts": _pretax(bill.discount, discount),
        "total_taxes": [objects.tax_amount(bill.tax, taxable, rate, "standard_rated", behavior)] if rate else [],
    }
    return created(books, objects.invoice(invoice_id, books.now, customer, bill.currency, **{**values, **fields}))


def _line(
    books: Books, invoice: str, line: Line, more: Document, rate: str | None, discount: Document | None
) -> Document:
    start, end = more["period"]
    _, unit = in_currency(books, line.price, more["currency"])
    behavior = "inclusive" if line.inclusive else "exclusive"
    discounted = discount is not None and line.discount > 0
    return objects.invoice_line(
        new_id("il"),
        invoice,
        line.subtotal,
        more["currency"],
        start,
        end,
        description=more["description"],
        discount_amounts=[{"amount": line.discount, "discount": discount["id"]}] if discount and discounted else [],
        metadata=more.get("metadata") or {},
        parent=more["parent"],
        pretax_credit_amounts=_pretax(line.discount, discount if discounted else None),
        discountable=line.discountable,
        pricing=objects.pricing(line.price, format(unit, "f")),
        quantity=line.quantity,
        quantity_decimal=str(line.quantity),
        subscription=more.get("subscription"),
        subtotal=line.subtotal,
        taxes=[objects.tax_amount(line.tax, line.taxable, rate, "standard_rated", behavior)] if rate else [],
    )


def _pretax(amount: int, discount: Document | None) -> list[Document]:
    if discount is None or amount == 0:
        return []
    return [{"amount": amount, "credit_balance_transaction": None, "discount": discount["id"], "type": "discount"}]


def finalize(books: Books, invoice: Document, intent_fields: Document | None = None) -> Document:
    """Give the invoice its number and, when something is due, the payment intent that will pay it.

    An invoice over nothing is paid at once.
    """
    invoice = _number(books, balances.settle(books, invoice))
    if invoice["amount_due"] == 0:
        return paid(books, invoice)
    fields = {
        "customer": invoice["customer"],
        "description": _purpose(invoice),
        "receipt_email": None,
        **(intent_fields or {}),
    }
    intent = payments.open_intent(books, invoice["amount_due"], invoice["currency"], fields, invoice=invoice["id"])
    payment = objects.invoice_payment(
        new_id("inpay"), books.now, invoice["id"], invoice["amount_due"], invoice["currency"], intent["id"]
    )
    books.add(payment)
    books.remember(invoice["id"], payment_intent=intent["id"], invoice_payment=payment["id"])
    return invoice


def _number(books: Books, invoice: Document) -> Document:
    customer = fetch(books, "customer", invoice["customer"], "customer")
    sequence = customer["next_invoice_sequence"]
    changed(books, customer, {"next_invoice_sequence": sequence + 1})
    page = f"{books.site}/stripe/invoices/{invoice['id']}"
    changes: Document = {
        "ending_balance": invoice["ending_balance"] or 0,
        "effective_at": books.now,
        "hosted_invoice_url": page,
        "invoice_pdf": f"{page}/pdf",
        "number": f"{customer['invoice_prefix']}-{sequence:04d}",
        "status": "open",
        "status_transitions": {**invoice["status_transitions"], "finalized_at": books.now},
    }
    invoice = changed(books, invoice, changes)
    books.announce("invoice.finalized", invoice)
    return invoice


def settle_with(books: Books, invoice: Document, intent_id: str | None) -> Document:
    """Finalise an invoice whose money has come already through a payment intent (None when nothing was due)."""
    intent = books.find("payment_intent", intent_id) if intent_id else None
    invoice = _number(books, invoice)
    if intent:
        payment = objects.invoice_payment(
            new_id("inpay"), books.now, invoice["id"], invoice["amount_due"], invoice["currency"], intent["id"]
        )
        books.add(payment)
        books.remember(invoice["id"], payment_intent=intent["id"], invoice_payment=payment["id"])
    return paid(books, invoice)


def _purpose(invoice: Document) -> str:
    return {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update"}.get(
        invoice["billing_reason"], "Payment for Invoice"
    )


def intent_of(books: Books, invoice: Document) -> Document | None:
    """The payment intent that pays the invoice, or None when nothing was ever due."""
    intent_id = books.inner(invoice["id"]).get("payment_intent")
    return books.find("payment_intent", intent_id) if intent_id else None


def paid(books: Books, invoice: Document) -> Document:
    """The money is there (or nothing was due): the invoice is paid."""
    amount = invoice["amount_due"]
    inner = books.inner(invoice["id"])
    changes: Document = {
        "amount_paid": amount,
        "amount_remaining": 0,
        "attempted": True,
        "attempt_count": invoice["attempt_count"] + (1 if amount else 0),
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
        "status_transitions": {**invoice["status_transitions"], "paid_at": books.now},
    }
    invoice = changed(books, invoice, changes, "invoice.updated")
    books.cancel_appointment("retry_payment", invoice["id"])
    books.announce("invoice.paid", invoice)
    books.announce("invoice.payment_succeeded", invoice)
    payment = books.find("invoice_payment", inner["invoice_payment"]) if inner.get("invoice_payment") else None
    if payment:
        transitions = {**payment["status_transitions"], "paid_at": books.now}
        payment = changed(books, payment, {"amount_paid": amount, "status": "paid", "status_transitions": transitions})
        books.announce("invoice_payment.paid", payment)
    return invoice


def refused(books: Books, invoice: Document, changes: Document, challenged: bool) -> Document:
    """A try to pay the invoice failed; `challenged` when that is because the customer has to approve it."""
    invoice = changed(books, invoice, changes, "invoice.updated")
    books.announce("invoice.payment_failed", invoice)
    if challenged:
        books.announce("invoice.payment_action_required", invoice)
    return invoice


def challenged(books: Books, invoice: Document) -> Document:
    """Paying the invoice needs the customer's own approval."""
    invoice = changed(books, invoice, {"attempted": True}, "invoice.updated")
    books.announce("invoice.payment_action_required", invoice)
    return invoice


def void(books: Books, invoice: Document) -> Document:
    """Give an open invoice up, and its payment intent with it; what it took from the customer's balance goes back."""
    balances.give_back(books, invoice)
    intent = intent_of(books, invoice)
    if intent and intent["status"] in payments.CONFIRMABLE:
        payments.cancel(books, intent, "void_invoice")
    transitions = {**invoice["status_transitions"], "voided_at": books.now}
    changes = {"auto_advance": False, "next_payment_attempt": None, "status": "void", "status_transitions": transitions}
    invoice = changed(books, invoice, changes, "invoice.updated")
    books.cancel_appointment("retry_payment", invoice["id"])
    books.announce("invoice.voided", invoice)
    return invoice


def mark_uncollectible(books: Books, invoice: Document) -> Document:
    """Give up hope for an open invoice; it can still be paid."""
    transitions = {**invoice["status_transitions"], "marked_uncollectible_at": books.now}
    changes = {"auto_advance": False, "next_payment_attempt": None, "status": "uncollectible"}
    invoice = changed(books, invoice, {**changes, "status_transitions": transitions}, "invoice.updated")
    books.cancel_appointment("retry_payment", invoice["id"])
    books.announce("invoice.marked_uncollectible", invoice)
    return invoice


def description(name: str, line: Line) -> str:
    """`1 × Pro (at $29.00 / month)`."""
    repeats = line.price["recurring"]
    unit = line.price["unit_amount"]
    if not repeats or unit is None:
        return name
    every = (
        repeats["interval"] if repeats["interval_count"] == 1 else f"{repeats['interval_count']} {repeats['interval']}s"
    )
    return f"{line.quantity} × {name} (at {money(unit, line.price['currency'])} / {every})"


def payments_of(books: Books, invoice: Document) -> Document:
    """What `expand[]=payments` shows."""
    data = books.select("invoice_payment", "json_extract(body, '$.invoice') = ?", [invoice["id"]])
    return listing(data, f"/v1/invoice_payments?invoice={invoice['id']}")


def confirmation_secret(books: Books, invoice: Document) -> Document | None:
    """What `expand[]=confirmation_secret` shows."""
    intent = intent_of(books, invoice)
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None
