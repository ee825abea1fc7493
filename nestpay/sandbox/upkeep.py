"""What happens by itself when its time has come: appointments on the world's clock, and old answers forgotten."""

import asyncio
import logging
from collections.abc import Callable
from sqlite3 import Connection

from nestpay.sandbox.books import Books
from nestpay.sandbox.documents import Document
from nestpay.sandbox.stripe import checkout_flow, cycle, disputes, fraud_warnings, refunds
from nestpay.sandbox.world import World

EVERY = 1.0
KEEP_ANSWERS = 24 * 3600.0
log = logging.getLogger("nestpay.sandbox")


def _expire_session(books: Books, id: str) -> None:
    session = books.find("checkout.session", id)
    if session and session["status"] == "open":
        checkout_flow.expire(books, session)


def _warn_of_fraud(books: Books, id: str) -> None:
    charge = books.find("charge", id)
    if charge and not charge["refunded"]:
        fraud_warnings.warn(books, charge)


def _of(kind: str, act: Callable[[Books, Document], object]) -> Callable[[Books, str], None]:
    def action(books: Books, id: str) -> None:
        document = books.find(kind, id)
        if document is not None and not document.get("deleted"):
            act(books, document)

    return action


ACTIONS: dict[str, Callable[[Books, str], None]] = {
    "announce_invoice": _of("subscription", cycle.announce_invoice),
    "cancel": _of("subscription", cycle.cancel),
    "expire_change": _of("subscription", cycle.expire_change),
    "expire_incomplete": _of("subscription", cycle.expire_incomplete),
    "expire_session": _expire_session,
    "finalize_invoice": _of("invoice", cycle.finalize_invoice),
    "remind_of_trial": _of("subscription", cycle.remind_of_trial),
    "renew": _of("subscription", cycle.renew),
    "resume_collection": _of("subscription", cycle.resume_collection),
    "retry_payment": _of("invoice", cycle.retry_payment),
    "dispute_as_fraudulent": disputes.open_for,
    "dispute_as_not_received": lambda books, charge: disputes.open_for(books, charge, "product_not_received"),
    "inquire": lambda books, charge: disputes.open_for(books, charge, inquiry=True),
    "settle_refund": refunds.answer_of_the_bank,
    "warn_of_fraud": _warn_of_fraud,
}


async def run(world: World) -> None:
    """Keep the world's appointments until cancelled."""
    while True:
        await keep_appointments(world)
        await world.store.run(lambda connection: _forget_answers(connection, world.clock.real()))
        await asyncio.sleep(EVERY)


async def keep_appointments(world: World) -> int:
    """Do everything that is due by now, in the order of its time, each at its own moment; returns how many were kept."""
    kept = 0
    while await world.work(_keep_next):
        kept += 1
    return kept


def _keep_next(books: Books) -> bool:
    sql = "select seq, at, action, object from appointments where clock is null and at <= ? order by at, seq limit 1"
    row = books.connection.execute(sql, (books.now,)).fetchone()
    if row is None:
        return False
    books.now = row["at"]
    books.connection.execute("delete from appointments where seq = ?", (row["seq"],))
    ACTIONS[row["action"]](books, row["object"])
    return True


def _forget_answers(connection: Connection, real_now: float) -> None:
    connection.execute("delete from answers where at < ?", (real_now - KEEP_ANSWERS,))
