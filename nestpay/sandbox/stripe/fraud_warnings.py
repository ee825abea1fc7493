"""Early fraud warnings: raised by the issuer, actionable until the charge is refunded or disputed."""

from nestpay.sandbox.books import Books, new_id
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import lists
from nestpay.sandbox.stripe.errors import invalid
from nestpay.sandbox.stripe.objects import trouble as objects
from nestpay.sandbox.stripe.records import changed, created, fetch
from nestpay.sandbox.stripe.routes import Call, Route
from nestpay.sandbox.stripe.wire import Hash, Text

KIND = "radar.early_fraud_warning"
FRAUD_TYPES = (
    "card_never_received fraudulent_card_application made_with_counterfeit_card made_with_lost_card made_with_stolen_card misc "
    "unauthorized_use_of_card"
).split()
LIST = Hash({**lists.PAGING, "charge": Text(), "payment_intent": Text()})


def warn(books: Books, charge: Document, fraud_type: str = "made_with_stolen_card") -> Document:
    """`radar.early_fraud_warning.created`, once per charge. Raises StripeError (400) for a charge that was not paid."""
    if charge["status"] != "succeeded":
        raise invalid(f"This charge has a status of {charge['status']}; nobody warns of it.", "charge")
    if fraud_type not in FRAUD_TYPES:
        raise invalid(f"Invalid fraud_type: must be one of {', '.join(FRAUD_TYPES)}", "fraud_type")
    known = _of(books, charge["id"])
    if known:
        return known
    return created(
        books,
        objects.early_fraud_warning(new_id("issfr"), books.now, charge, _actionable(charge), fraud_type),
    )


def review(books: Books, charge_id: str) -> None:
    """After a refund or a dispute nothing is left to be done about a warning: `radar.early_fraud_warning.updated`."""
    warning = _of(books, charge_id)
    if warning:
        actionable = _actionable(fetch(books, "charge", charge_id))
        changed(books, warning, {"actionable": actionable}, f"{KIND}.updated")


def _actionable(charge: Document) -> bool:
    return not charge["refunded"] and not charge["disputed"]


def _of(books: Books, charge_id: str) -> Document | None:
    return next(iter(books.select(KIND, "json_extract(body, '$.charge') = ?", [charge_id])), None)


def list_warnings(call: Call) -> Document:
    """GET /v1/radar/early_fraud_warnings."""
    where = lists.Filter().equal(call.params, "charge", "payment_intent")
    return lists.page(call.books, KIND, call.params, "/v1/radar/early_fraud_warnings", where)


ROUTES = [
    Route("GET", "/v1/radar/early_fraud_warnings", list_warnings, LIST),
    Route("GET", "/v1/radar/early_fraud_warnings/{id}", lambda call: fetch(call.books, KIND, call.ids[0])),
]
