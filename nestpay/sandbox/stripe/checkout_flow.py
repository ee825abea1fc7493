"""The till: what happens to a checkout session while a customer is on its page."""

from dataclasses import dataclass, field

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import (
    cards,
    checkout_bill,
    checkout_recovery,
    discounts,
    invoices,
    payment_methods,
    payments,
    setup_intents,
    subscriptions,
)
from nestpay.sandbox.stripe.checkout_completion import complete
from nestpay.sandbox.stripe.objects import checkout, people
from nestpay.sandbox.stripe.objects import payments as payment_objects
from nestpay.sandbox.stripe.records import changed, created, fetch

OPEN_FIELDS = ("email", "name", "phone", "country", "line1", "city", "postal_code", "number", "tax_id")


@dataclass(slots=True)
class Details:
    """What the customer filled in; `number` is the card's or account's, `values` what custom fields hold."""

    email: str = ""
    name: str = ""
    phone: str = ""
    country: str = ""
    line1: str = ""
    city: str = ""
    postal_code: str = ""
    number: str = ""
    tax_id: str = ""
    terms: bool = False
    values: dict[str, str] = field(default_factory=dict)

    def address(self) -> Document:
        """As Stripe keeps it."""
        lines = {"city": self.city, "country": self.country, "line1": self.line1, "postal_code": self.postal_code}
        return checkout.address(**{name: value or None for name, value in lines.items()})


def expire(books: Books, session: Document) -> Document:
    """Close an open session for good: `checkout.session.expired`."""
    withdraw(books, session)
    again = checkout_recovery.offered(books, session)
    session = changed(books, session, {"after_expiration": again, "status": "expired", "url": None})
    books.cancel_appointment("expire_session", session["id"])
    books.announce("checkout.session.expired", session)
    return session


def withdraw(books: Books, session: Document) -> None:
    """Give up what an earlier, refused try to pay left behind."""
    attempt = books.inner(session["id"]).get("attempt") or {}
    subscription = books.find("subscription", attempt["subscription"]) if attempt.get("subscription") else None
    if subscription and subscription["status"] == "incomplete":
        subscriptions.expire(books, subscription)
    intent = books.find("payment_intent", attempt["payment_intent"]) if attempt.get("payment_intent") else None
    if intent and intent["status"] in payments.CONFIRMABLE:
        payments.cancel(books, intent, "abandoned")
    books.remember(session["id"], attempt={"customer": attempt.get("customer")})


def apply_code(books: Books, session: Document, text: str) -> Document:
    """Take a promotion code that the customer typed. Raises Refused with a sentence for them."""
    code = discounts.typed_code(books, text)
    bare = changed(books, session, {})
    books.remember(session["id"], coupon=None, promotion_code=None)
    bare = checkout_bill.refresh(books, bare)
    coupon = fetch(books, "coupon", code["promotion"]["coupon"])
    discounts.check_coupon(books, coupon, session["currency"])
    discounts.check_code(books, code, session["currency"], bare["amount_subtotal"], session["customer"])
    products = books.inner(coupon["id"]).get("products")
    if products and not any(
        fetch(books, "price", item["price"])["product"] in products for item in checkout_bill.items(books, session)
    ):
        raise discounts.Refused("This code does not work for what is in your cart.")
    books.remember(session["id"], coupon=coupon["id"], promotion_code=code["id"])
    bare["discounts"] = [{"coupon": None, "promotion_code": code["id"]}]
    return checkout_bill.refresh(books, bare)


def remove_code(books: Books, session: Document) -> Document:
    """Take the promotion code off again."""
    books.remember(session["id"], coupon=None, promotion_code=None)
    return checkout_bill.refresh(books, {**session, "discounts": []})


def set_country(books: Books, session: Document, country: str) -> Document:
    """Where the customer lives decides the tax."""
    books.remember(session["id"], country=country or None)
    return checkout_bill.refresh(books, session)


def needs_payment_method(session: Document) -> bool:
    """Whether the page must ask for a card."""
    if session["mode"] == "subscription" and session["payment_method_collection"] == "always":
        return True
    return session["mode"] == "setup" or bool(session["amount_total"])


def submit(books: Books, session: Document, details: Details) -> Document | None:
    """The customer pressed pay: try it. Returns the payment or setup intent that was tried, None when nothing was due.

    How it went is in the intent's status; a session that was paid is complete afterwards.
    Raises StripeError 402 for a card that refuses to be kept for a trial or a free start.
    """
    customer = _customer(books, session, details)
    method = _method(books, session, details, customer)
    _remember_details(books, session, details)
    if session["mode"] == "setup":
        return _submit_setup(books, session, method, customer)
    if session["mode"] == "payment":
        return _submit_payment(books, session, method, customer)
    return _submit_subscription(books, session, method, customer)


def _customer(books: Books, session: Document, details: Details) -> Document | None:
    inner = books.inner(session["id"])
    known = session["customer"] or (inner.get("attempt") or {}).get("customer")
    if known:
        customer = fetch(books, "customer", known)
        changes: Document = {} if customer["email"] else {"email": details.email or None}
        if (inner["customer_update"] or {}).get("name") == "auto" and details.name:
            changes["name"] = details.name
        if (inner["customer_update"] or {}).get("address") == "auto" and details.country:
            changes["address"] = details.address()
        return changed(books, customer, changes, "customer.updated")
    wanted = session["mode"] == "subscription" or session["customer_creation"] == "always"
    if session["mode"] == "setup" or not (wanted or inner["payment_intent_data"].get("setup_future_usage")):
        return None
    customer_id = new_id("cus", 14)
    values = {"email": details.email or None, "name": details.name or None, "phone": details.phone or None}
    prefix = customer_id[4:12].upper()
    return created(
        books, people.customer(customer_id, books.now, address=details.address(), invoice_prefix=prefix, **values)
    )


def _method(books: Books, session: Document, details: Details, customer: Document | None) -> Document | None:
    if not needs_payment_method(session):
        return None
    card = cards.by_number(details.number) or cards.CARDS["4242424242424242"]
    email = details.email or (customer or {}).get("email")
    who = {"address": details.address(), "email": email, "name": details.name or None, "phone": details.phone or None}
    return payment_methods.from_card(books, card, who, session["currency"] or "usd")


def _remember_details(books: Books, session: Document, details: Details) -> None:
    kept = {name: getattr(details, name) for name in OPEN_FIELDS}
    books.remember(session["id"], draft={**kept, "terms": details.terms, "values": details.values})


def _submit_payment(
    books: Books, session: Document, method: Document | None, customer: Document | None
) -> Document | None:
    if method is None:
        books.remember(session["id"], attempt={"customer": customer["id"] if customer else None})
        complete(books, session, "no_payment_required")
        return None
    inner = books.inner(session["id"])
    attempt = inner.get("attempt") or {}
    intent = books.find("payment_intent", attempt["payment_intent"]) if attempt.get("payment_intent") else None
    if intent is None:
        data = inner["payment_intent_data"]
        fields = {
            name: value
            for name, value in data.items()
            if name in payment_objects.payment_intent("", 0, 0, "", "") and value is not None
        }
        fields |= {"customer": customer["id"] if customer else None, "metadata": data.get("metadata") or {}}
        intent = payments.open_intent(
            books, session["amount_total"], session["currency"], fields, session=session["id"]
        )
    elif intent["amount"] != session["amount_total"]:
        intent = changed(books, intent, {"amount": session["amount_total"]})
    attempt = {
        "customer": customer["id"] if customer else None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
    }
    books.remember(session["id"], attempt=attempt)
    return payments.confirm(books, intent, method, return_url=f"{books.site}/stripe/checkout/{session['id']}")


def _submit_subscription(
    books: Books, session: Document, method: Document | None, customer: Document | None
) -> Document | None:
    customer = customer or fetch(books, "customer", session["customer"])
    inner = books.inner(session["id"])
    attempt = inner.get("attempt") or {}
    terms = [session["amount_total"], inner.get("coupon"), inner.get("country")]
    if attempt.get("subscription") and attempt.get("terms") != terms:
        withdraw(books, session)
        attempt = {}
    if attempt.get("subscription"):
        invoice = fetch(books, "invoice", attempt["invoice"])
        waiting = fetch(books, "subscription", attempt["subscription"])
        changed(books, waiting, {"default_payment_method": method["id"] if method else None})
    else:
        if method and not session["amount_total"]:
            method = payment_methods.attach(books, method, customer["id"])
        subscription, invoice = subscriptions.open_subscription(
            books, _opening(books, session, customer, method), announce_now=True
        )
        attempt = {
            "customer": customer["id"],
            "subscription": subscription["id"],
            "invoice": invoice["id"],
            "terms": terms,
        }
    intent = invoices.intent_of(books, invoice)
    attempt |= {"payment_method": method["id"] if method else None}
    books.remember(session["id"], attempt=attempt)
    if intent is None or method is None:
        complete(books, session, "no_payment_required")
        return None
    books.remember(intent["id"], session=session["id"])
    intent = changed(books, intent, {"setup_future_usage": "off_session"})
    return payments.confirm(books, intent, method, return_url=f"{books.site}/stripe/checkout/{session['id']}")


def _submit_setup(
    books: Books, session: Document, method: Document | None, customer: Document | None
) -> Document | None:
    if method is None:
        return None
    inner = books.inner(session["id"])
    attempt = inner.get("attempt") or {}
    intent = books.find("setup_intent", attempt["setup_intent"]) if attempt.get("setup_intent") else None
    if intent is None:
        data = inner["setup_intent_data"]
        fields: Document = {"metadata": data.get("metadata") or {}, "description": data.get("description")}
        fields["customer"] = customer["id"] if customer else None
        intent = setup_intents.open_intent(books, fields, session=session["id"])
    attempt = {"customer": intent["customer"], "setup_intent": intent["id"], "payment_method": method["id"]}
    books.remember(session["id"], attempt=attempt)
    intent = setup_intents.confirm(books, intent, method, f"{books.site}/stripe/checkout/{session['id']}")
    if intent["status"] == "succeeded":
        complete(books, session, "no_payment_required")
    return intent


def _opening(books: Books, session: Document, customer: Document, method: Document | None) -> subscriptions.Opening:
    inner = books.inner(session["id"])
    data = inner["subscription_data"]
    wanted = [
        subscriptions.Wanted(fetch(books, "price", item["price"]), item["quantity"], item["metadata"])
        for item in checkout_bill.items(books, session)
    ]
    fields: Document = {"metadata": data.get("metadata") or {}, "description": data.get("description")}
    fields["default_payment_method"] = method["id"] if method else None
    behavior = (data.get("trial_settings") or {}).get("end_behavior") or {}
    if behavior:
        fields["trial_settings"] = {
            "end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": "create_invoice", **behavior}
        }
    return subscriptions.Opening(
        customer,
        [one for one in wanted if one.price["type"] == "recurring"],
        session["currency"],
        once=[one for one in wanted if one.price["type"] != "recurring"],
        trial_end=checkout_bill.trial_end(books, session),
        coupon=fetch(books, "coupon", inner["coupon"]) if inner.get("coupon") else None,
        promotion_code=inner.get("promotion_code"),
        checkout_session=session["id"],
        rate=checkout_bill.rate_of(books, session),
        automatic_tax=session["automatic_tax"]["enabled"],
        fields=fields,
    )
