"""Levers of the company's own staff: what a customer's bank, a dashboard or an admin would do, by button or by JSON."""

from collections.abc import Callable

from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.levers import Desk, Lever, Refused, route
from nestpay.sandbox.stripe import (
    catalogue,
    customers,
    discounts,
    disputes,
    fraud_warnings,
    payment_methods,
    refunds,
)
from nestpay.sandbox.stripe import checkout as checkout_sessions
from nestpay.sandbox.stripe.api import handle
from nestpay.sandbox.stripe.errors import StripeError, invalid, required
from nestpay.sandbox.stripe.records import changed, fetch, shown
from nestpay.sandbox.stripe.routes import Call
from nestpay.sandbox.world import World


def _charge(books: Books, given: Document) -> Document:
    """The charge that is named by itself or by its payment intent."""
    if given.get("charge"):
        return fetch(books, "charge", given["charge"], "charge")
    if not given.get("payment_intent"):
        raise required("charge")
    intent = fetch(books, "payment_intent", given["payment_intent"], "payment_intent")
    return fetch(books, "charge", intent["latest_charge"] or "none", "payment_intent")


def _amount(given: Document) -> int | None:
    if given.get("amount") in (None, ""):
        return None
    if not str(given["amount"]).isdigit():
        raise invalid("`amount` is a whole number of minor units.", "amount")
    return int(given["amount"])


def _named(given: Document, name: str) -> str:
    if not given.get(name):
        raise required(name)
    return str(given[name])


def dispute(books: Books, given: Document) -> Document:
    """Open a dispute, or with `inquiry` an inquiry, over a charge."""
    inquiry = str(given.get("inquiry") or "").lower() in ("true", "1", "yes")
    charge = _charge(books, given)
    return disputes.open_dispute(books, charge, given.get("reason") or "fraudulent", inquiry, _amount(given))


def answer_dispute(books: Books, given: Document) -> Document:
    """Hand in evidence for the merchant."""
    case = fetch(books, "dispute", _named(given, "dispute"), "dispute")
    return disputes.answered(books, case, {"uncategorized_text": given.get("text") or "We delivered."})


def escalate_dispute(books: Books, given: Document) -> Document:
    """An inquiry becomes a chargeback."""
    return disputes.escalate(books, fetch(books, "dispute", _named(given, "dispute"), "dispute"))


def close_dispute(books: Books, given: Document) -> Document:
    """The bank decides: won, lost or warning_closed."""
    case = fetch(books, "dispute", _named(given, "dispute"), "dispute")
    return disputes.close(books, case, _named(given, "outcome"))


def warn_of_fraud(books: Books, given: Document) -> Document:
    """The issuer warns of a charge."""
    return fraud_warnings.warn(books, _charge(books, given), given.get("fraud_type") or "made_with_stolen_card")


def refund(books: Books, given: Document) -> Document:
    """Refund from the dashboard, all that is left or an `amount`."""
    params: Document = {"charge": _charge(books, given)["id"], "reason": given.get("reason") or None}
    return refunds.create(Call(books, (), {**params, "amount": _amount(given)}))


def settle_refund(books: Books, given: Document) -> Document:
    """The bank's answer to a refund: succeeded, failed or canceled."""
    outcome = _named(given, "outcome")
    if outcome not in ("succeeded", *refunds.FINAL):
        raise invalid("`outcome` is succeeded, failed or canceled.", "outcome")
    return refunds.settle(books, fetch(books, "refund", _named(given, "refund"), "refund"), outcome)


def change_catalogue(books: Books, given: Document) -> Document:
    """Activate, deactivate, rename or delete a product, price, coupon or promotion code behind the product's back."""
    found = books.find_any(_named(given, "id"))
    kind, act = (found or {}).get("object"), _named(given, "do")
    steps: dict[tuple[object, str], tuple[Callable[[Call], Document], Document]] = {
        ("product", "activate"): (catalogue.update_product, {"active": True}),
        ("product", "deactivate"): (catalogue.update_product, {"active": False}),
        ("product", "rename"): (catalogue.update_product, {"name": given.get("name") or "Renamed"}),
        ("product", "delete"): (catalogue.delete_product, {}),
        ("price", "activate"): (catalogue.update_price, {"active": True}),
        ("price", "deactivate"): (catalogue.update_price, {"active": False}),
        ("coupon", "delete"): (discounts.delete_coupon, {}),
        ("promotion_code", "activate"): (discounts.update_code, {"active": True}),
        ("promotion_code", "deactivate"): (discounts.update_code, {"active": False}),
    }
    if (kind, act) not in steps:
        raise invalid(f"`{act}` is nothing that can be done to a {kind or 'thing that does not exist'}.", "do")
    step, params = steps[(kind, act)]
    return step(Call(books, (given["id"],), params))


def delete_customer(books: Books, given: Document) -> Document:
    """Delete a customer; live subscriptions end at once."""
    return customers.delete(Call(books, (_named(given, "customer"),), {}))


def cancel_subscription(books: Books, given: Document) -> Document:
    """Cancel from the dashboard: `when` is `now` or `period_end`; `resume` takes the second back."""
    when, address = given.get("when") or "now", f"/v1/subscriptions/{_named(given, 'subscription')}"
    if when == "now":
        handle(books, "DELETE", address, {})
    else:
        handle(books, "POST", address, {"cancel_at_period_end": "false" if when == "resume" else "true"})
    return fetch(books, "subscription", given["subscription"])


def expire_session(books: Books, given: Document) -> Document:
    """Expire an open checkout session."""
    return checkout_sessions.expire(Call(books, (_named(given, "session"),), {}))


def renew_card(books: Books, given: Document) -> Document:
    """The card network hands on a new expiry date: `payment_method.automatically_updated`."""
    method = fetch(books, "payment_method", _named(given, "payment_method"), "payment_method")
    if method["type"] != "card":
        raise invalid("Only a card is renewed by its network.", "payment_method")
    card = {**method["card"], "exp_year": method["card"]["exp_year"] + 4}
    return changed(books, method, {"card": card}, "payment_method.automatically_updated")


def detach_card(books: Books, given: Document) -> Document:
    """Detach a payment method from its customer."""
    return payment_methods.detach(Call(books, (_named(given, "payment_method"),), {}))


SUBJECTS = ("charge", "payment_intent", "dispute", "refund", "subscription", "customer", "session", "payment_method")
LEVERS: dict[str, Lever] = {
    "card-detach": detach_card,
    "card-renew": renew_card,
    "catalogue": change_catalogue,
    "customer-delete": delete_customer,
    "dispute": dispute,
    "dispute-answer": answer_dispute,
    "dispute-close": close_dispute,
    "dispute-escalate": escalate_dispute,
    "fraud-warning": warn_of_fraud,
    "refund": refund,
    "refund-settle": settle_refund,
    "session-expire": expire_session,
    "subscription-cancel": cancel_subscription,
}


def _pull(books: Books, lever: Lever, given: Document) -> Document:
    try:
        return shown(books, lever(books, given))
    except StripeError as error:
        raise _refused(error) from None


def _refused(error: StripeError) -> Refused:
    return Refused(error.status, error.body, error.body["message"])


DESK = Desk(LEVERS, _pull, lambda text: _refused(invalid(text)), SUBJECTS)


def routes(world: World) -> list[Route]:
    """The levers' address."""
    return [route(world, "/stripe-controls/{lever}", DESK)]
