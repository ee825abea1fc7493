"""Quotes: what a change was said to cost, kept until it is agreed to or refused."""

from sqlmodel import Session, col, select, update

from nestpay.store.tables import QuoteRow

OPEN, ACCEPTED, REFUSED = "open", "accepted", "refused"


def add(session: Session, quote: QuoteRow) -> None:
    """Keep a quote that was shown."""
    session.add(quote)


def of_user(session: Session, user_id: str, quote_id: str) -> QuoteRow | None:
    """A user's own quote."""
    return session.exec(select(QuoteRow).where(QuoteRow.id == quote_id, QuoteRow.user_id == user_id)).first()


def settle(session: Session, quote_id: str, status: str) -> None:
    """Say what became of a quote."""
    session.execute(update(QuoteRow).where(col(QuoteRow.id) == quote_id).values(status=status))
