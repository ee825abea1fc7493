"""Levers of Creem's staff and of the customers' banks, by button or by JSON."""

from starlette.routing import Route

from nestpay.sandbox.books import Books
from nestpay.sandbox.creem import cards, events, life, products, records, redirect, refunds
from nestpay.sandbox.creem.errors import CreemError, bad
from nestpay.sandbox.creem.routes import Call
from nestpay.sandbox.documents import Document
from nestpay.sandbox.pages.levers import Desk, Lever, Refused, route
from nestpay.sandbox.world import World


def _named(books: Books, given: Document, name: str) -> Document:
    return records.fetch(books, name, str(given.get(name) or ""))


def refund(books: Books, given: Document) -> Document:
    """Give a payment back from the dashboard, where a part (`amount` in cents) is possible."""
    amount = str(given.get("amount") or "")
    if amount and not amount.isdigit():
        raise bad("amount must be a whole number of cents")
    transaction = _named(books, given, "transaction")
    reason = str(given.get("reason") or "requested_by_customer")
    return refunds.refund(books, transaction, reason, int(amount) if amount else None)


def dispute(books: Books, given: Document) -> Document:
    """The customer's bank takes a payment back."""
    return refunds.dispute(books, _named(books, given, "transaction"))


def change_card(books: Books, given: Document) -> Document:
    """A subscription is paid with another test card (`number`) from now on; what is owed is tried at once."""
    card = cards.by_number(str(given.get("number") or ""))
    if card is None:
        raise bad("number must be a test card")
    subscription = _named(books, given, "subscription")
    return life.keep_card(books, subscription, card)


def cancel(books: Books, given: Document) -> Document:
    """Cancel from the dashboard, at once or (`when`: `period_end`) with the period."""
    subscription = _named(books, given, "subscription")
    if given.get("when") == "period_end":
        return life.schedule_cancel(books, subscription, "cancel")
    return life.end(books, subscription)


def archive(books: Books, given: Document) -> Document:
    """Archive a product behind the shop's back."""
    return products.archive(Call(books, (str(given.get("product") or ""),), {}))


def sign_redirects(books: Books, given: Document) -> Document:
    """Sign the way back in the other published way: `salted` or `keyed`."""
    if given.get("way") not in redirect.WAYS:
        raise bad(f"way must be one of the following values: {', '.join(redirect.WAYS)}")
    redirect.choose(books, str(given["way"]))
    return {"way": redirect.way(books)}


def sign_deliveries(books: Books, given: Document) -> Document:
    """Sign webhooks with Creem's own header only (`own`), or with those of Standard Webhooks too (`standard`)."""
    if given.get("way") not in events.SIGNINGS:
        raise bad(f"way must be one of the following values: {', '.join(events.SIGNINGS)}")
    return {"way": events.choose_signing(books, str(given["way"]))["signing"]}


LEVERS: dict[str, Lever] = {
    "archive": archive,
    "cancel": cancel,
    "card": change_card,
    "dispute": dispute,
    "redirect": sign_redirects,
    "refund": refund,
    "signing": sign_deliveries,
}


def _pull(books: Books, lever: Lever, given: Document) -> Document:
    try:
        done = lever(books, given)
    except CreemError as error:
        raise _refused(error) from None
    return records.shown(books, done) if "object" in done else done


def _refused(error: CreemError) -> Refused:
    sentence = "; ".join(error.messages)
    return Refused(error.status, {"message": sentence}, sentence)


DESK = Desk(LEVERS, _pull, lambda text: _refused(bad(text)), home="/creem/")


def routes(world: World) -> list[Route]:
    """The levers' address."""
    return [route(world, "/creem-controls/{lever}", DESK)]
