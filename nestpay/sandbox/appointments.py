"""What can be appointed: every action by its name, on the object it is about."""

from collections.abc import Callable

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import checkouts as creem_checkouts
from nestpay.sandbox.creem import life as creem_life
from nestpay.sandbox.creem import refunds as creem_refunds
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import checkout_flow, cycle, disputes, fraud_warnings, previews, refunds, schedules


def _of(kind: str, act: Callable[[Books, Document], object]) -> Callable[[Books, str], None]:
    def action(books: Books, id: str) -> None:
        document = books.find(kind, id)
        if document is not None and not document.get("deleted"):
            act(books, document)

    return action


def _expire_session(books: Books, session: Document) -> None:
    if session["status"] == "open":
        checkout_flow.expire(books, session)


def _warn_of_fraud(books: Books, charge: Document) -> None:
    if not charge["refunded"]:
        fraud_warnings.warn(books, charge)


ACTIONS: dict[str, Callable[[Books, str], object]] = {
    "announce_invoice": _of("subscription", previews.announce_invoice),
    "begin_phase": _of("subscription_schedule", schedules.begin_phase),
    "cancel": _of("subscription", cycle.cancel),
    "creem_dispute": creem_refunds.dispute_later,
    "creem_renew": creem_life.renew,
    "creem_retry": creem_life.retry,
    "dispute_as_fraudulent": disputes.open_for,
    "dispute_as_not_received": lambda books, charge: disputes.open_for(books, charge, "product_not_received"),
    "expire_change": _of("subscription", cycle.expire_change),
    "expire_creem_checkout": creem_checkouts.expire,
    "expire_incomplete": _of("subscription", cycle.expire_incomplete),
    "expire_session": _of("checkout.session", _expire_session),
    "finalize_invoice": _of("invoice", cycle.finalize_invoice),
    "inquire": lambda books, charge: disputes.open_for(books, charge, inquiry=True),
    "remind_of_trial": _of("subscription", cycle.remind_of_trial),
    "renew": _of("subscription", cycle.renew),
    "resume_collection": _of("subscription", cycle.resume_collection),
    "retry_payment": _of("invoice", cycle.retry_payment),
    "settle_refund": refunds.answer_of_the_bank,
    "warn_of_fraud": _of("charge", _warn_of_fraud),
}
