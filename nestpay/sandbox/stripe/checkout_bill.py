"""What a checkout session costs: its lines with discount, tax and trial, kept up to date while it is open."""

from nestpay.sandbox import tax
from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import tax_rates
from nestpay.sandbox.stripe.objects import listing
from nestpay.sandbox.stripe.objects.catalogue import discount as discount_object
from nestpay.sandbox.stripe.records import fetch
from nestpay.sandbox.stripe.totals import Bill, line_of, reckon


def items(books: Books, session: Document) -> list[Document]:
    """The line items in their order, prices as ids."""
    return [fetch(books, "item", item_id) for item_id in books.inner(session["id"])["line_items"]]


def trial_end(books: Books, session: Document) -> int | None:
    """When the trial of a subscription that starts now would end, or None without a trial."""
    data = books.inner(session["id"])["subscription_data"]
    if data.get("trial_end"):
        return data["trial_end"]
    days = data.get("trial_period_days")
    return books.now + days * 86400 if days else None


def rate_of(books: Books, session: Document) -> tax.Rate | None:
    """The tax that applies now: none without automatic tax or before the country is known."""
    if not session["automatic_tax"]["enabled"]:
        return None
    return tax.rate_for(books.inner(session["id"]).get("country"))


def bill(books: Books, session: Document) -> Bill:
    """The bill of the session as it stands."""
    inner = books.inner(session["id"])
    trial = trial_end(books, session) is not None
    coupon = fetch(books, "coupon", inner["coupon"]) if inner.get("coupon") else None
    result = Bill(session["currency"] or "usd", coupon=coupon, rate=rate_of(books, session))
    for item in items(books, session):
        price = fetch(books, "price", item["price"])
        free = trial and price["type"] == "recurring"
        result.lines.append(line_of(books, price, item["quantity"], session["currency"], free))
    return reckon(books, result)


def refresh(books: Books, session: Document) -> Document:
    """Write the totals of the session and of its lines anew."""
    if session["mode"] == "setup":
        return session
    result = bill(books, session)
    rate = tax_rates.document(books, result.rate) if result.rate else None
    for item, line in zip(items(books, session), result.lines, strict=True):
        taxes = (
            [{"amount": line.tax, "rate": rate, "taxability_reason": "standard_rated", "taxable_amount": line.taxable}]
            if rate
            else []
        )
        amounts = {
            "amount_discount": line.discount,
            "amount_subtotal": line.subtotal,
            "amount_tax": line.tax,
            "amount_total": line.total,
            "taxes": taxes,
        }
        books.save({**item, **amounts})
    automatic = session["automatic_tax"]
    if automatic["enabled"]:
        known = books.inner(session["id"]).get("country")
        automatic = {**automatic, "status": "complete" if known else "requires_location_inputs"}
    session = {
        **session,
        "amount_subtotal": result.subtotal,
        "amount_total": result.total,
        "automatic_tax": automatic,
        "total_details": {
            "amount_discount": result.discount,
            "amount_shipping": 0,
            "amount_tax": result.tax,
            "breakdown": None,
        },
    }
    return books.save(session)


def line_items(books: Books, session: Document) -> Document:
    """What `expand[]=line_items` shows."""
    return listing(items(books, session), f"/v1/checkout/sessions/{session['id']}/line_items")


def breakdown(books: Books, session: Document) -> Document:
    """What `expand[]=total_details.breakdown` shows."""
    inner = books.inner(session["id"])
    result = bill(books, session)
    discounts = []
    if inner.get("coupon"):
        discount = discount_object(
            "di_" + session["id"][-24:],
            inner["coupon"],
            session["created"],
            checkout_session=session["id"],
            customer=session["customer"],
            promotion_code=inner.get("promotion_code"),
        )
        discounts.append({"amount": result.discount, "discount": discount})
    taxes = []
    if result.rate:
        taxable = sum(line.taxable for line in result.lines)
        rate = tax_rates.document(books, result.rate)
        taxes.append(
            {"amount": result.tax, "rate": rate, "taxability_reason": "standard_rated", "taxable_amount": taxable}
        )
    return {"discounts": discounts, "taxes": taxes}
